/// A program to run, with everything that decides what it does. Arguments are values, never a shell's text.
public struct Command: Sendable, Hashable {
    /// The program's name (looked up in `PATH`) or its absolute path.
    public var executable: String
    /// Its arguments, without the program's own name.
    public var arguments: [String]
    /// What it reads; `nil` is an empty input.
    public var standardInput: String?
    /// Variables added to the inherited environment.
    public var environment: [String: String]
    /// The folder it runs in; `nil` is this program's own.
    public var folder: String?
    /// How long it may take before it is ended and counts as failed.
    public var timeLimit: Duration?
    /// Where its output is appended instead of being kept in memory: for long runs, whose output a person may want to read.
    public var log: String?

    /// Without a log the output is kept in memory; without a time limit it may run for ever.
    public init(
        _ executable: String, _ arguments: [String] = [], standardInput: String? = nil,
        environment: [String: String] = [:], folder: String? = nil, timeLimit: Duration? = nil, log: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.standardInput = standardInput
        self.environment = environment
        self.folder = folder
        self.timeLimit = timeLimit
        self.log = log
    }

    /// The command as a person would type it, quoted where a shell needs it.
    public var line: String { ([executable] + arguments).map(Self.quoted).joined(separator: " ") }

    /// A word as a shell needs it.
    public static func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "-_./:=@,+%".unicodeScalars.contains($0)
        }
        return plain && !word.isEmpty
            ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

/// What a finished program left behind.
public struct CommandOutput: Sendable, Hashable {
    /// The exit code; 128 + the signal's number if a signal ended it (as a shell counts), 124 if its time ran out (as `timeout` says).
    public var exitCode: Int32
    /// What it wrote, without secrets; of a command with a log, the last 64 KiB of both streams.
    public var standardOutput: String
    /// The same of standard error; of a command with a log, only that its time ran out, if it did.
    public var standardError: String

    /// By default a success that said nothing.
    public init(exitCode: Int32 = 0, standardOutput: String = "", standardError: String = "") {
        self.exitCode = exitCode
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// Whether it ended with exit code 0.
    public var succeeded: Bool { exitCode == 0 }
    /// Standard output without blanks around it.
    public var text: String { standardOutput.trimmed }
    /// Standard output's lines that are not empty.
    public var lines: [String] { standardOutput.split(whereSeparator: \.isNewline).map(String.init) }
    /// The last line said on standard error, or else on standard output: usually why it failed.
    public var lastWords: String {
        for text in [standardError, standardOutput] {
            if let line = text.split(whereSeparator: \.isNewline).last(where: { !$0.allSatisfy(\.isWhitespace) }) {
                return String(line).trimmed
            }
        }
        return "it ended with code \(exitCode) and said nothing"
    }
}

/// Runs programs. The only door to other processes.
public protocol CommandRunner: Sendable {
    /// Runs to the end. Throws only if the program could not be started (or the task was cancelled); a non-zero exit is an ordinary output.
    func run(_ command: Command) async throws -> CommandOutput
    /// The same, with each line of standard output handed over as it is written: for programs that go on talking.
    func follow(_ command: Command, _ line: @escaping @Sendable (String) async -> Void) async throws -> CommandOutput
    /// Runs a program that talks with a person: it has this program's own terminal and outputs, and its input where the command has none.
    /// Returns its exit code.
    func converse(_ command: Command) async throws -> Int32
}

extension CommandRunner {
    /// For runners without a terminal, as those of tests are.
    public func converse(_ command: Command) async throws -> Int32 { try await run(command).exitCode }

    /// For runners that know everything beforehand, as those of tests do.
    public func follow(_ command: Command, _ line: @escaping @Sendable (String) async -> Void) async throws
        -> CommandOutput
    {
        let output = try await run(command)
        for text in output.lines { await line(text) }
        return output
    }
}

extension CommandRunner {
    /// Runs, and turns a non-zero exit into a failure that says what was being done.
    public func require(_ command: Command, toDo purpose: String, fix: String? = nil) async throws
        -> CommandOutput
    {
        let output = try await run(command)
        guard output.succeeded else {
            throw Failure(
                "could not \(purpose)", because: output.lastWords, fix: fix ?? "kopnik doctor", log: command.log)
        }
        return output
    }
}

extension StringProtocol {
    /// Without white space at either end.
    public var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
