/// Up to which commit of a source somebody has looked at what it needs.
public struct LookedAt: Sendable, Equatable {
    /// The last one that was looked at, all 40 digits: it and those before it are known.
    public var commit: String
    /// When it was made, for people, such as `October 2017`.
    public var month: String

    /// Makes one from its parts.
    public init(commit: String, month: String) {
        self.commit = commit
        self.month = month
    }

    /// As git abbreviates it.
    public var short: String { String(commit.prefix(7)) }
}

/// How a source that lies before us stands to what was looked at.
public enum Acquaintance: String, Sendable, Codable {
    /// It is the commit that was looked at, or one before it.
    case known
    /// It is newer, or of another branch.
    case newer
    /// Nobody can tell: it comes without git, or the two cannot be compared.
    case unknown

    /// For people; `nil` where there is nothing to say.
    public func words(_ looked: LookedAt) -> String? {
        switch self {
        case .known: nil
        case .newer: "newer than what was looked at (commit \(looked.short) of \(looked.month))"
        case .unknown: "of an unknown commit; looked at was \(looked.short) of \(looked.month)"
        }
    }
}
