import Blueprint
import Foundation
import Machine
import Site

/// The name and password for the dashboard behind nginx. The password is drawn once; nginx gets a hash of it.
public struct DashboardLogin: Sendable {
    let deployment: Deployment

    /// Nothing is read yet.
    public init(deployment: Deployment) { self.deployment = deployment }

    /// The name to log in with.
    public static let name = "kopnik"

    private var folder: String { deployment.layout.secrets }

    /// The password; `nil` where none was drawn.
    public var password: String? {
        guard let text = deployment.world.files.text(of: "\(folder)/dashboard-password")?.trimmed, text.count >= 32
        else { return nil }
        deployment.world.redaction.add(text)
        return text
    }

    /// The line for nginx: name and hash; `nil` where there is none.
    var line: String? {
        guard password != nil, let hash = deployment.world.files.text(of: "\(folder)/dashboard-hash")?.trimmed,
            hash.hasPrefix("$6$")
        else { return nil }
        return "\(Self.name):\(hash)"
    }

    /// Draws it where it is wanted and missing. The hash is made once too: each would have another salt.
    func makeIfMissing() async throws {
        guard deployment.site.dashboard.path != nil, line == nil else { return }
        let files = deployment.world.files
        try files.makeFolder(folder, mode: 0o700)
        if password == nil {
            var generator = SystemRandomNumberGenerator()  // getrandom(2)
            // 160 bits, in letters that are read out without mistakes (RFC 4648, base32).
            let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
            let text = String((0..<32).map { _ in letters[Int.random(in: 0..<32, using: &generator)] })
            try files.write(text + "\n", to: "\(folder)/dashboard-password", mode: 0o600)
        }
        let hash = try await deployment.world.commands.require(
            Command(
                "openssl", ["passwd", "-6", "-stdin"], standardInput: (password ?? "") + "\n", timeLimit: .seconds(30)),
            toDo: "make the hash of the dashboard's password")
        try files.write(hash.text + "\n", to: "\(folder)/dashboard-hash", mode: 0o600)
    }

    /// Whether it is wanted and not there.
    var isMissing: Bool { deployment.site.dashboard.path != nil && line == nil }
}
