/// What became of one requirement. The four are never merged: each has a count of its own.
public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// Seen to be as required.
    case holds
    /// Seen not to be as required, and meant to be.
    case broken
    /// Otherwise than the specification says, for a reason that is known and said.
    case differs
    /// There is nothing on this computer that the requirement could be about.
    case notApplicable
}
