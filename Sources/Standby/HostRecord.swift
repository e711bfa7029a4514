public import Foundation
public import Site

/// What one of two hosts knows of its own part, durably: nothing on it starts before this was read.
public struct HostRecord: Codable, Sendable, Equatable {
    /// Which line of `hosts` in the site file it is. Names never change hands; roles do.
    public enum Name: String, Codable, Sendable, CaseIterable {
        case main, standby

        /// The other one.
        public var other: Name { self == .main ? .standby : .main }
    }

    /// What it does in the pair.
    public enum Role: String, Codable, Sendable {
        /// Its database takes writes, and the whole site runs on it.
        case primary
        /// It follows the other's database; the rest of the site is down.
        case standby
        /// It was the primary of an epoch that is over: nothing of the site starts.
        case fenced
    }

    /// Which one it is.
    public var name: Name
    /// What it does.
    public var role: Role
    /// Raised by each promotion; of two hosts that disagree, the one with the higher is right.
    public var epoch: Int
    /// How far its commits are bound to the other host; counts for the primary alone.
    public var bond: Bond
    /// Since when it is so.
    public var since: Date
    /// The boot in which a person let it start although nobody could tell whether another took over.
    public var forcedBoot: String?
    /// It leads, and has stopped the site because the other one asked to lead; what is broken off here is taken back.
    public var isPausing: Bool?
    /// It led until a moment ago and has given that up for good; its database has not been made to follow yet.
    public var isSteppingDown: Bool?
    /// It leads, and has taken the standby out: that one knows that it must not take over, and is neither asked nor waited for.
    public var standbyIsOut: Bool?
    /// It leads, and this is the repository of backups in which its epoch is written down; the other one knows that it has to write there before
    /// it leads.
    public var recordedIn: String?
    /// It leads, and the site file names no second server any more: it is about to forget that there was one.
    public var isEnding: Bool?

    public init(name: Name, role: Role, epoch: Int, bond: Bond = .unpaired, since: Date, forcedBoot: String? = nil) {
        self.name = name
        self.role = role
        self.epoch = epoch
        self.bond = bond
        self.since = since
        self.forcedBoot = forcedBoot
    }
}

/// How far the primary's commits are bound to the standby.
public enum Bond: String, Codable, Sendable, CaseIterable {
    /// No standby has followed in this epoch: there is none, or it is being made.
    case unpaired
    /// Each commit waits until the standby has it.
    case together
    /// The standby went away, and the promise is `available`: commits wait for nobody.
    case lost
    /// A person said that commits need not wait (`kopnik standby degrade`).
    case degraded

    /// Whether a commit is told to its writer only after the standby has it.
    public var waits: Bool { self == .together }
}

/// What the site promises where the standby is away.
public typealias Promise = Site.Standby.Promise
