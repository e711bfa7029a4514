public import Foundation
import Machine

/// A hole in the database's log in the repository: no moment in it can be restored.
public struct LogGap: Sendable, Codable, Equatable {
    /// The first segment that is missing.
    public var first: String
    /// How many are, one after the other.
    public var count: Int
    /// When the last one before it arrived.
    public var from: Date?
    /// When the first one after it did.
    public var until: Date?
    /// The whole copy that was made because of it.
    public var closedBy: String?

    /// In words.
    public var words: String {
        let times = from.flatMap { from in
            until.map { ": no moment between \(from.universalSecond) and \($0.universalSecond) can be restored" }
        }
        return "\(count) \(count == 1 ? "piece" : "pieces") of the database's log, from \(first) on, "
            + "\(count == 1 ? "is" : "are") not in the repository\(times ?? "")"
    }
}

/// One segment of the log, by its name: timeline, then number (manual, 26.3.2, `wal_segment_size` of 16 MB).
struct LogSegment: Sendable, Hashable, Comparable {
    var timeline: Int
    var number: Int

    private static let perLog = 256

    /// Reads 24 hexadecimal digits; `nil` for anything else.
    init?(_ name: some StringProtocol) {
        let digits = Array(name)
        guard digits.count == 24, let timeline = Int(String(digits[0..<8]), radix: 16),
            let log = Int(String(digits[8..<16]), radix: 16), let rest = Int(String(digits[16..<24]), radix: 16)
        else { return nil }
        self.timeline = timeline
        number = log * Self.perLog + rest
    }

    init(timeline: Int, number: Int) {
        self.timeline = timeline
        self.number = number
    }

    var name: String {
        [timeline, number / Self.perLog, number % Self.perLog].map { value in
            let digits = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        }.joined()
    }

    static func < (left: LogSegment, right: LogSegment) -> Bool {
        (left.timeline, left.number) < (right.timeline, right.number)
    }
}

/// The segments of the log that the repository lists.
struct LogListing: Sendable {
    /// When each arrived.
    var arrived: [LogSegment: Date]

    /// Reads what `pgbackrest repo-ls --output=json --recurse` says of an archive's folder; `nil` for anything else.
    init?(_ text: String) {
        struct Entry: Decodable {
            var type: String
            var time: Double?
        }
        guard let entries = try? JSONDecoder().decode([String: Entry].self, from: Data(text.utf8)) else { return nil }
        arrived = [:]
        for (path, entry) in entries where entry.type == "file" {
            let name = path.split(separator: "/").last ?? ""
            // Whole ones alone: `…-digest.zst`, and not `….partial-digest`, `….backup`, `….history`.
            guard name.dropFirst(24).first == "-", let segment = LogSegment(name.prefix(24)) else { continue }
            arrived[segment] = Date(timeIntervalSince1970: entry.time ?? 0)
        }
    }

    /// What is missing between the oldest copy's first segment and the newest that is known to have arrived.
    /// - Parameters:
    ///   - oldest: what lies before it goes by itself.
    ///   - newest: what lies after it may still be on its way.
    func gaps(from oldest: LogSegment?, upTo newest: LogSegment?) -> [LogGap] {
        let kept = arrived.keys.filter { segment in
            guard let oldest else { return true }
            return segment.timeline > oldest.timeline
                || segment.timeline == oldest.timeline && segment.number >= oldest.number
        }
        // Where nobody says how far it has come, the last few may have overtaken each other.
        let end = newest ?? kept.max().map { LogSegment(timeline: $0.timeline, number: $0.number - 4) }
        let timelines = Dictionary(grouping: kept, by: \.timeline).mapValues { $0.map(\.number).sorted() }
        var gaps: [LogGap] = []
        func note(_ timeline: Int, after before: Int, until next: Int, beforeOn parent: Int? = nil) {
            let first = LogSegment(timeline: parent ?? timeline, number: before + 1)
            guard next - before > 1, end.map({ LogSegment(timeline: timeline, number: next - 1) <= $0 }) ?? true else {
                return
            }
            gaps.append(
                LogGap(
                    first: first.name, count: next - before - 1,
                    from: arrived[LogSegment(timeline: parent ?? timeline, number: before)],
                    until: arrived[LogSegment(timeline: timeline, number: next)]))
        }
        for (timeline, numbers) in timelines.sorted(by: { $0.key < $1.key }) {
            // The first one of a later timeline follows on from one of those before it.
            if let first = numbers.first {
                if timeline == oldest?.timeline, let oldest, first > oldest.number {
                    note(timeline, after: oldest.number - 1, until: first)
                }
                let earlier = timelines.filter { $0.key < timeline }
                let near = earlier.mapValues { numbers in numbers.last { $0 <= first } }
                if let (parent, last) = near.compactMapValues({ $0 }).max(by: { $0.value < $1.value }) {
                    note(timeline, after: last, until: first, beforeOn: parent)
                }
            }
            for (before, next) in zip(numbers, numbers.dropFirst()) { note(timeline, after: before, until: next) }
        }
        return gaps
    }
}
