/// All requirements of one site and what was seen of them.
public struct VerificationReport: Codable, Sendable, Equatable {
    /// The site's name.
    public var site: String
    /// One for each requirement looked at, in the order of the specification.
    public var results: [RequirementResult]
    /// How many came to each outcome.
    public var counts: Counts
    /// How long all of it took.
    public var seconds: Double

    /// How many requirements came to each outcome.
    public struct Counts: Codable, Sendable, Equatable {
        /// Seen to be as required.
        public var holds = 0
        /// Seen not to be as required, and meant to be.
        public var broken = 0
        /// Otherwise than the specification says, for a known reason.
        public var differs = 0
        /// With nothing here that the requirement could be about.
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

    /// Those that are not as required and are meant to be, in the same order.
    public var broken: [RequirementResult] { results.filter { $0.outcome == .broken } }

    /// One line: `28 hold, 3 differ, 0 broken, 11 not applicable here`.
    public var summary: String {
        "\(counts.holds) hold\(counts.holds == 1 ? "s" : ""), \(counts.differs) differ\(counts.differs == 1 ? "s" : ""), "
            + "\(counts.broken) broken, \(counts.notApplicable) not applicable here"
    }
}
