import Foundation
public import Machine

/// One connection to a server, by OpenSSH's own client: its settings, keys, agent, known hosts and questions are those the person has.
/// All that is done there goes through it (ControlMaster of ssh_config(5)).
public struct SecureShell: Sendable {
    /// The server.
    public let destination: Destination
    let world: World
    /// The connection's socket and what ssh said lie here; its owner alone may look.
    let folder: String
    /// How ssh is told of the server.
    let target: [String]

    private var socket: String { "\(folder)/s" }

    /// What may be said of the way there.
    public struct Way: Sendable, Equatable {
        /// Hosts to go through, as `ssh -J` takes them.
        public var jump: String?
        /// The server's key as its owner read it there, such as `SHA256:…`: it is taken without a question, and no other.
        public var hostKey: String?
        /// Settings as ssh_config(5) has them, which hold instead of the person's own: of a machine that somebody else made.
        public var settings: String?

        /// Without anything ssh's own settings decide.
        public init(jump: String? = nil, hostKey: String? = nil, settings: String? = nil) {
            self.jump = jump
            self.hostKey = hostKey
            self.settings = settings
        }
    }

    /// Connects. ssh asks at the terminal what it has to: whether an unknown server's key is the right one, a password.
    /// - Throws: `Failure` that says what to do.
    public static func open(_ destination: Destination, _ way: Way, world: World) async throws -> SecureShell {
        var template = Array("/tmp/kopnik-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw Failure(
                "could not make a folder for the connection", because: String(cString: strerror(errno)),
                fix: "free some space in /tmp, then run the same command again")
        }
        let folder = String(cString: made)
        var target = destination.words
        if let settings = way.settings {
            try world.files.write(settings, to: "\(folder)/settings", mode: 0o600)
            target = ["-F", "\(folder)/settings"] + target
        }
        let shell = SecureShell(destination: destination, world: world, folder: folder, target: target)
        let log = "\(shell.folder)/log"
        var options = [
            "ControlMaster=yes", "ControlPersist=60", "ControlPath=\(shell.socket)", "ConnectTimeout=20",
            "ServerAliveInterval=15", "ServerAliveCountMax=4", "Compression=yes", "ForwardAgent=no", "ForwardX11=no",
            "ClearAllForwardings=yes", "PermitLocalCommand=no", "RemoteCommand=none", "RequestTTY=no",
        ]
        if let key = way.hostKey {
            options += ["StrictHostKeyChecking=yes", "KnownHostsCommand=\(knownHostsCommand(key, world))"]
        }
        let words = ["-E", log] + options.flatMap { ["-o", $0] } + (way.jump.map { ["-J", $0] } ?? [])
        let code: Int32
        do {
            code = try await world.commands.converse(Command("ssh", words + target + ["true"]))
        } catch {
            await shell.close()
            throw (error as? Failure)?.isMissingProgram == true ? missing : error
        }
        guard code == 0 else {
            let said = world.files.text(of: log) ?? ""
            await shell.close()
            try Task.checkCancellation()
            throw Complaint(said: said, destination: destination, way: way).failure
        }
        return shell
    }

    private static let missing = Failure(
        "cannot reach the server", because: "OpenSSH's client is not installed here",
        fix: "sudo apt-get install openssh-client, then run the same command again")

    /// A program by which ssh learns of a key that somebody vouched for (KnownHostsCommand). What it takes it keeps, as ssh does with one
    /// that was confirmed at the terminal.
    private static func knownHostsCommand(_ key: String, _ world: World) -> String {
        let program = """
            [ "$1" = "$2" ] || exit 0; line="$3 $4 $5"; echo "$line"; [ "$7" = HOSTNAME ] || exit 0; \
            mkdir -p -m 700 "$(dirname "$6")"; grep -qxF "$line" "$6" 2>/dev/null || echo "$line" >>"$6"
            """
        let known = world.person.home + "/.ssh/known_hosts"
        // ssh splits it into words by itself; what stands behind % or in ${} is its own.
        func word(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("%", with: "%%") + "\""
        }
        return "/bin/sh -c \(word(program)) sh \(word(key)) %f %H %t %K \(word(known)) %I"
    }

    /// Ends the connection and removes what was kept of it.
    public func close() async {
        _ = try? await world.commands.run(
            Command("ssh", ["-o", "ControlPath=\(socket)", "-O", "exit"] + target, timeLimit: .seconds(10)))
        try? world.files.remove(folder)
    }

    /// Through the connection that stands, and never by another: where it is gone that is told, and no password asked again.
    private func words(_ line: String, terminal: Bool) -> [String] {
        [
            "-o", "ControlPath=\(socket)", "-o", "ControlMaster=no", "-o", "ProxyCommand=/bin/false", "-o",
            "LogLevel=QUIET", "-o", "RemoteCommand=none", terminal ? "-tt" : "-T",
        ] + target + ["exec sh -c " + Command.quoted(line)]
    }

    /// Runs a shell line there and gives what it said.
    /// - Throws: `Failure` where the connection is gone.
    public func run(_ line: String, input: String? = nil, within limit: Duration = .seconds(60)) async throws
        -> CommandOutput
    {
        let output = try await world.commands.run(
            Command("ssh", words(line, terminal: false), standardInput: input, timeLimit: limit))
        guard output.exitCode != 255 else { throw lost }
        return output
    }

    /// Hands a file of this computer to a shell line there.
    public func send(_ file: String, to line: String) async throws -> CommandOutput {
        let output = try await world.commands.run(
            Command("sh", ["-c", "exec \"$@\" <\"$0\"", file, "ssh"] + words(line, terminal: false)))
        guard output.exitCode != 255 else { throw lost }
        return output
    }

    /// Runs a shell line there as if it ran here: with this terminal, or these files and pipes.
    /// - Parameter input: what it reads instead of this program's own input.
    /// - Returns: its exit code.
    public func converse(_ line: String, onTerminal: Bool, input: String? = nil) async throws -> Int32 {
        let code = try await world.commands.converse(
            Command("ssh", words(line, terminal: onTerminal), standardInput: input))
        try Task.checkCancellation()
        guard code != 255 else { throw lost }
        return code
    }

    private var lost: Failure {
        Failure(
            "the connection to \(destination) was lost",
            because: "the network, or the server's SSH service, went away in the middle",
            fix: "run the same command again: what was done there is kept, and it goes on from there")
    }
}
