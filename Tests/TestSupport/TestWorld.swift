public import Foundation
public import Machine
import Synchronization

extension World {
    /// A world in which every program is scripted; files are real and belong in a `TemporaryFolder`.
    public static func test(
        _ commands: any CommandRunner = ScriptedRunner(), person: Operator = .test,
        environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        progress: any ProgressSink = SilentProgress(), now: @escaping @Sendable () -> Date = { Date() }
    ) -> World {
        World(
            commands: commands, environment: environment, person: person, redaction: Redaction(),
            program: "/proc/self/exe",
            progress: progress, now: now)
    }
}

extension Operator {
    /// Somebody without rights, so that no test changes owners.
    public static let test = Operator(name: "anna", user: 1000, group: 1000, home: "/nonexistent/anna", isRoot: false)
    public static let testRoot = Operator(
        name: "anna", user: 1000, group: 1000, home: "/nonexistent/anna", isRoot: true)
}

/// Keeps what was reported.
public final class RecordedProgress: ProgressSink {
    private let kept = Mutex<[ProgressEvent]>([])
    public init() {}
    public var events: [ProgressEvent] { kept.withLock { $0 } }
    public func report(_ event: ProgressEvent) async { kept.withLock { $0.append(event) } }
}
