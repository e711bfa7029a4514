public import Foundation

/// What `restore-database` found in the database that it brought back.
public struct RestoredDatabase: Sendable, Codable, Equatable {
    /// The newest heartbeat in it; the site's keeper writes one each minute.
    public var heartbeat: Date?
    /// When the last transaction in it was committed, where one was replayed.
    public var lastChange: Date?
    /// How many tables of the application's there are.
    public var tables: Int
    /// How many rows in them.
    public var rows: Int
    /// The size of all databases, in bytes.
    public var bytes: Int

    /// To which moment the data reach.
    public var reaches: Date? { [heartbeat, lastChange].compactMap { $0 }.max() }

    /// Reads a line `RESULT {…}`; Postgres' own way of writing times in JSON has fractions.
    init?(line: String) {
        struct Answer: Decodable {
            var heartbeat: String?
            var lastChange: String?
            var tables: Int
            var rows: Int
            var bytes: Int
        }
        guard let answer = Answer.result(line: line) else { return nil }
        heartbeat = answer.heartbeat.flatMap(ResticSnapshot.date)
        lastChange = answer.lastChange.flatMap(ResticSnapshot.date)
        tables = answer.tables
        rows = answer.rows
        bytes = answer.bytes
    }
}

/// A line of `restore-database`, as progress; `nil`: it says nothing to a person.
enum RestoreLine {
    static func words(_ line: String) -> String? {
        if line.hasPrefix("restore-database: ") { return String(line.dropFirst("restore-database: ".count)) }
        // `INFO: restore file /var/lib/… (24MB, 45.12%) checksum …`
        if let match = line.firstMatch(of: #/\(([0-9.]+[kMGT]?B), ([0-9.]+)%\)/#) {
            return "copying the database, \(match.2) %"
        }
        if let match = line.firstMatch(of: #/restored log file "([0-9A-F]+)"/#) { return "replaying \(match.1)" }
        return nil
    }
}
