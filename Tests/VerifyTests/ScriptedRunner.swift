import Machine
import Synchronization
import Testing

/// Answers from a script by the beginning of a command's arguments; an unexpected command fails the test.
final class ScriptedRunner: CommandRunner {
    private let script: [([String], CommandOutput)]
    private let asked = Mutex<[Command]>([])

    init(_ script: [([String], CommandOutput)]) { self.script = script }

    /// Everything that was asked so far.
    var log: [Command] { asked.withLock { $0 } }

    func run(_ command: Command) async throws -> CommandOutput {
        asked.withLock { $0.append(command) }
        let words = [command.executable] + command.arguments
        return try #require(
            script.first { words.starts(with: $0.0) }, "unexpected command: \(command.line.prefix(200))"
        ).1
    }
}
