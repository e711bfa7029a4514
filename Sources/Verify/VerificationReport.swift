/// All requirements of one site and what was seen of them.
public struct VerificationReport: Codable, Sendable, Equatable {
    /// The site's name.
    public var site: String
    public var results: [RequirementResult]
    public var counts: Counts
    /// How long all of it took.
    public var seconds: Double

    /// How many requirements came to each outcome.
    public struct Counts: Codable, Sendable, Equatable {
        public var holds = 0
        public var broken = 0
        public var differs = 0
        public var notApplicable = 0

        init(_ results: [RequirementResult]) {
            for result in results {
                switch result.outcome {
                case .holds: holds += 1
                case .broken: broken += 1
                case .differs: differs += 1
                case .notApplicable: notApplicable += 1
                }
            }
        }
    }

    init(site: String, results: [RequirementResult], seconds: Double = 0) {
        self.site = site
        self.results = results
        self.seconds = seconds
        counts = Counts(results)
    }

    /// Whether nothing is broken. What differs for a known reason is said, and is no failure.
    public var isGood: Bool { counts.broken == 0 }

    public var broken: [RequirementResult] { results.filter { $0.outcome == .broken } }

    /// One line: `28 hold, 3 differ, 0 broken, 11 not applicable here`.
    public var summary: String {
        "\(counts.holds) hold\(counts.holds == 1 ? "s" : ""), \(counts.differs) differ\(counts.differs == 1 ? "s" : ""), "
            + "\(counts.broken) broken, \(counts.notApplicable) not applicable here"
    }
}
