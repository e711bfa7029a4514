public import Machine
import Synchronization
import Testing

/// Answers from a script, by the beginning of a command's words; an unexpected command fails the test.
///
/// Programs named in `real` are run on this computer, for tests that need the true one.
public final class ScriptedRunner: CommandRunner {
    public typealias Answer = @Sendable (Command) -> CommandOutput

    private let script: [(words: [String], answer: Answer)]
    private let real: Set<String>
    private let asked = Mutex<[Command]>([])

    public init(_ script: [([String], CommandOutput)] = [], real: Set<String> = []) {
        self.script = script.map { words, output in (words, { _ in output }) }
        self.real = real
    }

    /// For programs that keep a state.
    public init(real: Set<String> = [], answers: [([String], Answer)]) {
        script = answers.map { ($0.0, $0.1) }
        self.real = real
    }

    /// Everything that was asked so far.
    public var log: [Command] { asked.withLock { $0 } }
    /// The same, as lines.
    public var lines: [String] { log.map(\.line) }

    public func run(_ command: Command) async throws -> CommandOutput {
        asked.withLock { $0.append(command) }
        let words = [command.executable] + command.arguments
        if let entry = script.first(where: { words.starts(with: $0.words) }) { return entry.answer(command) }
        if real.contains(command.executable) { return try await LocalCommandRunner().run(command) }
        Issue.record("unexpected command: \(command.line.prefix(300))")
        throw UnexpectedCommand()
    }
}

struct UnexpectedCommand: Error {}
