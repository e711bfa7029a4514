public import Site

/// Decides on the primary, from what is seen of the standby, whether commits wait for it: a pure value, with the clock handed in.
public struct Supervisor: Sendable, Equatable {
    /// What the primary's database says of its standby.
    public enum Sighting: Sendable, Equatable {
        /// It streams, and is this many bytes behind.
        case following(lag: Int)
        /// Nobody streams.
        case away
        /// The primary's own database does not answer.
        case silent
    }

    /// What is to be done; the record is written before it is.
    public enum Order: Sendable, Equatable {
        /// Have each commit wait for the standby.
        case bind
        /// Let commits go on without it.
        case part
    }

    /// How long the standby may be away under the promise `available`.
    public static let patience = Duration.seconds(25)
    /// How near it has to come before commits wait for it: what is left is sent in a moment.
    public static let nearEnough = 16 << 20

    /// What the site promises.
    public var promise: Promise
    /// How it is now.
    public private(set) var bond: Bond
    private var awaySince: Duration?

    public init(promise: Promise, bond: Bond) {
        self.promise = promise
        self.bond = bond
    }

    /// Takes note of what is seen.
    /// - Parameter now: a clock that nobody sets, such as the time since boot.
    public mutating func saw(_ sighting: Sighting, at now: Duration) -> Order? {
        switch sighting {
        case .following(let lag):
            awaySince = nil
            guard bond != .together, lag <= Self.nearEnough else { return nil }
            bond = .together
            return .bind
        case .silent:
            // No evidence: a database that does not answer acknowledges nothing either.
            awaySince = nil
            return nil
        case .away:
            let since = awaySince ?? now
            awaySince = since
            guard bond == .together, promise == .available, now - since >= Self.patience else { return nil }
            bond = .lost
            return .part
        }
    }

    /// A person decides that commits wait no more.
    public mutating func degrade() -> Order? {
        guard bond == .together else { return nil }
        bond = .degraded
        return .part
    }

    /// What a person should know; `nil` where all is well.
    public var alarm: String? {
        switch bond {
        case .unpaired: nil
        case .together where awaySince == nil: nil
        case .together where promise == .strict:
            "the standby is away and the promise is strict: writes wait. Is the standby switched on and reachable? To go on without it:  kopnik standby degrade"
        case .together:
            "the standby is away: writes wait, and go on without it \(Self.patience.components.seconds) seconds after it left"
        case .lost: "the standby is away and writes go on without it: what is written now is on this server alone"
        case .degraded:
            "writes go on without the standby, as somebody decided: what is written now is on this server alone"
        }
    }
}
