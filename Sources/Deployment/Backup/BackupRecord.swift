public import Blueprint
public import Foundation
public import Machine

/// What is known here of the backups that were made: the repository itself is asked by `backup list`.
public struct BackupRecord: Sendable, Codable, Equatable {
    /// One nightly backup, or one that a person asked for.
    public struct Entry: Sendable, Codable, Equatable {
        /// When it began.
        public var at: Date
        /// How long it took, in seconds.
        public var took: Double
        /// Why it failed; `nil`: all of it is in the repository.
        public var failure: String?
        /// pgBackRest's name of the copy of the database.
        public var database: String?
        /// The database's size, in bytes.
        public var databaseBytes: Int?
        /// restic's name of the snapshot of the files.
        public var snapshot: String?
        /// How many files are in it.
        public var files: Int?
        /// Their size, in bytes.
        public var fileBytes: Int?
        /// How much was new and had to be sent, in bytes.
        public var addedBytes: Int?
    }

    /// The newest last; the last sixty are kept.
    public var entries: [Entry] = []
    /// The holes in the database's log that were there when the last backup was made.
    public var gaps: [LogGap]?
    /// Of a bucket: what somebody who has the site's key could do there, when the last backup was made.
    public var bucket: BucketSafety?
    /// What the uploads looked like when they were sent last.
    var filesState: String?

    /// The newest that is whole.
    public var lastGood: Entry? { entries.last { $0.failure == nil } }

    /// For a line of progress: `newest of 3 h ago`.
    func words(_ now: Date) -> String {
        guard let last = lastGood else { return "nothing in it yet" }
        return "newest of \(Self.age(now.timeIntervalSince(last.at))) ago"
    }

    /// A time that has passed, in the largest unit that fits.
    public static func age(_ seconds: Double) -> String {
        let seconds = max(0, Int(seconds))
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86400) days"
        }
    }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        entries.removeFirst(max(0, entries.count - 60))
    }

    static func path(_ layout: Layout) -> String { "\(layout.backup)/record.json" }

    /// What is known, or nothing.
    public static func read(_ layout: Layout, files: Files = Files()) -> BackupRecord {
        files.record(BackupRecord.self, at: path(layout)) ?? BackupRecord()
    }

    func write(_ layout: Layout, files: Files) throws {
        try files.makeFolder(layout.backup)
        try files.write(record: self, to: Self.path(layout))
    }
}
