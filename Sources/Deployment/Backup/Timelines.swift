import Foundation
import Machine

/// The lines that the database's log has in the repository: each restore begins a new one where it stopped, and so does a change of the
/// server that leads (PostgreSQL manual, 26.3.6, "Timelines"). What the line before it got after that is on no line any more that goes on.
struct Timelines: Sendable, Equatable {
    /// One line, but the first, of which nothing is written down.
    struct Line: Sendable, Equatable {
        var number: Int
        /// When it began, as far as the repository knows.
        var began: Date
        /// The lines that it goes on from, the oldest first, and up to where in the log it has what they have.
        var ancestors: [Ancestor]
        /// The first change that it left behind; `nil`: it has all that was there.
        var left: Date?

        var parent: Int { ancestors.last?.number ?? 1 }
    }

    struct Ancestor: Sendable, Equatable {
        var number: Int
        var end: LogPosition
    }

    /// By their numbers.
    var lines: [Line] = []

    /// Which line to follow to a moment.
    struct Way: Sendable, Equatable {
        /// `nil`: the newest.
        var line: Int?
        /// The line that took over without what was written up to that moment.
        var leftFor: Line?

        /// To tell a person that this is not the past of what runs now.
        var words: String? {
            guard let leftFor, let left = leftFor.left else { return nil }
            return
                "that moment is not in the past of what runs now: on \(leftFor.began.universalMinute) the site was restored to before "
                + "\(left.universalSecond). Brought back is what was there at that moment, and nothing that was written after that restore"
        }
    }

    /// The newest; `nil`: there is the first alone.
    var newest: Int? { lines.last?.number }

    /// A moment lies on the line that ran then. Where nothing ran, the line after it has all that was there.
    func way(to moment: Date?) -> Way {
        guard let moment, let newest else { return Way() }
        var line = lines.last { $0.began <= moment }?.number ?? lines.first?.parent ?? 1
        while let next = lines.first(where: { $0.parent == line && $0.left == nil }) { line = next.number }
        return Way(line: line == newest ? nil : line, leftFor: leaving(moment))
    }

    /// The line, among the newest and those before it, that took over without what was written up to that moment.
    private func leaving(_ moment: Date) -> Line? {
        var line = lines.last
        while let now = line, moment < now.began {
            if let left = now.left, left <= moment { return now }
            // Never the same again, whatever is written there.
            line = lines.last { $0.number == now.parent && $0.number < now.number }
        }
        return nil
    }

    /// Whether a copy of the database is one from which a line can be followed.
    func holds(_ copy: PgBackRestInfo.Backup, on line: Int?) -> Bool {
        guard let line = line ?? newest, let at = copy.line, at != line, let end = copy.logEnd else { return true }
        guard let found = lines.first(where: { $0.number == line }),
            let index = found.ancestors.firstIndex(where: { $0.number == at })
        else { return false }
        // Postgres writes down the line that was followed as the parent, also where it was left before it even began.
        return found.ancestors[index...].allSatisfy { end <= $0.end }
    }
}

extension Timelines {
    /// Reads what `timelines` in the database's image says; `nil` for anything else.
    init?(_ text: String) {
        struct Entry: Decodable { var time: Double? }
        let parts = text.split(separator: "\nHISTORY ", omittingEmptySubsequences: false)
        guard let first = parts.first,
            let listed = try? JSONDecoder().decode([String: Entry].self, from: Data(first.utf8))
        else { return nil }
        let times = Dictionary(
            listed.map { (($0.key as NSString).lastPathComponent, $0.value.time ?? 0) }, uniquingKeysWith: max)
        for part in parts.dropFirst() {
            var rows = part.split(whereSeparator: \.isNewline)
            guard !rows.isEmpty else { continue }
            let name = rows.removeFirst()
            guard let number = Int(name.prefix(8), radix: 16) else { continue }
            // `1	0/5000000	before 2026-11-25 14:30:00.1+00`; other rows are remarks.
            let found = rows.compactMap { row -> (Ancestor, Substring)? in
                let fields = row.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count >= 2, let parent = Int(fields[0].trimmed), let end = LogPosition(fields[1].trimmed)
                else { return nil }
                return (Ancestor(number: parent, end: end), fields.count > 2 ? fields[2] : "")
            }
            lines.append(
                Line(
                    number: number, began: Date(timeIntervalSince1970: times[String(name)] ?? 0),
                    ancestors: found.map(\.0), left: found.last.flatMap { Self.left($0.1) }))
        }
        lines.sort { $0.number < $1.number }
    }

    /// Why Postgres stopped following the log: before a change of that time, or at its end.
    private static func left(_ reason: Substring) -> Date? {
        guard let match = reason.firstMatch(of: #/(before|after) (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?\+00/#)
        else { return nil }
        guard let second = try? Date("\(match.2)T\(match.3)Z", strategy: .iso8601) else { return nil }
        // A moment is asked for in whole seconds: the next one has that change.
        return match.4 == nil ? second : second.addingTimeInterval(1)
    }

    /// A copy is of the line that ran when it was made: no line began later than its first copy.
    /// The list of the repository may be younger, where its files were copied.
    func knowing(_ copies: [PgBackRestInfo.Backup]) -> Timelines {
        var known = self
        for index in known.lines.indices {
            let starts = copies.filter { ($0.line ?? 0) >= known.lines[index].number }.map(\.start)
            guard let first = starts.min() else { continue }
            known.lines[index].began = min(known.lines[index].began, Date(timeIntervalSince1970: first))
        }
        return known
    }
}

/// A place in the database's log, as Postgres writes it: `16/B374D848`.
struct LogPosition: Sendable, Hashable, Comparable {
    var value: UInt64

    static func < (left: LogPosition, right: LogPosition) -> Bool { left.value < right.value }
}

extension LogPosition {
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let high = UInt64(parts[0], radix: 16), let low = UInt64(parts[1], radix: 16),
            high <= UInt32.max, low <= UInt32.max
        else { return nil }
        self.init(value: high << 32 | low)
    }
}
