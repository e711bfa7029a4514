public import Foundation

extension SiteOverview {
    /// One piece of the data's way, from one service to the next.
    public struct Link: Codable, Sendable, Equatable {
        /// A service, or `browser`.
        public var from: String
        /// A service, or the folder `dist` or `uploads`.
        public var to: String
        /// `up`, `down`, or `coming` where it was not tried yet.
        public var condition: Condition
        /// How long the last try took: the name's look-up and the connection.
        public var milliseconds: Double?

        /// Makes one from its parts.
        public init(from: String, to: String, condition: Condition = .coming, milliseconds: Double? = nil) {
            self.from = from
            self.to = to
            self.condition = condition
            self.milliseconds = milliseconds
        }
    }

    /// What `verify` found.
    public struct Verification: Codable, Sendable, Equatable {
        /// When it ran.
        public var at: Date
        public var rows: [Row]

        /// One requirement.
        public struct Row: Codable, Sendable, Equatable {
            /// Such as `G3`.
            public var number: String
            public var title: String
            /// `holds`, `broken`, `differs` or `notApplicable`.
            public var outcome: String
            /// What was seen.
            public var evidence: String
            public var because: String?

            /// Makes one from its parts.
            public init(number: String, title: String, outcome: String, evidence: String, because: String? = nil) {
                self.number = number
                self.title = title
                self.outcome = outcome
                self.evidence = evidence
                self.because = because
            }
        }

        /// Makes one from its parts.
        public init(at: Date, rows: [Row]) {
            self.at = at
            self.rows = rows
        }

        /// How many rows came to an outcome.
        public func count(_ outcome: String) -> Int { rows.filter { $0.outcome == outcome }.count }
    }

    /// By what browsers know the site.
    public struct Certificate: Codable, Sendable, Equatable {
        public var issuer: String
        public var end: Date
        /// When it is renewed by itself.
        public var renewal: Date

        /// Makes one from its parts.
        public init(issuer: String, end: Date, renewal: Date) {
            self.issuer = issuer
            self.end = end
            self.renewal = renewal
        }
    }

    /// Space on the disk or in memory, in bytes.
    public struct Room: Codable, Sendable, Equatable {
        public var free: Int
        public var total: Int

        /// Makes one from its parts.
        public init(free: Int, total: Int) {
            self.free = free
            self.total = total
        }

        /// How full it is, 0–100.
        public var percent: Int { total > 0 ? Int((Double(total - free) / Double(total) * 100).rounded(.up)) : 100 }
    }

    /// The letters that wait.
    public struct Mail: Codable, Sendable, Equatable {
        public var waiting: Int
        /// The age of the oldest one, in seconds.
        public var oldest: Int
        /// Whether letters leave this computer.
        public var leaves: Bool

        /// Makes one from its parts.
        public init(waiting: Int, oldest: Int, leaves: Bool) {
            self.waiting = waiting
            self.oldest = oldest
            self.leaves = leaves
        }
    }

    /// The second server.
    public struct Standby: Codable, Sendable, Equatable {
        public var name: String
        public var condition: Condition
        /// How far its database is behind, in seconds; `nil` where that is not known.
        public var lag: Double?
        /// `strict`: writes wait for it; `available`: they do not.
        public var promise: String

        /// Makes one from its parts.
        public init(name: String, condition: Condition, lag: Double?, promise: String) {
            self.name = name
            self.condition = condition
            self.lag = lag
            self.promise = promise
        }
    }

    /// The copy of the attached files on the second server.
    public struct Mirror: Codable, Sendable, Equatable {
        /// When it was last the same.
        public var at: Date

        /// Makes one.
        public init(at: Date) { self.at = at }
    }

    /// What can be brought back after a disaster.
    public struct Backup: Codable, Sendable, Equatable {
        /// When the last one was made.
        public var made: Date?
        /// When one was last brought back on trial; `nil`: none is proven.
        public var proven: Date?

        /// Makes one from its parts.
        public init(made: Date?, proven: Date?) {
            self.made = made
            self.proven = proven
        }
    }

    /// Something that happened, told in words by whoever shows it: the page speaks two languages.
    public struct Event: Codable, Sendable, Equatable {
        public var at: Date
        public var kind: Kind
        /// The service, the node or the link that it is about.
        public var subject: String?
        /// Docker's words, or those of an alarm.
        public var detail: String?
        /// The exit code, or how many seconds it took.
        public var number: Int?
        /// The id of the task that it is about: its end and its beginning are told once.
        public var task: String?

        /// What happened.
        public enum Kind: String, Codable, Sendable {
            case started, ended, refused, stopped, added, removed, switchedOff, node, verified, alarm, relieved
            case certificate, linkBroke, linkMended, keeper, fenced
        }

        /// Makes one from its parts.
        public init(
            _ kind: Kind, at: Date, subject: String? = nil, detail: String? = nil, number: Int? = nil,
            task: String? = nil
        ) {
            self.at = at
            self.kind = kind
            self.subject = subject
            self.detail = detail
            self.number = number
            self.task = task
        }
    }

    /// How many events are kept.
    public static let eventsKept = 50

    /// What a person who only glances has to know: something is down, something is on its way or needs a look, or all is well.
    public var condition: Condition {
        if fence != nil || services.isEmpty || services.contains(where: { $0.condition == .down })
            || nodes.contains(where: { $0.condition == .down }) || verification.map({ $0.count("broken") > 0 }) == true
        {
            return .down
        }
        let isUnsettled =
            services.contains { $0.condition == .coming } || links.contains { $0.condition == .down }
            || !alarms.isEmpty
        return isUnsettled ? .coming : .up
    }
}

extension SiteOverview {
    /// As it is written down and sent to browsers: one line of JSON, times in seconds since 1970.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Int(date.timeIntervalSince1970.rounded()))
        }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// Reads it back; `nil` for anything else.
    public init?(_ data: Data) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        guard let value = try? decoder.decode(SiteOverview.self, from: data) else { return nil }
        self = value
    }
}
