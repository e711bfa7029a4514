public import Foundation

/// Every door to the outside, passed explicitly; tests put their own in.
public struct World: Sendable {
    /// Runs programs.
    public var commands: any CommandRunner
    /// Reads and writes files.
    public var files: Files
    /// This process's environment variables.
    public var environment: [String: String]
    /// Who is at the keyboard; files belong to them.
    public var person: Operator
    /// The secrets that nobody may be shown.
    public var redaction: Redaction
    /// This program's own file.
    public var program: String
    /// Is told what a running operation does.
    public var progress: any ProgressSink
    /// The time of day.
    public var now: @Sendable () -> Date

    /// By default the real files and clock, and progress that shows nothing.
    public init(
        commands: any CommandRunner, files: Files = Files(), environment: [String: String], person: Operator,
        redaction: Redaction = Redaction(), program: String = "/proc/self/exe",
        progress: any ProgressSink = SilentProgress(), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.commands = commands
        self.files = files
        self.environment = environment
        self.person = person
        self.redaction = redaction
        self.program = program
        self.progress = progress
        self.now = now
    }

    /// The real one.
    public static func live(progress: any ProgressSink = SilentProgress()) -> World {
        let environment = ProcessInfo.processInfo.environment
        let redaction = Redaction()
        return World(
            commands: LocalCommandRunner(redaction: redaction), environment: environment,
            person: Operator.read(environment: environment), redaction: redaction,
            program: Files().link(at: "/proc/self/exe") ?? CommandLine.arguments[0], progress: progress)
    }
}

/// Asks again and again until a condition holds, or time is up.
/// - Returns: what `condition` gave, or `nil` when the time was up.
public func poll<Value: Sendable>(
    for limit: Duration, every interval: Duration = .milliseconds(200), until condition: () async throws -> Value?
) async throws -> Value? {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < deadline else { return nil }
        try await Task.sleep(for: interval)
    }
}
