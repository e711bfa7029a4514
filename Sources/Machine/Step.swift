/// One part of what `up` does: it reads what is, and changes what is not as it should be.
public protocol Step: Sendable {
    /// The name shown beside its progress, such as `Images`.
    var name: String { get }
    /// Reads, and says what would be changed. Changes nothing.
    func inspect() async throws -> Inspection
    /// Brings it about; called only if `inspect` found changes. Safe to run again after it was killed midway.
    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws
}

/// What a step found.
public struct Inspection: Sendable, Equatable {
    /// The state as it is, or as it will be, in a few words.
    public var summary: String
    /// What is to be done; nothing if it is empty.
    public var changes: [Change]
    /// Something is wanted that cannot be had now, and is tried again later by itself.
    public var isPostponed: Bool

    /// Without changes there is nothing to be done.
    public init(_ summary: String, changes: [Change] = [], isPostponed: Bool = false) {
        self.summary = summary
        self.changes = changes
        self.isPostponed = isPostponed
    }

    /// Whether nothing is to be done.
    public var isClean: Bool { changes.isEmpty }
}

/// One difference between what is and what should be, in words a person can approve.
public struct Change: Sendable, Equatable, Codable {
    /// What would be done, in a few words.
    public var summary: String
    /// The difference of a file, line by line.
    public var difference: String?
    /// What somebody did by hand that this change would undo; it is undone only with `--force`.
    public var conflict: String?

    /// Without a conflict it may be applied unasked.
    public init(_ summary: String, difference: String? = nil, conflict: String? = nil) {
        self.summary = summary
        self.difference = difference
        self.conflict = conflict
    }
}
