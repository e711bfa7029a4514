import Foundation
import Machine

/// What was found by trying the doors of a server that `kopnik host` set up: real logins, from the server to itself.
struct HostSighting: Sendable, Equatable {
    /// What came of an attempt.
    enum Attempt: Sendable, Equatable {
        case worked
        case failed(String)

        var worked: Bool { self == .worked }
    }

    /// Logging in with the password of the specification.
    var password: Attempt
    /// Logging in with the password that was drawn; `nil` where none was.
    var drawnPassword: Attempt?
    /// Logging in with a key.
    var key: Attempt
    /// What SFTP shows that it should not, or does not let one do; nothing where all is well.
    var sftpFaults: [String]
    /// What `node --version` says in a shell of nvm's, or why it says nothing.
    var node: String?
    var nodeFault: String?
    /// Why `host apply` could not download it.
    var nodeRefusal: String?
    var hasDesktop: Bool
    /// What the computer starts to, such as `multi-user.target`.
    var target: String
    /// Whether a graphical login runs.
    var hasDisplayManager: Bool
}

/// Tries the doors of this server. All that it puts somewhere for that it takes away again.
struct HostTrial: Sendable {
    let world: World
    /// Root alone may look into it; gone at the next start of the computer at the latest.
    private let folder = "/run/kopnik-verify-\(ProcessInfo.processInfo.processIdentifier)"
    private static let user = "ubuntu"
    private static let state = "/var/lib/kopnik/host"

    init(world: World) { self.world = world }

    /// Whether this computer is such a server.
    var isServer: Bool { world.files.exists("\(Self.state)/SSH.json") }

    /// Tries all of them; `nil` where this is no such server.
    func look() async throws -> HostSighting? {
        guard isServer else { return nil }
        guard world.person.isRoot else {
            throw Failure(
                "not tried", because: "only root may try the doors of a server", fix: "sudo ./kopnik verify")
        }
        try world.files.makeFolder(folder, mode: 0o700)
        defer { try? world.files.remove(folder) }
        try world.files.write("#!/bin/sh\nprintf '%s\\n' \"$KOPNIK_TRIED\"\n", to: folder + "/answer", mode: 0o700)
        let port = try await port()
        async let password = logIn(password: Self.user, port)
        let drawn = world.files.text(of: "\(Self.state)/ubuntu-password")?.trimmed
        async let drawnPassword = drawn.asyncMap { try await logIn(password: $0, port) }
        async let node = node()
        async let target = said("systemctl", ["get-default"])
        async let manager = said("systemctl", ["is-active", "display-manager.service"])
        let (key, faults) = try await withKey { try await (logIn(port), sftp(port)) }
        let version = try await node
        return try await HostSighting(
            password: password, drawnPassword: drawnPassword, key: key, sftpFaults: faults,
            node: version.succeeded ? version.text : nil,
            nodeFault: version.succeeded ? nil : version.lastWords,
            nodeRefusal: world.files.text(of: "\(Self.state)/node-refused")?.trimmed,
            hasDesktop: world.files.exists("/usr/bin/startxfce4"), target: target,
            hasDisplayManager: manager == "active")
    }

    private func said(_ program: String, _ words: [String]) async throws -> String {
        try await world.commands.run(Command(program, words, timeLimit: .seconds(30))).text
    }

    private func port() async throws -> String {
        let lines = try await world.commands.run(Command("sshd", ["-T"], timeLimit: .seconds(30))).lines
        return lines.first { $0.hasPrefix("port ") }.map { String($0.dropFirst(5)) } ?? "22"
    }

    /// To this server itself, which needs no proof of who it is.
    private func options(_ port: String) -> [String] {
        [
            "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
            "LogLevel=ERROR", "-o", "ConnectTimeout=10", "-o", "NumberOfPasswordPrompts=1", "-o", "Port=\(port)",
        ]
    }

    private func attempt(_ output: CommandOutput) -> HostSighting.Attempt {
        output.succeeded && output.text == Self.user ? .worked : .failed(output.lastWords)
    }

    private func logIn(password: String, _ port: String) async throws -> HostSighting.Attempt {
        let words =
            options(port) + [
                "-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password,keyboard-interactive",
                "\(Self.user)@127.0.0.1", "id -un",
            ]
        return attempt(
            try await world.commands.run(
                Command(
                    "ssh", words,
                    environment: [
                        "SSH_ASKPASS": folder + "/answer", "SSH_ASKPASS_REQUIRE": "force", "KOPNIK_TRIED": password,
                    ], timeLimit: .seconds(40))))
    }

    // MARK: - With a key

    private var keyWords: [String] {
        ["-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey", "-i", folder + "/key"]
    }

    private func logIn(_ port: String) async throws -> HostSighting.Attempt {
        attempt(
            try await world.commands.run(
                Command(
                    "ssh", options(port) + keyWords + ["\(Self.user)@127.0.0.1", "id -un"], timeLimit: .seconds(40))))
    }

    /// With a key of its own, which opens nothing but from this server, and nothing after ten minutes. It lies beside the person's keys, in
    /// the second file that sshd reads (sshd_config(5), AuthorizedKeysFile).
    private func withKey<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let home = try await said("sh", ["-c", "getent passwd \(Self.user) | cut -d: -f6"])
        guard let owner = world.files.owner(of: home) else {
            throw Failure("there is no user \(Self.user)", because: "\(home) is not there", fix: "kopnik host apply")
        }
        _ = try await world.commands.require(
            Command(
                "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "kopnik verify", "-f", folder + "/key"],
                timeLimit: .seconds(30)), toDo: "make a key to try")
        let path = home + "/.ssh/authorized_keys2"
        let before = world.files.text(of: path)
        let end = try await said("date", ["--date", "10 minutes", "+%Y%m%d%H%M"])
        let line =
            "from=\"127.0.0.1,::1\",expiry-time=\"\(end)\" " + (world.files.text(of: folder + "/key.pub") ?? "")
        let hadFolder = world.files.exists(home + "/.ssh")
        try world.files.makeFolder(home + "/.ssh", mode: 0o700)
        if !hadFolder { try world.files.setOwner(home + "/.ssh", user: owner.user, group: owner.group) }
        try world.files.write((before ?? "") + line, to: path, mode: 0o600)
        try world.files.setOwner(path, user: owner.user, group: owner.group)
        defer {
            if let before {
                try? world.files.write(before, to: path, mode: 0o600)
                try? world.files.setOwner(path, user: owner.user, group: owner.group)
            } else {
                try? world.files.remove(path)
                if !hadFolder { try? world.files.remove(home + "/.ssh") }
            }
        }
        return try await body()
    }

    /// Looks around in SFTP, and tries the ways out.
    private func sftp(_ port: String) async throws -> [String] {
        let home = try await said("sh", ["-c", "getent passwd \(Self.user) | cut -d: -f6"])
        let link = home + "/sftp/.kopnik-verify"
        try world.files.makeLink(at: link, to: "/etc/hostname")
        defer { try? world.files.remove(link) }
        let ways = ["/etc/hostname", "../../etc/hostname", ".kopnik-verify", "\(home)/.bashrc", "/proc/self/environ"]
        let lines =
            ["pwd", "-cd ..", "pwd", "put \(folder)/key.pub .kopnik-verify-put", "rm .kopnik-verify-put"]
            + ways.enumerated().map { "-get \($1) \(folder)/out-\($0)" }
        let output = try await world.commands.run(
            Command(
                "sftp", options(port) + keyWords + ["-b", "-", "\(Self.user)@127.0.0.1"],
                standardInput: lines.joined(separator: "\n") + "\n", timeLimit: .seconds(60)))
        guard output.succeeded else { return ["it does not work: \(output.lastWords)"] }
        let places = output.lines.filter { $0.hasPrefix("Remote working directory: ") }.map { $0.dropFirst(26) }
        var faults = places.filter { $0 != "/" }.map { "it begins at \($0), not at /" }
        if places.isEmpty { faults.append("it does not say where it begins") }
        for (number, way) in ways.enumerated() where world.files.exists("\(folder)/out-\(number)") {
            faults.append("\(way) can be read through it")
        }
        return faults
    }

    private func node() async throws -> CommandOutput {
        try await world.commands.run(
            Command(
                "runuser",
                [
                    "--user", Self.user, "--", "bash", "-c",
                    "export HOME=~\(Self.user); export NVM_DIR=\"$HOME/.nvm\"; . \"$NVM_DIR/nvm.sh\" && node --version",
                ], folder: "/", timeLimit: .seconds(60)))
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Value: Sendable>(_ body: (Wrapped) async throws -> Value) async throws -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
