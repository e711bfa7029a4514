public import Blueprint
public import Foundation
public import Machine

/// What came of asking a public authority: kept, so that a set-up that cannot work does not use up what the authority allows.
public struct AskingHistory: Codable, Sendable, Equatable {
    /// Why there is no certificate yet, in words for people.
    public struct Refusal: Codable, Sendable, Equatable {
        /// What did not work.
        public var what: String
        /// Why.
        public var because: String
        /// What a person can do.
        public var fix: String
        /// Whether the authority itself was asked; otherwise it was seen beforehand that it could not work.
        public var wasAsked: Bool
        /// The authority's own word when it may be asked again.
        public var notBefore: Date?

        init(_ what: String, because: String, fix: String, wasAsked: Bool = false, notBefore: Date? = nil) {
            self.what = what
            self.because = because
            self.fix = fix
            self.wasAsked = wasAsked
            self.notBefore = notBefore
        }
    }

    /// Whom it is about, and which names: what came of asking one says nothing of another.
    var subject = ""
    /// How often in a row it did not work.
    public var failures = 0
    /// When the authority itself refused, since it last issued a certificate.
    var refused: [Date] = []
    /// When it was last tried.
    public var last: Date?
    /// What stood in the way then; `nil` after a success.
    public var refusal: Refusal?
    /// When certificates were issued, the last ten.
    public var issued: [Date] = []
    /// Names that were left out of the certificate, and why.
    public var leftOut: [String: String] = [:]

    init(subject: String = "") { self.subject = subject }

    /// The first wait after the authority refused; each further one is twice as long, up to a day.
    /// Let's Encrypt allows five failures for a name in an hour (letsencrypt.org/docs/rate-limits).
    static let firstWait: TimeInterval = 15 * 60
    static let longestWait: TimeInterval = 86400

    /// When it is tried again by itself.
    public var nextTry: Date? {
        guard let refusal, let last else { return nil }
        if let notBefore = refusal.notBefore { return notBefore }
        // Where nobody was asked, to look again costs nobody anything.
        let doublings = refusal.wasAsked ? Double(max(0, min(refused.count, 20) - 1)) : 0
        return last.addingTimeInterval(min(Self.firstWait * pow(2, doublings), Self.longestWait))
    }

    /// Whether it may be tried again by itself.
    func mayTry(at now: Date) -> Bool {
        // A clock that was set back must not hold it up for ever.
        if let last, last > now.addingTimeInterval(60) { return true }
        return nextTry.map { $0 <= now } ?? true
    }

    /// Certificates of the last seven days; Let's Encrypt issues five for the same names in that time.
    public func issuedLately(at now: Date) -> Int { issued.filter { now.timeIntervalSince($0) < 7 * 86400 }.count }
    /// See `issuedLately`.
    public static let weeklyLimit = 5

    /// Times in the last hour that the authority refused; Let's Encrypt bars a name after five.
    func refusedLately(at now: Date) -> Int { refused.filter { now.timeIntervalSince($0) < 3600 }.count }
    /// See `refusedLately`.
    static let hourlyLimit = 4

    /// What is to be known should nothing more be noted: the authority was asked, and nobody heard its answer.
    func brokenOff(at now: Date) -> AskingHistory {
        var history = self
        history.failed(
            Refusal(
                "it is not known what the authority answered",
                because: "it is being asked just now, or kopnik was stopped before it answered",
                fix: "nothing: kopnik asks again by itself", wasAsked: true), at: now)
        return history
    }

    /// Notes that it did not work.
    mutating func failed(_ refusal: Refusal, at now: Date) {
        if refusal.wasAsked { refused = (refused + [now]).suffix(20) }
        failures += 1
        last = now
        self.refusal = refusal
    }

    mutating func succeeded(at now: Date) {
        failures = 0
        refused = []
        last = now
        refusal = nil
        issued = (issued + [now]).suffix(10)
    }

    private static func file(_ layout: Layout) -> String { "\(layout.state)/certificate.json" }

    /// Reads it; empty where nobody was asked yet.
    public static func read(_ layout: Layout, _ files: Files) -> AskingHistory {
        files.record(AskingHistory.self, at: file(layout)) ?? AskingHistory()
    }

    func write(_ layout: Layout, _ files: Files) throws {
        try files.write(record: self, to: Self.file(layout))
    }
}
