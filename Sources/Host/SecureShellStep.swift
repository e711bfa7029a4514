import Bundled
import Machine

/// sshd: who may log in how (O5, O6), and SFTP that shows ~/sftp as / (O7).
struct SecureShellStep: Step {
    let server: Server
    let name = "SSH"

    static let wrapper = "/usr/local/lib/kopnik/sftp"

    /// Named so that it is read before what a provider or the installer put there: the first value counts (sshd_config(5)).
    private static let dropIn = "/etc/ssh/sshd_config.d/01-kopnik.conf"
    private var main: String { "\(server.root)/etc/ssh/sshd_config" }

    private var rules: [(key: String, value: String)] {
        let passwords =
            switch server.wish.access {
            case .owner: [("PasswordAuthentication", "yes")]
            case .internet:
                [
                    ("PasswordAuthentication", "no"), ("KbdInteractiveAuthentication", "no"),
                    ("PermitRootLogin", "prohibit-password"),
                ]
            }
        return passwords + [("PermitEmptyPasswords", "no"), ("Subsystem", "sftp \(Self.wrapper)")]
    }

    private var settings: ServiceSettings {
        let lines = ["# Written by kopnik."] + rules.map { "\($0.key) \($0.value)" }
        let summary = server.wish.access == .owner ? "takes passwords and keys" : "takes keys alone"
        return ServiceSettings(
            server: server, name: name, summary: summary + "; SFTP shows ~/sftp",
            files: [
                ManagedFile(path: Self.dropIn, contents: lines.joined(separator: "\n") + "\n"),
                ManagedFile(path: Self.wrapper, contents: BundledFile.text(at: "server/sftp"), mode: 0o755),
            ],
            check: Command("sshd", ["-t"], timeLimit: .seconds(30)),
            // Ubuntu starts it at the first connection (ssh.socket): then there may be nothing to reload.
            load: [Command("systemctl", ["try-reload-or-restart", "ssh.service"], timeLimit: .seconds(60))],
            drift: drift)
    }

    func inspect() async throws -> Inspection {
        var inspection = try await settings.inspect()
        if let line = otherSubsystem() {
            let known = ["/usr/lib/openssh/sftp-server", "internal-sftp", "/usr/libexec/openssh/sftp-server"]
            let words = line.split(whereSeparator: \.isWhitespace)
            let isUsual = words.count == 3 && known.contains(String(words[2]))
            let change = Change(
                "switch off the line '\(line)' of /etc/ssh/sshd_config",
                conflict: isUsual ? nil : "the line '\(line)' of /etc/ssh/sshd_config was changed by hand")
            inspection.changes.append(change)
            inspection.summary = "\(inspection.changes.count) to do"
        }
        if inspection.isClean, try await !runs() {
            inspection = Inspection("1 to do", changes: [Change("start sshd, now and with the computer")])
        }
        return inspection
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        if let line = otherSubsystem(), let text = server.files.text(of: main) {
            let mended = text.split(separator: "\n", omittingEmptySubsequences: false).map { candidate in
                candidate.trimmed == line ? "# Switched off by kopnik, which has its own: \(line)" : String(candidate)
            }
            let mode = server.files.mode(of: main) ?? 0o644
            try server.files.write(mended.joined(separator: "\n"), to: main, mode: mode)
        }
        // Where sshd has never run, it has no folder yet to check its settings with.
        try server.files.makeFolder("\(server.root)/run/sshd")
        try await settings.apply(detail)
        if try await !runs() {
            _ = try await server.world.commands.require(
                Command("systemctl", ["enable", "--now", "ssh.service"], timeLimit: .seconds(60)), toDo: "start sshd",
                fix: "read 'systemctl status ssh', mend what it names, then run 'kopnik host apply' again")
        }
    }

    /// The line of the main file that names another SFTP server: two of them are an error.
    private func otherSubsystem() -> String? {
        (server.files.text(of: main) ?? "").split(whereSeparator: \.isNewline).map(\.trimmed).first { line in
            let words = line.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
            return words.count > 2 && words[0] == "subsystem" && words[1] == "sftp"
        }
    }

    private func runs() async throws -> Bool {
        for unit in ["ssh.service", "ssh.socket"] {
            let asked = ["is-enabled", "is-active"].map {
                Command("systemctl", [$0, "--quiet", unit], timeLimit: .seconds(30))
            }
            var holds = true
            for question in asked where holds { holds = try await server.world.commands.run(question).succeeded }
            if holds { return true }
        }
        return false
    }

    /// What sshd makes of all its files together, and whether SFTP really starts: asked of themselves.
    private func drift() async throws -> [Change] {
        guard otherSubsystem() == nil else { return [] }
        let words = ["-T", "-C", "user=\(Server.user),host=somewhere,addr=192.0.2.1"]
        let output = try await server.world.commands.run(Command("sshd", words, timeLimit: .seconds(30)))
        guard output.succeeded else { return [Change("make sshd's settings readable again: \(output.lastWords)")] }
        let now = output.lines.map { $0.lowercased() }
        var changes = rules.filter { rule in
            let wanted = "\(rule.key) \(rule.value)".lowercased()
            // It calls the same by an older name.
            return !now.contains(wanted)
                && !now.contains(wanted.replacing("prohibit-password", with: "without-password"))
        }.map { rule in
            Change(
                "have sshd obey '\(rule.key) \(rule.value)'; another file of /etc/ssh/sshd_config.d/ is read before \(Self.dropIn)",
                conflict: "sshd does not obey '\(rule.key) \(rule.value)': look into /etc/ssh/sshd_config.d/")
        }
        let sftp = try await server.world.commands.run(
            Command("runuser", ["--user", Server.user, "--", Self.wrapper], timeLimit: .seconds(30)))
        if !sftp.succeeded { changes.append(Change("make SFTP start again; it says: \(sftp.lastWords)")) }
        return changes
    }
}
