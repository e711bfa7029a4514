import Blueprint
import Engine
import Foundation
import Machine
import Site

/// Keeps the site's data elsewhere: the database with pgBackRest, its dump and the files with restic.
public struct Backup: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    var tool: RepositoryTool { RepositoryTool(deployment: deployment) }
    private var docker: Docker { deployment.docker }
    private var log: String { deployment.log("backup") }
    private var contents: BackupContents { BackupContents(layout: deployment.layout) }

    /// Whether the repository was made, so that backups can be.
    public var isReady: Bool {
        deployment.site.backup.repository != nil && RepositoryStep(deployment: deployment).isReady
    }

    /// What is known of the backups that were made.
    public var record: BackupRecord { BackupRecord.read(deployment.layout, files: deployment.world.files) }

    // MARK: The whole

    /// Makes one: the database, its dump, the files, in this order, for every row's file must be there.
    /// - Returns: what was made.
    /// - Throws: `Failure` that says which part failed; what was kept before stays.
    public func run() async throws -> BackupRecord.Entry {
        try deployment.mustMakeBackups("nothing was backed up")
        guard isReady else {
            throw deployment.needsRepository("nothing was backed up")
        }
        let lock = try await lock()
        defer { lock.release() }
        let start = ContinuousClock.now
        var entry = BackupRecord.Entry(at: deployment.world.now(), took: 0)
        do {
            try await refuseForeign()
            // Of somebody who was killed: locks of the living stay (restic, "unlock").
            _ = try await tool.alone("backup-unlock", ["restic", "unlock", "--quiet"])
            // Where a copy reaches to is told by it.
            let state = try? await beat()
            let before = try await info()
            let gaps = try await lookForGaps(before, upTo: state?.newest)
            try await keepDatabase(&entry, after: before, isWhole: gaps.contains { $0.closedBy == nil })
            try note(gaps, closedBy: entry.database)
            try await keepDumps()
            try await keepFiles(&entry)
            let bucket = try await lookAtBucket()
            if bucket?.deletes == false {
                await deployment.world.progress.report(
                    .note("old backups stay: the key may not delete there (docs/backup.md)"))
            } else {
                try await dropOld()
            }
            entry.took = start.duration(to: .now) / .seconds(1)
            try note(entry)
        } catch {
            entry.took = start.duration(to: .now) / .seconds(1)
            entry.failure = error is CancellationError ? "broken off" : (error as? Failure)?.what ?? "\(error)"
            try? note(entry)
            throw error
        }
        return entry
    }

    /// Looks for holes in the log. One that was not there before makes the next copy a whole one, which needs nothing from before it.
    private func lookForGaps(_ info: PgBackRestInfo, upTo newest: LogSegment?) async throws -> [LogGap] {
        guard let folder = info.logFolder, let oldest = info.backups.compactMap(\.logStart).min() else { return [] }
        let output = try await tool.inDatabase(
            ["repository", "pgbackrest", "--output=json", "--recurse", "repo-ls", "archive/kopnik/\(folder)"],
            timeLimit: .seconds(600), log: log)
        guard output.succeeded, let listing = LogListing(output.standardOutput) else {
            throw tool.failure("the database's log in the repository could not be looked at", output)
        }
        let known = record.gaps ?? []
        return listing.gaps(from: LogSegment(oldest), upTo: newest).map { gap in
            var gap = gap
            gap.closedBy = known.first { $0.first == gap.first && $0.count == gap.count }?.closedBy
            return gap
        }
    }

    private func note(_ gaps: [LogGap], closedBy copy: String?) throws {
        var record = record
        record.gaps =
            gaps.isEmpty
            ? nil
            : gaps.map { gap in
                var gap = gap
                gap.closedBy = gap.closedBy ?? copy
                return gap
            }
        try record.write(deployment.layout, files: deployment.world.files)
    }

    private func note(_ entry: BackupRecord.Entry) throws {
        var record = record
        record.add(entry)
        try record.write(deployment.layout, files: deployment.world.files)
    }

    private var lockPath: String { "\(deployment.layout.backup)/lock" }

    /// One backup at a time. The keeper's sending of new files is let end first: it is short.
    func lock() async throws -> FileLock {
        try await deployment.takeLock(lockPath, for: "kopnik backup", waiting: .seconds(300)) { holder in
            Failure(
                "another backup is being made",
                because: holder.map { "\($0.user) began it" } ?? "it has only just begun",
                fix: "wait until it has ended: kopnik backup list")
        }
    }

    // MARK: Its parts

    /// Two servers that write into one repository would make both worthless.
    private func refuseForeign() async throws {
        let owners = RepositoryOwner(deployment: deployment)
        guard let other = try await owners.newest(), other.server != owners.own else {
            return try await owners.claimIfFree()
        }
        throw Self.foreign(since: other.since, isPair: deployment.site.hosts.isPair)
    }

    static func foreign(since: Date, isPair: Bool) -> Failure {
        Failure(
            "nothing was backed up",
            because: "another server took this repository over on \(since.universalMinute): "
                + (isPair
                    ? "the one that led then, or one on which the site was restored" : "the site was restored there"),
            fix: isPair
                ? "if this server is to make them from now on: kopnik backup setup --take-over"
                : "if that one is gone for good: kopnik backup setup --take-over")
    }

    /// - Parameter isWhole: whether a copy of what changed alone will not do.
    private func keepDatabase(_ entry: inout BackupRecord.Entry, after before: PgBackRestInfo, isWhole: Bool)
        async throws
    {
        let made = try await deployment.world.progress.part("Database") { detail in
            // A whole copy each week, between them what changed since.
            let week = deployment.world.now().timeIntervalSince1970 - 6.5 * 86400
            let lastFull = before.backups.last { $0.type == "full" && !$0.isDamaged }
            let kind = (lastFull?.stop ?? 0) > week && !isWhole ? "diff" : "full"
            await detail(
                isWhole
                    ? "a part of its log is missing: copying all of it"
                    : kind == "full" ? "copying all of it" : "copying what changed")
            let output = try await tool.inDatabase(
                ["repository", "pgbackrest", "--type=\(kind)", "--no-expire-auto", "--delta", "backup"], timeLimit: nil,
                log: log)
            guard output.succeeded else { throw tool.failure("the database could not be backed up", output) }
            // The program ends well where it met damaged pages (pgBackRest, "Backup Command", page checksums).
            guard let newest = try await info().backups.last, newest.label != before.backups.last?.label else {
                throw Failure(
                    "the database could not be backed up", because: "the repository does not list the copy",
                    fix: "kopnik backup now", log: log)
            }
            guard !newest.isDamaged else {
                throw Failure(
                    "the database on this server is damaged",
                    because:
                        "some of its pages do not fit their checksums; older backups are kept and not thinned out",
                    fix: "look at what can be restored: kopnik backup list", log: log)
            }
            return (newest, "\(ByteText.of(newest.databaseBytes)), \(ByteText.of(newest.addedBytes)) sent")
        }
        entry.database = made.label
        entry.databaseBytes = made.databaseBytes
        entry.addedBytes = made.addedBytes
    }

    /// For the eyes of any Postgres: the other copy is one of the same version's files.
    private func keepDumps() async throws {
        let databases = deployment.site.postgres.databases
        _ = try await deployment.world.progress.part("Dump") { detail in
            for database in databases {
                await detail(database)
                let output = try await tool.inDatabase(
                    [
                        "repository", "restic", "backup", "--host", deployment.site.name, "--tag", "dump", "--quiet",
                        "--stdin-filename", "\(database).dump", "--stdin-from-command", "--", "pg_dump",
                        "--format=custom", "--compress=none", "--host=/run/postgresql", "--username=postgres", database,
                    ], timeLimit: nil, log: log)
                guard output.succeeded else {
                    throw tool.failure("the dump of the database '\(database)' could not be kept", output)
                }
            }
            return ((), databases.joined(separator: ", "))
        }
    }

    private func keepFiles(_ entry: inout BackupRecord.Entry) async throws {
        var summary: ResticSummary?
        _ = try await deployment.world.progress.part("Files") { detail in
            summary = try await snapshot("site", contents.folders, detail)
            return (
                (),
                "\(summary?.files ?? 0) files, \(ByteText.of(summary?.bytes ?? 0)), \(ByteText.of(summary?.added ?? 0)) sent"
            )
        }
        entry.snapshot = summary?.snapshot
        entry.files = summary?.files
        entry.fileBytes = summary?.bytes
        entry.addedBytes = (entry.addedBytes ?? 0) + (summary?.added ?? 0)
    }

    private func snapshot(
        _ tag: String, _ folders: [String], _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> ResticSummary? {
        let mounts = contents.mounts().filter { mount in
            folders.contains { $0 == mount.source || $0.hasPrefix(mount.source + "/") }
        }
        let found = Latest<ResticSummary>()
        let output = try await tool.alone(
            "backup-\(tag)",
            ["restic", "backup", "--json", "--host", deployment.site.name, "--tag", tag]
                + contents.excluded.flatMap { ["--exclude", $0] } + folders.map { contents.inside($0) },
            mounts: mounts, timeLimit: nil
        ) { line in
            if let summary = ResticSummary(line: line) { found.set(summary) }
            if let share = ResticSummary.share(line: line) { await detail("\(share) %") }
        }
        // 3: some files could not be read while the rest was kept (restic, "Exit codes"). What vanished meanwhile is no loss; a disk that does
        // not give back what is on it is one.
        let complaints = output.standardError.split(whereSeparator: \.isNewline).filter { $0.contains("error") }
        let onlyVanished =
            output.exitCode == 3 && !complaints.isEmpty
            && complaints.allSatisfy { $0.contains("no such file") || $0.contains("could not be read") }
        guard output.succeeded || onlyVanished else { throw tool.failure("the files could not be kept", output) }
        return found.value
    }

    /// What the key may do is tried, not believed: a provider's console may say something else by now.
    private func lookAtBucket() async throws -> BucketSafety? {
        var record = record
        record.bucket = nil
        if case .s3 = deployment.site.backup.repository {
            do {
                record.bucket = try await VersionedBucket(tool: tool).look()
            } catch let failure as Failure {
                // The data are there already: what a store does not know how to answer is no reason to call them none.
                await deployment.world.progress.report(
                    .note(failure.inOneLine))
            }
        }
        try record.write(deployment.layout, files: deployment.world.files)
        return record.bucket
    }

    private func dropOld() async throws {
        let days = deployment.site.backup.keepDays
        // By a clock that has jumped, all there is would be too old.
        let jump = record.lastGood.map { abs(deployment.world.now().timeIntervalSince($0.at)) } ?? 0
        guard jump < 7 * 86400 else {
            return await deployment.world.progress.report(
                .note("old backups stay for another day: the last one was made long ago, or the clock has jumped"))
        }
        _ = try await deployment.world.progress.part("Old backups") { detail in
            await detail("dropping what is older than \(days) days")
            // Of the uploads, one a minute at most: files are only ever added, so after a day one of each day is enough.
            for words in [
                ["--tag", "uploads", "--keep-within", "1d", "--keep-daily", "\(days)"],
                ["--tag", "site", "--tag", "dump", "--keep-within", "\(days)d", "--prune"],
            ] {
                let files = try await tool.alone(
                    "backup-old",
                    [
                        "restic", "forget", "--host", deployment.site.name, "--group-by", "host,tags,paths",
                        "--keep-last", "1", "--quiet",
                    ]
                        + words, timeLimit: nil)
                guard files.succeeded else { throw tool.failure("old backups of files could not be dropped", files) }
            }
            let database = try await tool.inDatabase(
                ["repository", "pgbackrest", "expire"], timeLimit: nil, log: log)
            guard database.succeeded else {
                throw tool.failure("old copies of the database could not be dropped", database)
            }
            return ((), "kept for \(days) days")
        }
    }

    // MARK: Each minute

    /// Sends new files, if there are any and no backup is being made.
    public func keepNewFiles() async throws {
        guard let lock = try deployment.lockForKeeper(lockPath, "kopnik backup") else { return }
        defer { lock.release() }
        var record = record
        let state = try await contents.stateOfUploads(deployment.world.commands)
        guard record.filesState != state else { return }
        try await refuseForeign()
        _ = try await snapshot("uploads", [deployment.layout.uploads]) { _ in }
        record.filesState = state
        try record.write(deployment.layout, files: deployment.world.files)
    }

    /// Writes the heartbeat into the database, and reads how far its log has reached the repository.
    public func beat() async throws -> LogState {
        guard let container = try await docker.container(of: ServiceKind.db.rawValue, in: deployment.stack) else {
            throw Failure("the database does not run", because: "it has no container", fix: "kopnik status")
        }
        let output = try await docker.run(
            [
                "exec", "-i", container, "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql",
                "-U", "postgres",
            ],
            standardInput: LogState.question, timeLimit: .seconds(30))
        guard output.succeeded, let state = LogState(output.text) else {
            throw Failure("the database's log could not be looked at", because: output.lastWords, fix: "kopnik status")
        }
        return state
    }

    // MARK: What there is

    /// What pgBackRest lists.
    func info() async throws -> PgBackRestInfo {
        try tool.info(try await tool.inDatabase(["repository", "pgbackrest", "--output=json", "info"]))
    }

    /// Everything that can be restored, the oldest first.
    public func list() async throws -> BackupList {
        guard isReady else {
            throw deployment.needsRepository("there are no backups")
        }
        return BackupList(database: try await info(), snapshots: try await tool.snapshots())
    }
}
