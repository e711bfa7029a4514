import Foundation
import Machine

/// The user `ubuntu` with a shell, the right to administer, the folder of SFTP and, where no password opens the door, a key (O5, O6).
struct UserStep: Step {
    let server: Server
    let name = "User"

    func inspect() async throws -> Inspection {
        let user = Server.user
        var changes: [Change] = []
        let account = try await server.account()
        if let account {
            if account.shell != "/bin/bash" { changes.append(Change("give \(user) the shell bash")) }
            if try await !isAdministrator() { changes.append(Change("let \(user) administer, by sudo")) }
            if !hasFolder(account) { changes.append(Change("make \(account.home)/sftp, \(user)'s own")) }
        } else {
            changes.append(Change("make the user \(user)"))
        }
        if server.wish.access == .internet, !hasKey(account) {
            let (keys, from) = keysToCopy()
            guard !keys.isEmpty else {
                throw Failure(
                    "nobody could log in to this server any more",
                    because: "a server that the internet reaches takes no passwords, and there is no SSH key here yet",
                    fix: """
                        on your own computer type 'ssh-copy-id root@ADDRESS' (before that 'ssh-keygen', if you have no key), \
                        then run the same command here again; if nobody but you reaches this machine, write \
                        'server: { reached_by: owner }' into kopnik.yaml instead
                        """)
            }
            changes.append(Change("let \(user) log in with \(keys.count == 1 ? "the key" : "the keys") of \(from)"))
        }
        let summary = account.map { "\(user), number \($0.user), home \($0.home)" } ?? "none yet"
        return Inspection(summary, changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let user = Server.user
        if try await server.account() == nil {
            // The site's files belong to number 1000 where root raises it.
            let isTaken = try await run("getent", ["passwd", "1000"]).succeeded
            let group = try await run("getent", ["group", user]).succeeded ? ["--gid", user] : ["--user-group"]
            try await require(
                "useradd",
                (isTaken ? [] : ["--uid", "1000"]) + ["--create-home", "--shell", "/bin/bash"] + group + [user],
                "make the user \(user)")
        }
        guard let account = try await server.account() else {
            throw Failure(
                "there is no user \(user)", because: "it was made and is not there", fix: "getent passwd \(user)")
        }
        if account.shell != "/bin/bash" {
            try await require("usermod", ["--shell", "/bin/bash", user], "give \(user) a shell")
        }
        if try await !isAdministrator() {
            try await require("usermod", ["--append", "--groups", "sudo", user], "let \(user) administer")
        }
        if !hasFolder(account) {
            let folder = server.root + account.home + "/sftp"
            try server.files.makeFolder(folder)
            try server.files.setOwner(folder, user: account.user, group: account.group)
        }
        if server.wish.access == .internet, !hasKey(account) { try copyKeys(to: account) }
    }

    private func run(_ program: String, _ words: [String]) async throws -> CommandOutput {
        try await server.world.commands.run(Command(program, words, timeLimit: .seconds(60)))
    }

    private func require(_ program: String, _ words: [String], _ purpose: String) async throws {
        _ = try await server.world.commands.require(
            Command(program, words, timeLimit: .seconds(60)), toDo: purpose,
            fix: "mend what is named there, then run 'kopnik host apply' again")
    }

    private func isAdministrator() async throws -> Bool {
        try await run("id", ["--name", "--groups", Server.user]).text.split(separator: " ").contains("sudo")
    }

    private func hasFolder(_ account: Account) -> Bool {
        let folder = server.root + account.home + "/sftp"
        return server.files.isFolder(folder) && server.files.owner(of: folder)?.user == account.user
    }

    // MARK: - Keys

    private func keys(at path: String) -> [String] {
        (server.files.text(of: server.root + path) ?? "").split(whereSeparator: \.isNewline).map(String.init).filter {
            // Providers put a key into root's file with a command that only says "log in as ubuntu": that is no way in.
            ["ssh-", "ecdsa-", "sk-"].contains(where: $0.hasPrefix)
        }
    }

    private func hasKey(_ account: Account?) -> Bool {
        account.map { !keys(at: $0.home + "/.ssh/authorized_keys").isEmpty } ?? false
    }

    /// The keys of whoever set up this server, and whose they are.
    private func keysToCopy() -> (keys: [String], from: String) {
        for (home, name) in [(server.world.person.home, server.world.person.name), ("/root", "root")] {
            let keys = keys(at: home + "/.ssh/authorized_keys")
            if !keys.isEmpty { return (keys, name) }
        }
        return ([], "")
    }

    private func copyKeys(to account: Account) throws {
        let folder = server.root + account.home + "/.ssh"
        try server.files.makeFolder(folder, mode: 0o700)
        try server.files.setOwner(folder, user: account.user, group: account.group)
        let path = folder + "/authorized_keys"
        let lines = (server.files.text(of: path) ?? "").split(whereSeparator: \.isNewline).map(String.init)
        try server.files.write((lines + keysToCopy().keys).joined(separator: "\n") + "\n", to: path, mode: 0o600)
        try server.files.setOwner(path, user: account.user, group: account.group)
    }
}
