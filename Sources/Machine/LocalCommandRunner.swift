import Foundation
import Subprocess
import SystemPackage

/// Runs programs on this computer with swift-subprocess. Secrets that it knows never reach what it returns.
public struct LocalCommandRunner: CommandRunner {
    /// A program that says more fails: Docker keeps 50 MB of what one container said (Compose.swift).
    private static let memoryLimit = 64 << 20
    private let redaction: Redaction

    /// Knows these secrets, and those that are added to them later.
    public init(redaction: Redaction = Redaction()) { self.redaction = redaction }

    /// Ends the program and its children when its time is up (exit code 124) or the task is cancelled.
    /// - Throws: `Failure` if the program cannot be started or handed its input, or the log cannot be written;
    ///   `CancellationError` if the task was cancelled.
    public func run(_ command: Command) async throws -> CommandOutput {
        guard let limit = command.timeLimit else { return try await start(command) }
        return try await withThrowingTaskGroup(of: CommandOutput?.self) { group in
            group.addTask { try await start(command) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            if let first = try await group.next(), let output = first { return output }
            return CommandOutput(
                exitCode: 124,
                standardError: "'\(command.executable)' did not finish within \(limit.components.seconds) seconds")
        }
    }

    private func start(_ command: Command) async throws -> CommandOutput {
        var options = PlatformOptions()
        // A killed parent otherwise leaves its children running.
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(5))
        ]
        // A process group of its own: Ctrl-C reaches us alone, and we tear the child down in order.
        options.processGroupID = 0
        let environment = Self.environment(of: command)
        let executable: Executable =
            command.executable.contains("/") ? .path(FilePath(command.executable)) : .name(command.executable)
        let input = try Self.input(command.standardInput ?? "")
        defer { try? input.close() }
        do {
            if let log = command.log {
                return try await runToLog(command, log, executable, environment, options, input)
            }
            let result = try await Subprocess.run(
                executable, arguments: Arguments(command.arguments), environment: environment,
                workingDirectory: command.folder.map { FilePath($0) }, platformOptions: options,
                input: .fileDescriptor(input, closeAfterSpawningProcess: false),
                output: .string(limit: Self.memoryLimit),
                error: .string(limit: Self.memoryLimit))
            try Task.checkCancellation()
            return CommandOutput(
                exitCode: Self.code(result.terminationStatus),
                standardOutput: redaction.apply(to: result.standardOutput),
                standardError: redaction.apply(to: result.standardError))
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw Self.failure(command, error)
        }
    }

    /// Ends the program and its children when the task is cancelled; a time limit and a log are not looked at.
    /// - Throws: as `run` does.
    public func follow(_ command: Command, _ line: @escaping @Sendable (String) async -> Void) async throws
        -> CommandOutput
    {
        var options = PlatformOptions()
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(5))
        ]
        options.processGroupID = 0
        let executable: Executable =
            command.executable.contains("/") ? .path(FilePath(command.executable)) : .name(command.executable)
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(command.arguments), environment: Self.environment(of: command),
                workingDirectory: command.folder.map { FilePath($0) }, platformOptions: options,
                input: .none, output: .sequence, error: .string(limit: 1 << 20)
            ) { execution in
                for try await text in execution.standardOutput.strings() {
                    await line(redaction.apply(to: text).trimmed)
                }
            }
            try Task.checkCancellation()
            return CommandOutput(
                exitCode: Self.code(result.terminationStatus),
                standardError: redaction.apply(to: result.standardError))
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw Self.failure(command, error)
        }
    }

    /// In this program's own process group, or the terminal would stop it; Ctrl-C reaches both.
    /// - Throws: as `run` does.
    public func converse(_ command: Command) async throws -> Int32 {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
        let executable: Executable =
            command.executable.contains("/") ? .path(FilePath(command.executable)) : .name(command.executable)
        let input = try command.standardInput.map { try Self.input($0) }
        defer { try? input?.close() }
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(command.arguments), environment: Self.environment(of: command),
                workingDirectory: command.folder.map { FilePath($0) }, platformOptions: options,
                input: .fileDescriptor(input ?? .standardInput, closeAfterSpawningProcess: false),
                output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
            return Self.code(result.terminationStatus)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw Self.failure(command, error)
        }
    }

    private static func environment(of command: Command) -> Environment {
        Environment.inherit.updating(
            Dictionary(
                uniqueKeysWithValues: command.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
    }

    private static func failure(_ command: Command, _ error: SubprocessError) -> Failure {
        var failure = Failure(
            "could not run '\(command.executable)'", because: "it cannot be started (\(error))",
            fix: "kopnik doctor")
        if error.code == .executableNotFound {
            failure.isMissingProgram = true
            failure.because = "it is not installed"
        }
        return failure
    }

    private func runToLog(
        _ command: Command, _ log: String, _ executable: Executable, _ environment: Environment,
        _ options: PlatformOptions,
        _ input: FileDescriptor
    ) async throws -> CommandOutput {
        try Files().append("$ \(redaction.apply(to: command.line))\n", to: log)
        let size = Files().size(of: log) ?? 0
        let descriptor = try FileDescriptor.open(
            FilePath(log), .writeOnly, options: [.append, .create], permissions: [.ownerReadWrite])
        let result = try await Subprocess.run(
            executable, arguments: Arguments(command.arguments), environment: environment,
            workingDirectory: command.folder.map { FilePath($0) }, platformOptions: options,
            input: .fileDescriptor(input, closeAfterSpawningProcess: false),
            output: .fileDescriptor(descriptor, closeAfterSpawningProcess: false),
            error: .fileDescriptor(descriptor, closeAfterSpawningProcess: true))
        try Task.checkCancellation()
        let said = Files().text(of: log, from: size, limit: 64 << 10)
        return CommandOutput(exitCode: Self.code(result.terminationStatus), standardOutput: redaction.apply(to: said))
    }

    /// What a program reads, as a file without a name: with a pipe, a program that ends without reading it would end us too
    /// (SIGPIPE). It lies in memory, for it may be a secret.
    private static func input(_ text: String) throws -> FileDescriptor {
        if text.isEmpty { return try FileDescriptor.open("/dev/null", .readOnly) }
        var path = Array("/dev/shm/kopnik-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else {
            throw Failure(
                "could not hand a program its input", because: String(cString: strerror(errno)), fix: "kopnik doctor")
        }
        unlink(path)
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            close(descriptor)
            throw Failure("could not hand a program its input", because: "/dev/shm is full", fix: "df -h /dev/shm")
        }
        return FileDescriptor(rawValue: descriptor)
    }

    private static func code(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): Int32(code)
        case .signaled(let signal): 128 + Int32(signal)
        }
    }
}
