import Machine

/// What all databases of a server hold, as `upgrade-db` told it: of each table how many rows, and a digest of them that knows no order.
public struct DatabaseContents: Codable, Sendable, Equatable {
    /// A table, a sequence or the large objects of a database.
    struct Part: Codable, Sendable, Equatable {
        var kind: String
        var database: String
        var name: String
        /// Rows, or where a sequence stands.
        var count: Int
        var digest: String

        var key: String { "\(kind)\t\(database)\t\(name)" }
    }

    var parts: [Part]

    /// Reads the lines; others are passed over.
    init(_ text: String) {
        parts = text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 5, let count = Int(words[3]) else { return nil }
            return Part(kind: words[0], database: words[1], name: words[2], count: count, digest: words[4])
        }
    }

    private var tables: [Part] { parts.filter { $0.kind == "rows" } }

    /// For a person: `12 tables with 3456 rows`.
    public var summary: String {
        "\(tables.count) tables with \(tables.map(\.count).reduce(0, +)) rows in all"
    }

    /// What is other now than it was then, a line a table.
    public func changes(since then: DatabaseContents) -> [String] {
        let before = Dictionary(then.parts.map { ($0.key, $0) }) { first, _ in first }
        let now = Set(parts.map(\.key))
        // A sequence moves with the rows that took its numbers.
        let others = parts.filter { $0.kind != "sequence" && before[$0.key] != $0 }
        // A table that is new and empty is nothing to lose.
        let changed = others.filter { before[$0.key] != nil || $0.count > 0 }.map { part -> String in
            let name = "\(part.database): " + (part.kind == "rows" ? part.name : "large objects")
            guard let old = before[part.key] else { return "\(name): new, \(Self.rows(part.count))" }
            switch part.count - old.count {
            case 0: return "\(name): as many as before, but some were changed"
            case let more where more > 0: return "\(name): \(Self.rows(more)) more"
            case let fewer: return "\(name): \(Self.rows(-fewer)) fewer"
            }
        }
        return changed
            + then.parts.filter { $0.kind == "rows" && !now.contains($0.key) }.map {
                "\($0.database): \($0.name): gone, it had \(Self.rows($0.count))"
            }
    }

    private static func rows(_ count: Int) -> String { count == 1 ? "1 row" : "\(count) rows" }
}
