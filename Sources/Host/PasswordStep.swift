import Foundation
import Machine

/// The password of `ubuntu` (O5): as the specification says where its owner alone reaches the server, a drawn one elsewhere.
struct PasswordStep: Step {
    let server: Server
    let name = "Password"

    /// A drawn password, for the console and for sudo; root alone may read it.
    private var kept: String { "\(server.state)/ubuntu-password" }
    private var drawn: String? { server.files.text(of: kept)?.trimmed }

    private enum Finding: Equatable { case asWritten, drawn, none, anothers }

    func inspect() async throws -> Inspection {
        let finding = try await finding()
        switch (server.wish.access, finding) {
        case (.owner, .asWritten): return Inspection("as the specification says")
        case (.owner, .anothers):
            let words = "set the password of ubuntu to the specification's"
            return Inspection(
                "1 to do",
                changes: [Change(words, conflict: "the password of ubuntu was changed by hand")])
        case (.owner, _):
            return Inspection("1 to do", changes: [Change("set the password of ubuntu to the specification's")])
        case (.internet, .drawn): return Inspection("drawn, in \(kept)")
        case (.internet, .anothers): return Inspection("chosen by a person")
        case (.internet, _):
            return Inspection("1 to do", changes: [Change("draw a password for ubuntu, for the console and sudo")])
        }
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let password: String
        switch server.wish.access {
        case .owner: password = Server.user
        case .internet:
            password = drawn ?? Self.draw()
            // Noted before it is set: one that is set and nobody knows would be lost.
            try server.files.write(password + "\n", to: kept, mode: 0o600)
            server.world.redaction.add(password)
        }
        _ = try await server.world.commands.require(
            Command(
                "chpasswd", [], standardInput: "\(Server.user):\(password)\n", timeLimit: .seconds(30)),
            toDo: "set the password of ubuntu", fix: "mend what is named there, then run 'kopnik host apply' again")
    }

    /// 20 letters and digits that nobody takes for each other: 116 bits.
    private static func draw() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<20).compactMap { _ in letters.randomElement(using: &generator) })
    }

    private func finding() async throws -> Finding {
        let shadow = server.files.text(of: "\(server.root)/etc/shadow") ?? ""
        let line = shadow.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(Server.user):") }
        let hash = line.map { $0.split(separator: ":", omittingEmptySubsequences: false)[1] } ?? ""
        guard hash.hasPrefix("$") else { return .none }
        if try await matches(Server.user, String(hash)) { return .asWritten }
        if let drawn, try await matches(drawn, String(hash)) { return .drawn }
        return .anothers
    }

    /// Asks crypt(3), which only the system's own perl offers without a compiler; neither word is an argument that others see.
    private func matches(_ password: String, _ hash: String) async throws -> Bool {
        let program = "chomp(my ($p, $h) = <STDIN>); exit((crypt($p, $h) // '') eq $h ? 0 : 1)"
        return try await server.world.commands.run(
            Command("perl", ["-e", program], standardInput: "\(password)\n\(hash)\n", timeLimit: .seconds(30))
        ).succeeded
    }
}
