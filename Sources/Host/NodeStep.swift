import Foundation
import Machine
import Synchronization

/// nvm in the home of `ubuntu`, and by it the newest Node.js (O8). The site needs neither, for its Node.js is in its containers: where they
/// cannot be downloaded the server is set up without, and the next `host apply` tries again.
final class NodeStep: Step {
    let server: Server
    let name = "Node.js"

    /// nvm as its authors tagged it. The digests are those of the files in the commit of that tag.
    private static let version = "v0.40.6"
    private static let source = "https://raw.githubusercontent.com/nvm-sh/nvm/\(version)"
    private static let files = [
        (name: "nvm.sh", digest: "baad94563757afa5147950e3dfa272f06b6307e1a7d92c553f8438959b5165fe"),
        (name: "nvm-exec", digest: "f3b7c71ac96ca4f2f75871af20070c3063d1e3fcdc44019af0635c95112e9e76"),
    ]
    /// As nvm's own installer adds them, after whatever leaves a shell that nobody types in.
    private static let lines = """

        # Added by kopnik, for nvm.
        export NVM_DIR="$HOME/.nvm"
        [ -s "$NVM_DIR/nvm.sh" ] && . "$NVM_DIR/nvm.sh"

        """

    /// Why it could not be downloaded, in this run.
    private let refusal = Mutex<String?>(nil)
    /// The same for `verify`, which comes later.
    private var refusalFile: String { "\(server.state)/node-refused" }

    init(server: Server) { self.server = server }

    func inspect() async throws -> Inspection {
        if let reason = refusal.withLock({ $0 }) {
            return Inspection("not there yet: \(reason)", isPostponed: true)
        }
        var changes: [Change] = []
        let account = try await server.account()
        let home = server.root + (account?.home ?? "/home/\(Server.user)")
        if !server.files.exists(home + "/.nvm/nvm.sh") {
            changes.append(Change("install nvm \(Self.version) for ubuntu"))
        }
        if !(server.files.text(of: home + "/.bashrc") ?? "").contains("NVM_DIR") {
            changes.append(Change("let ubuntu's shell find nvm"))
        }
        var version: String?
        if changes.isEmpty, let account {
            let output = try await asUser(account, "node --version", within: .seconds(60))
            version = output.succeeded ? output.text : nil
        }
        if version == nil { changes.append(Change("install the newest Node.js by 'nvm install node'")) }
        return Inspection(version ?? "\(changes.count) to do", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        guard let account = try await server.account() else { return }
        do {
            try await installNvm(account, detail)
            try shellFindsIt(account)
            await detail("installing the newest Node.js")
            let output = try await asUser(
                account, "nvm install -b node && nvm alias default node", within: .seconds(900))
            guard output.succeeded else {
                // Behind it stand words about what it tried next.
                let sums = output.standardError.split(whereSeparator: \.isNewline).first { $0.contains("hecksum") }
                throw Failure("no Node.js", because: sums.map(\.trimmed) ?? output.lastWords)
            }
            try server.files.remove(refusalFile)
        } catch let failure as Failure {
            let reason = failure.because ?? failure.what
            refusal.withLock { $0 = reason }
            try server.files.write(reason + "\n", to: refusalFile)
            await server.world.progress.report(
                .note(
                    "Node.js could not be installed: \(reason). The site does not need it; the next 'host apply' tries again."
                ))
        }
    }

    private func asUser(_ account: Account, _ line: String, within limit: Duration) async throws -> CommandOutput {
        var environment = ["HOME": account.home, "NVM_DIR": account.home + "/.nvm", "USER": Server.user]
        environment["NVM_NODEJS_ORG_MIRROR"] = server.wish.nodeMirror
        return try await server.world.commands.run(
            Command(
                "runuser", ["--user", Server.user, "--", "bash", "-c", ". \"$NVM_DIR/nvm.sh\" && \(line)"],
                environment: environment, folder: "/", timeLimit: limit))
    }

    private func installNvm(_ account: Account, _ detail: @escaping @Sendable (String) async -> Void) async throws {
        let folder = server.root + account.home + "/.nvm"
        guard !server.files.exists(folder + "/nvm.sh") else { return }
        await detail("downloading nvm")
        let source = server.wish.nvmMirror ?? Self.source
        // A mirror that somebody named may vouch for another version.
        let vouched = server.wish.nvmMirror == nil ? nil : try? await download(source + "/SHASUMS256.txt", to: "sums")
        let sums = vouched.flatMap { server.files.text(of: $0) }
        try server.files.makeFolder(folder)
        // nvm.sh comes last: where it is, all is.
        for file in Self.files.reversed() {
            let path = try await download("\(source)/\(file.name)", to: file.name)
            let sum = try await server.world.commands.require(
                Command("sha256sum", ["--", path], timeLimit: .seconds(30)), toDo: "read \(path)")
            let digest = sum.text.split(separator: " ").first.map(String.init) ?? ""
            let wanted = sums.map { Self.digest(of: file.name, in: $0) } ?? file.digest
            guard digest == wanted else {
                throw Failure(
                    "nvm is not the one that was asked for",
                    because:
                        "what \(source) gave for \(file.name) has the SHA-256 sum \(digest), not \(wanted ?? "one of its list")"
                )
            }
            try server.files.write(server.files.data(of: path) ?? Data(), to: "\(folder)/\(file.name)", mode: 0o755)
        }
        try server.files.setOwner(ofTree: folder, user: account.user, group: account.group)
    }

    /// The sum of a file in a list as sha256sum(1) writes it.
    static func digest(of name: String, in sums: String) -> String? {
        for line in sums.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.count == 2, words[1] == name || words[1] == "*" + name { return words[0] }
        }
        return nil
    }

    private func download(_ address: String, to name: String) async throws -> String {
        let path = "\(server.state)/nvm.\(name)"
        try server.files.makeFolder(server.state)
        let output = try await server.world.commands.run(
            Command(
                "curl",
                [
                    "--fail", "--silent", "--show-error", "--location", "--retry", "2", "--connect-timeout", "15",
                    "--max-time", "120", "--output", path, address,
                ], timeLimit: .seconds(400)))
        guard output.succeeded else { throw Failure("no nvm", because: "\(address): \(output.lastWords)") }
        return path
    }

    private func shellFindsIt(_ account: Account) throws {
        let path = server.root + account.home + "/.bashrc"
        let before = server.files.text(of: path) ?? ""
        guard !before.contains("NVM_DIR") else { return }
        try server.files.write(before + Self.lines, to: path)
        try server.files.setOwner(path, user: account.user, group: account.group)
    }
}
