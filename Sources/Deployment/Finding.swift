/// Something about this computer that a person should know.
public struct Finding: Sendable, Equatable, Codable {
    /// How much a finding matters.
    public enum Level: String, Sendable, Codable {
        /// As it should be; worth knowing, but no hindrance; in the way of raising or running the site.
        case good, warning, problem
    }

    /// How much it matters.
    public var level: Level
    /// What is looked at, such as `Memory`.
    public var subject: String
    /// What was found.
    public var what: String
    /// Why it matters.
    public var because: String?
    /// What to type.
    public var fix: String?

    /// Makes one from its parts.
    public init(_ level: Level, _ subject: String, _ what: String, because: String? = nil, fix: String? = nil) {
        self.level = level
        self.subject = subject
        self.what = what
        self.because = because
        self.fix = fix
    }
}
