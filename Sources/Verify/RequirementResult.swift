/// What was seen of one requirement.
public struct RequirementResult: Codable, Sendable, Equatable {
    /// The requirement's number, such as `G3`.
    public var number: String
    /// What is required, in a few words.
    public var title: String
    /// What became of it.
    public var outcome: Outcome
    /// What was seen, in one sentence.
    public var evidence: String
    /// Why it is so, for everything that does not hold.
    public var because: String?
    /// What to type.
    public var fix: String?
    /// How long the slowest of its probes took.
    public var seconds: Double

    init(
        number: String, title: String, outcome: Outcome, evidence: String, because: String? = nil, fix: String? = nil,
        seconds: Double = 0
    ) {
        self.number = number
        self.title = title
        self.outcome = outcome
        self.evidence = evidence
        self.because = because
        self.fix = fix
        self.seconds = seconds
    }
}
