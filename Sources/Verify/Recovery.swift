public import Foundation
import Machine
import Site

/// What there is against fire: whether backups are made, whether somebody can read them, and whether they were proved.
public struct Recovery: Sendable, Equatable {
    /// A drill that brought everything back.
    public struct Drill: Sendable, Equatable {
        /// When it was held.
        public var at: Date
        /// How long it took, in seconds.
        public var took: Double
        /// How much work would have been lost, in seconds.
        public var lost: Double?

        /// Makes one from its parts.
        public init(at: Date, took: Double, lost: Double?) {
            self.at = at
            self.took = took
            self.lost = lost
        }
    }

    /// Whether the site file names a place.
    public var isNamed: Bool
    /// Whether that place takes what is sent.
    public var isReady: Bool
    /// When the newest whole backup was made.
    public var lastBackup: Date?
    /// Why the newest one failed, if it did.
    public var lastFailure: String?
    /// Whether a person proved that they can open the recovery kit.
    public var hasConfirmedKit: Bool
    /// The newest drill that went well.
    public var lastDrill: Drill?
    /// Why the newest drill failed, if it did.
    public var drillFailure: String?

    /// By default there is nothing.
    public init(
        isNamed: Bool = false, isReady: Bool = false, lastBackup: Date? = nil, lastFailure: String? = nil,
        hasConfirmedKit: Bool = false, lastDrill: Drill? = nil, drillFailure: String? = nil
    ) {
        self.isNamed = isNamed
        self.isReady = isReady
        self.lastBackup = lastBackup
        self.lastFailure = lastFailure
        self.hasConfirmedKit = hasConfirmedKit
        self.lastDrill = lastDrill
        self.drillFailure = drillFailure
    }

    /// What is too old counts as if it were not there (`Site.Backup`).
    func judgement(at now: Date) -> Judgement {
        guard isNamed else {
            return .differs(
                "there are no backups", because: "the site file names no place for them (backup.repository)")
        }
        guard isReady else {
            return .differs("there are no backups", because: "the place is not set up yet: kopnik backup setup")
        }
        guard let lastBackup else {
            return .broken(
                "no backup was ever whole", because: lastFailure ?? "none was made yet", fix: "kopnik backup")
        }
        guard now.timeIntervalSince(lastBackup) < Site.Backup.oldest else {
            return .broken(
                "the newest backup is of \(lastBackup.universalMinute)",
                because: lastFailure ?? "the keeper makes one each night", fix: "kopnik backup")
        }
        if let drillFailure {
            return .broken("the backups do not bring the site back", because: drillFailure, fix: "kopnik drill")
        }
        guard hasConfirmedKit else {
            return .differs(
                "the backups can be read with the recovery kit alone",
                because: "nobody proved yet that they have its passphrase: kopnik recovery-kit --confirm")
        }
        guard let lastDrill, now.timeIntervalSince(lastDrill.at) < Site.Backup.longestUnproved else {
            return .differs(
                "the backups are not proved", because: "no drill brought all of it back lately: kopnik drill")
        }
        let lost = lastDrill.lost.map { ", at most \(Int($0.rounded())) s of work lost" } ?? ""
        return .holds(
            "proved on \(lastDrill.at.universalDay): all came back in \(Int(lastDrill.took.rounded(.up))) s\(lost)")
    }
}
