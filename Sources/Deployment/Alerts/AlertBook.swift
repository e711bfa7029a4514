public import Foundation

/// What is wrong, what was told of it to whom, and what still waits to be told: kept on disk, so that nothing is told twice. Pure.
public struct AlertBook: Sendable, Codable, Equatable {
    /// Something that is watched.
    public struct Source: Sendable, Equatable {
        /// What it is called, such as `backup`.
        public var name: String
        /// For how many seconds it has to be wrong before that is told.
        var after: Double
        /// For how many seconds it has to be well again before that is told.
        var settles: Double

        /// By default what is wrong is told at once, and its end after two minutes.
        public init(_ name: String, after: Double = 0, settles: Double = 120) {
            self.name = name
            self.after = after
            self.settles = settles
        }
    }

    /// A way to a person.
    public enum Channel: String, Sendable, Codable, CaseIterable {
        /// A letter.
        case mail
        /// An address of the web.
        case hook
    }

    /// Something that is wrong.
    public struct Trouble: Sendable, Codable, Equatable {
        /// What, in words.
        public var words: String
        /// Since when.
        public var since: Date
        /// Whether it was told.
        public var isTold: Bool
        /// Since when it looks well again.
        var wellSince: Date?
    }

    /// One thing to tell.
    public struct Message: Sendable, Codable, Equatable {
        /// The same in whatever is sent of it: who gets it twice after a power cut can tell.
        public var id: String
        /// What it is about.
        public var source: String
        /// Whether something is wrong; else it is good again.
        public var isAlarm: Bool
        /// In words.
        public var words: String
        /// Since when it is, or was, wrong.
        public var since: Date
        /// When it was noticed.
        public var at: Date
        /// To whom it has still to be told.
        var channels: [Channel]
    }

    /// How a channel works.
    public struct Line: Sendable, Codable, Equatable {
        /// How often in a row it failed.
        public var failures = 0
        /// Why, the last time.
        public var failure: String
        /// When it is tried again.
        var next: Date
    }

    /// What is wrong, by its source's name.
    public private(set) var troubles: [String: Trouble] = [:]
    /// What waits to be told, the oldest first.
    public private(set) var waiting: [Message] = []
    private var lines: [String: Line] = [:]
    /// When a source's end was told last: what goes and comes all the time is told less often.
    private var ends: [String: Date] = [:]

    /// Nothing is known yet.
    public init() {}

    /// Why a channel does not work; `nil`: it does, as far as is known.
    public func trouble(of channel: Channel) -> Line? { lines[channel.rawValue] }

    // MARK: What is wrong

    /// Notes how a source is now: `words` says what is wrong, `nil` that it is well.
    mutating func note(_ source: Source, _ words: String?, at now: Date, to channels: [Channel]) {
        let name = source.name
        guard let words else { return noteWell(source, at: now, to: channels) }
        var trouble = troubles[name] ?? Trouble(words: words, since: now, isTold: false)
        trouble.wellSince = nil
        // What was told stays as it was told: a number in it that grows is no news.
        if !trouble.isTold { trouble.words = words }
        let isBack = ends[name].map { now.timeIntervalSince($0) < 6 * 3600 } ?? false
        let wait = isBack ? max(source.after, 600) : source.after
        if !trouble.isTold, passed(trouble.since, now) >= wait {
            trouble.isTold = true
            add(name, isAlarm: true, trouble, at: now, to: channels)
        }
        troubles[name] = trouble
    }

    private mutating func noteWell(_ source: Source, at now: Date, to channels: [Channel]) {
        guard var trouble = troubles[source.name] else { return }
        guard trouble.isTold else { return troubles[source.name] = nil }
        let since = trouble.wellSince ?? now
        trouble.wellSince = since
        guard passed(since, now) >= source.settles else { return troubles[source.name] = trouble }
        troubles[source.name] = nil
        ends[source.name] = now
        add(source.name, isAlarm: false, trouble, at: now, to: channels)
    }

    /// A clock that was put back must not make anything wait for years.
    private func passed(_ since: Date, _ now: Date) -> Double { abs(now.timeIntervalSince(since)) }

    private mutating func add(_ source: String, isAlarm: Bool, _ trouble: Trouble, at now: Date, to channels: [Channel])
    {
        guard !channels.isEmpty else { return }
        waiting.append(
            Message(
                id: UUID().uuidString.lowercased(), source: source, isAlarm: isAlarm, words: trouble.words,
                since: trouble.since, at: now, channels: channels))
        waiting.removeFirst(max(0, waiting.count - 100))
    }

    // MARK: What waits

    /// What a channel gets next, in the order in which it happened; `nil`: nothing, or it failed lately.
    func next(for channel: Channel, at now: Date) -> Message? {
        if let line = lines[channel.rawValue], line.next > now, line.next.timeIntervalSince(now) <= 3600 { return nil }
        return waiting.first { $0.channels.contains(channel) }
    }

    mutating func sent(_ message: Message, by channel: Channel) {
        lines[channel.rawValue] = nil
        drop(channel) { $0.id == message.id }
    }

    /// Tried again after a minute, then each time after twice as long, up to an hour.
    mutating func failed(_ channel: Channel, _ why: String, at now: Date) {
        let failures = (lines[channel.rawValue]?.failures ?? 0) + 1
        let pause = min(3600, 60 * Double(1 << min(failures - 1, 6)))
        lines[channel.rawValue] = Line(failures: failures, failure: why, next: now.addingTimeInterval(pause))
    }

    /// Forgets what nobody can get any more: of a channel that was taken away, and what is older than three days.
    mutating func tidy(_ channels: [Channel], at now: Date) {
        for channel in Channel.allCases where !channels.contains(channel) {
            lines[channel.rawValue] = nil
            drop(channel) { _ in true }
        }
        waiting.removeAll { now.timeIntervalSince($0.at) > 3 * 86400 }
    }

    private mutating func drop(_ channel: Channel, _ isMeant: (Message) -> Bool) {
        for index in waiting.indices where isMeant(waiting[index]) {
            waiting[index].channels.removeAll { $0 == channel }
        }
        waiting.removeAll(where: \.channels.isEmpty)
    }
}
