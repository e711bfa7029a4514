import Machine

/// Runs lines on a server as its administrator: as root, or by sudo, which asks for its password once.
public struct Administrator: Sendable {
    let shell: SecureShell
    let computer: RemoteComputer
    /// Whether ssh gets this terminal.
    let onTerminal: Bool
    /// What sudo is told where it cannot ask at a terminal.
    let password: String?

    private var input: String? { password.map { $0 + "\n" } }

    /// The code by which a line says that sudo refused.
    private static let refused: Int32 = 254

    /// - Parameter onTerminal: whether input and both outputs are a terminal, which then is that of the program there too.
    /// - Throws: `Failure` where whoever logged in can never become administrator.
    public init(_ shell: SecureShell, _ computer: RemoteComputer, onTerminal: Bool, environment: [String: String])
        async throws
    {
        self.shell = shell
        self.computer = computer
        self.onTerminal = onTerminal
        guard computer.administration != .impossible else {
            throw Self.noRight(computer, shell, "there is no sudo on it")
        }
        password =
            computer.administration == .asks && !onTerminal ? try await Self.ask(shell, computer, environment) : nil
        guard password != nil else { return }
        // Before anything is carried there.
        let asked = try await shell.run(raised("true"), input: input)
        guard asked.succeeded else { throw Self.noRight(computer, shell, "sudo refused: \(asked.lastWords)") }
    }

    /// A program that the person chose for questions, as ssh takes it, or the terminal.
    private static func ask(_ shell: SecureShell, _ computer: RemoteComputer, _ environment: [String: String])
        async throws -> String
    {
        let question = "[sudo] password of \(computer.user) on \(shell.destination.host)"
        if let program = environment["SSH_ASKPASS"] {
            let output = try await shell.world.commands.run(Command(program, [question + ": "]))
            if output.succeeded { return output.text }
        }
        let prompt = Prompt()
        if prompt.isTerminal, let answer = try prompt.ask(question, isHidden: true) { return answer }
        throw Failure(
            "sudo on \(shell.destination) asks for a password", because: "there is no terminal here to ask at",
            fix: "run it at a terminal, or log in as root, or name a program that answers in SSH_ASKPASS")
    }

    /// Runs a line as administrator, with this program's own outputs.
    /// - Returns: its exit code.
    public func converse(_ line: String) async throws -> Int32 {
        let code = try await shell.converse(
            raised(line), onTerminal: onTerminal, input: input)
        guard code != Self.refused else {
            throw Self.noRight(computer, shell, "sudo refused: a wrong password, or it does not know them")
        }
        return code
    }

    private func raised(_ line: String) -> String {
        guard computer.administration != .isRoot else { return line }
        // Asked once and for all that follows in this session (sudoers(5), timestamp_type).
        let ask = password != nil ? "sudo -S -p '' -v" : "sudo -p '[sudo] password of %p on %H: ' -v"
        // sudo knows its caller again by the process that called it: no `exec` here.
        return "sudo -n true 2>/dev/null || \(ask) || exit \(Self.refused); sudo -- sh -c \(Command.quoted(line))"
    }

    private static func noRight(_ computer: RemoteComputer, _ shell: SecureShell, _ because: String) -> Failure {
        Failure(
            "\(computer.user) may not administer \(shell.destination)",
            because: "\(because), and it was not root who logged in",
            fix:
                "log in as root or as a user of the group sudo; on the server's console root types: usermod -aG sudo \(computer.user)"
        )
    }
}
