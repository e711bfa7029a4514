/// What a running operation says about itself.
public enum ProgressEvent: Sendable, Equatable {
    /// A step begins.
    case started(step: String)
    /// What a running step is doing now.
    case detail(step: String, String)
    /// A step ended well; `changed` if it had something to do.
    case finished(step: String, summary: String, changed: Bool, took: Duration)
    /// A step failed.
    case failed(step: String, took: Duration)
    /// A sentence that a person should read.
    case note(String)
}

/// Whoever shows progress.
public protocol ProgressSink: Sendable {
    /// Shows one event; those of one step come in their order.
    func report(_ event: ProgressEvent) async
}

/// Shows nothing.
public struct SilentProgress: ProgressSink {
    /// Makes one that drops every event.
    public init() {}
    /// Drops the event.
    public func report(_ event: ProgressEvent) async {}
}
