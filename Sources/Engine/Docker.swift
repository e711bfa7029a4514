public import Machine

/// Docker, through its own command line: the interface that stays the same from 20.10 on.
public struct Docker: Sendable {
    /// Runs the `docker` command.
    public let commands: any CommandRunner

    /// Nothing is run yet, so this works where Docker is not installed too.
    public init(commands: any CommandRunner) { self.commands = commands }

    /// A `docker` command as a value.
    public func command(
        _ arguments: [String], standardInput: String? = nil, timeLimit: Duration? = .seconds(60), log: String? = nil
    ) -> Command {
        Command(
            "docker", arguments, standardInput: standardInput, environment: ["DOCKER_CLI_HINTS": "false"],
            timeLimit: timeLimit, log: log)
    }

    /// Runs `docker` and hands back whatever came of it.
    public func run(
        _ arguments: [String], standardInput: String? = nil, timeLimit: Duration? = .seconds(60), log: String? = nil
    ) async throws -> CommandOutput {
        try await commands.run(command(arguments, standardInput: standardInput, timeLimit: timeLimit, log: log))
    }

    /// Runs `docker`; a non-zero exit is a failure.
    public func require(
        _ arguments: [String], toDo purpose: String, standardInput: String? = nil, timeLimit: Duration? = .seconds(60),
        log: String? = nil, fix: String? = nil
    ) async throws -> CommandOutput {
        try await commands.require(
            command(arguments, standardInput: standardInput, timeLimit: timeLimit, log: log), toDo: purpose, fix: fix)
    }
}
