public import Foundation
import Machine
import Synchronization

/// What `pgbackrest info --output=json` lists of one stanza.
public struct PgBackRestInfo: Sendable, Equatable {
    /// One copy of the database.
    public struct Backup: Sendable, Equatable {
        /// Its name, such as `20261125-033000F`.
        public var label: String
        /// `full`, `diff` or `incr`.
        public var type: String
        /// Whether pages did not fit their checksums.
        public var isDamaged: Bool
        /// When it was begun, in seconds since 1970.
        var start: Double
        /// When it was done, in seconds since 1970.
        public var stop: Double
        /// The size of the database, in bytes.
        public var databaseBytes: Int
        /// What it takes in the repository besides earlier ones, in bytes.
        public var addedBytes: Int
        /// The first segment of the log that it needs.
        var logStart: String?
        /// Up to where in the log it needs it.
        var logEnd: LogPosition?
        /// Which of the log's lines it is of; `nil`: of another version of Postgres.
        var line: Int?
    }

    /// The oldest first.
    public var backups: [Backup]
    /// The newest segment of the log that arrived.
    public var newestLog: String?
    /// Where the repository has the log of the version and the database of today, such as `17-1`.
    var logFolder: String?

    /// Reads the program's answer; `nil` where it is another.
    init?(_ text: String) {
        struct Stanza: Decodable {
            struct Archive: Decodable {
                var id: String?
                var max: String?
                var database: Database?
            }
            struct Entry: Decodable {
                struct Info: Decodable {
                    struct Repository: Decodable { var delta: Int }
                    var size: Int
                    var repository: Repository
                }
                struct Moment: Decodable { var start, stop: Double }
                struct Position: Decodable { var stop: String? }
                struct Log: Decodable { var start: String? }
                var label: String
                var type: String
                var error: Bool?
                var info: Info
                var timestamp: Moment
                var archive: Log?
                var lsn: Position?
                var database: Database?
            }
            struct Database: Decodable { var id: Int }
            var backup: [Entry]
            var archive: [Archive]
        }
        guard let stanzas = try? JSONDecoder().decode([Stanza].self, from: Data(text.utf8)) else { return nil }
        let stanza = stanzas.first
        newestLog = stanza?.archive.last?.max
        logFolder = stanza?.archive.last?.id
        let newest = stanza?.archive.last?.database?.id
        backups = (stanza?.backup ?? []).map { entry in
            let isOfToday = entry.database?.id == newest
            return Backup(
                label: entry.label, type: entry.type, isDamaged: entry.error ?? false, start: entry.timestamp.start,
                stop: entry.timestamp.stop, databaseBytes: entry.info.size, addedBytes: entry.info.repository.delta,
                logStart: entry.archive?.start, logEnd: (entry.lsn?.stop).flatMap { LogPosition($0) },
                line: isOfToday ? (entry.archive?.start).flatMap { LogSegment($0)?.timeline } : nil)
        }
    }
}

/// What `restic backup --json` says at its end.
struct ResticSummary: Sendable, Equatable {
    var snapshot: String
    var files: Int
    var bytes: Int
    /// What was new, as it is stored.
    var added: Int

    private struct Message: Decodable {
        var message_type: String
        var snapshot_id: String?
        var total_files_processed: Int?
        var total_bytes_processed: Int?
        var data_added_packed: Int?
        var percent_done: Double?
    }

    private static func message(_ line: String) -> Message? {
        try? JSONDecoder().decode(Message.self, from: Data(line.utf8))
    }

    init?(line: String) {
        guard let message = Self.message(line), message.message_type == "summary" else { return nil }
        snapshot = String((message.snapshot_id ?? "").prefix(8))
        files = message.total_files_processed ?? 0
        bytes = message.total_bytes_processed ?? 0
        added = message.data_added_packed ?? 0
    }

    /// How much is done, in percent.
    static func share(line: String) -> Int? {
        guard let message = message(line), message.message_type == "status" else { return nil }
        return message.percent_done.map { Int(($0 * 100).rounded()) }
    }
}

/// One entry of `restic snapshots --json`.
public struct ResticSnapshot: Sendable, Equatable {
    /// Its short name.
    public var id: String
    /// When it was made.
    public var at: Date
    /// `site`, `uploads`, `dump` or `owner`.
    public var tags: [String]
    /// What was kept: folders, or the name that was given to what came on standard input.
    public var paths: [String] = []
    /// How many bytes are in it, where restic knows.
    public var bytes: Int?
    /// How many files are in it.
    public var files: Int?

    /// Whether the uploads of its time are in it: alone, or with all else.
    var holdsUploads: Bool { tags.contains("uploads") || tags.contains("site") }

    /// Reads restic's answer, the oldest first.
    static func read(_ text: String) -> [ResticSnapshot]? {
        struct Entry: Decodable {
            struct Summary: Decodable {
                var total_bytes_processed: Int?
                var total_files_processed: Int?
            }
            var short_id: String
            var time: String
            var tags: [String]?
            var paths: [String]?
            var summary: Summary?
        }
        // Without any it says so in a word of JSON.
        if text.trimmed == "null" { return [] }
        guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(text.utf8)) else { return nil }
        return entries.compactMap { entry in
            guard let at = date(entry.time) else { return nil }
            return ResticSnapshot(
                id: entry.short_id, at: at, tags: entry.tags ?? [], paths: entry.paths ?? [],
                bytes: entry.summary?.total_bytes_processed,
                files: entry.summary?.total_files_processed)
        }.sorted { $0.at < $1.at }
    }

    /// restic writes nanoseconds and a zone: `2026-11-25T03:30:00.123456789+01:00`.
    static func date(_ text: String) -> Date? {
        let plain = text.replacing(#/\.[0-9]+/#, with: "")
        return try? Date(plain, strategy: .iso8601)
    }
}

/// Everything in the repository.
public struct BackupList: Sendable, Equatable {
    /// The copies of the database and its log.
    public var database: PgBackRestInfo
    /// The snapshots of files and dumps.
    public var snapshots: [ResticSnapshot]
}

/// How far the database's log has come.
public struct LogState: Sendable, Equatable {
    /// How long ago a segment arrived, in seconds; `nil`: none ever did.
    public var age: Double?
    /// How many segments wait.
    public var waiting: Int
    /// Whether the last attempt failed.
    public var isFailing: Bool
    /// The newest segment that arrived: all before it did too.
    var newest: LogSegment?

    /// The heartbeat: where the site is restored to is read from it. Then the archiver (manual, 27.2.12, pg_stat_archiver).
    static let question = """
        SET client_min_messages = warning;
        CREATE SCHEMA IF NOT EXISTS kopnik;
        CREATE TABLE IF NOT EXISTS kopnik.heartbeat (one boolean PRIMARY KEY DEFAULT true CHECK (one), at timestamptz NOT NULL);
        INSERT INTO kopnik.heartbeat (at) VALUES (clock_timestamp()) ON CONFLICT (one) DO UPDATE SET at = excluded.at;
        SELECT coalesce(extract(epoch FROM clock_timestamp() - last_archived_time)::text, '-')
            || ' ' || (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready')
            || ' ' || coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
            || ' ' || coalesce(last_archived_wal, '-')
        FROM pg_stat_archiver;

        """

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard (3...4).contains(words.count), let waiting = Int(words[1]) else { return nil }
        age = Double(words[0])
        self.waiting = waiting
        isFailing = words[2] == "true"
        newest = words.count == 4 ? LogSegment(words[3].prefix(24)) : nil
    }
}

/// The last value that was said.
final class Latest<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)
    var value: Value? { held.withLock { $0 } }
    func set(_ value: Value) { held.withLock { $0 = value } }
}

/// Sizes as people read them.
public enum ByteText {
    /// In kB, MB or GB of 1024 each, with one digit after the point.
    public static func of(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var index = 0
        while value >= 1024, index < units.count - 1 {
            value /= 1024
            index += 1
        }
        let digits = index == 0 || value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
        return "\(digits) \(units[index])"
    }
}
