import Blueprint
import Engine
public import Foundation
import Machine
import Site

/// The proof that the site could be brought back: all of it is, from the kit alone, into containers that are thrown away afterwards.
public struct Drill: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var docker: Docker { deployment.docker }

    /// What a drill found.
    public struct Result: Sendable, Codable, Equatable {
        /// When it began.
        public var at: Date
        /// How long it took, in seconds: as long as a restore of the data takes.
        public var took: Double
        /// Why it failed; `nil`: everything came back whole.
        public var failure: String?
        /// The database, as it came back.
        public var database: RestoredDatabase?
        /// How many uploaded files came back.
        public var files: Int?
        /// Their size, in bytes.
        public var fileBytes: Int?
        /// How many files of sources, secrets, certificates and state came back.
        public var siteFiles: Int?
        /// How many dumps of databases came back and were read to their end.
        public var dumps: Int?
        /// The files that rows name, compared with those that came back.
        public var named: NamedFiles?
        /// Those of them that are missing on the site itself too: no backup can bring them back.
        public var absent: [NamedFiles.Missing]?
        /// What would have been lost, in seconds: from the newest heartbeat to the drill's beginning.
        public var lost: Double?
        /// Which repository and key it was held with.
        var fits: String?
        /// Whether the passphrase opened the kit, and not the drills' own key.
        public var isByPassphrase: Bool
    }

    private static func path(_ layout: Layout) -> String { "\(layout.backup)/drill.json" }

    private struct Kept: Codable {
        /// The newest last.
        var results: [Result] = []
    }

    private var kept: Kept { deployment.world.files.record(Kept.self, at: Self.path(deployment.layout)) ?? Kept() }
    /// The newest.
    public var last: Result? { kept.results.last }
    /// The newest that went well, with the repository and the key that are used now.
    public var lastGood: Result? {
        let now = RepositoryKeys(deployment: deployment).access.map { Self.fits($0.text(for: deployment.site.backup)) }
        return kept.results.last { $0.failure == nil && $0.fits == now }
    }

    private static func fits(_ text: String) -> String { Digest(text).short }

    /// One at a time: another would take this one's containers for what a killed one left. The keeper's own is let end.
    private func lock() async throws -> FileLock {
        try await deployment.takeLock(
            "\(deployment.layout.backup)/drill-lock", for: "kopnik drill", waiting: .seconds(3600)
        ) { _ in
            Failure(
                "another drill is being held", because: "two would be in each other's way",
                fix: "wait until it has ended, then the same command again")
        }
    }

    private func keep(_ result: Result) throws {
        var kept = kept
        kept.results.append(result)
        kept.results.removeFirst(max(0, kept.results.count - 30))
        try deployment.world.files.write(record: kept, to: Self.path(deployment.layout))
    }

    /// Holds one.
    /// - Parameter kit: a kit and its passphrase; `nil`: the site's own copy, opened with the drills' key.
    /// - Throws: `Failure` that says what did not come back; it is kept too.
    public func run(with kit: (kit: RecoveryKit, passphrase: Passphrase)? = nil) async throws -> Result {
        guard Backup(deployment: deployment).isReady else { throw deployment.needsRepository("no drill was held") }
        let lock = try await lock()
        defer { lock.release() }
        try scratch.checkRoom(
            withFiles: true, for: "a drill", fix: "make room, or hold it on another computer: kopnik restore --kit")
        let start = ContinuousClock.now
        var result = Result(at: deployment.world.now(), took: 0, isByPassphrase: kit != nil)
        // A word that somebody mistyped says nothing of the backups.
        let typed: RecoveryKit.Content? =
            if let kit { try await kit.kit.open(with: kit.passphrase, deployment.world) } else { nil }
        do {
            let content = if let typed { typed } else { try await RecoveryKits(deployment: deployment).opened() }
            try await bringBack(content, &result)
            result.took = start.duration(to: .now) / .seconds(1)
        } catch {
            await scratch.remove()
            result.took = start.duration(to: .now) / .seconds(1)
            if error is CancellationError { throw error }
            result.failure = (error as? Failure).map { $0.what + ($0.because.map { ": \($0)" } ?? "") } ?? "\(error)"
            try keep(result)
            throw error
        }
        await scratch.remove()
        try keep(result)
        return result
    }

    private var scratch: ScratchVolumes { ScratchVolumes(deployment: deployment, use: "drill") }

    private func bringBack(_ content: RecoveryKit.Content, _ result: inout Result) async throws {
        guard let site = try? SiteFile.read(text: content.site, name: "recovery kit") else {
            throw Failure("the site in the recovery kit cannot be read", fix: "kopnik recovery-kit")
        }
        // The kit alone: what this server has beside it would be gone in a fire.
        let text = content.access.text(for: site.backup)
        result.fits = Self.fits(text)
        let drilled = Deployment(world: deployment.world, site: site, layout: deployment.layout)
        let tool = RepositoryTool(deployment: drilled, access: text)
        try await scratch.make()
        let began = result.at
        let progress = deployment.world.progress
        let database = try await progress.part("Database") { detail in
            let restore = DatabaseRestore(tool: tool)
            let start = try await restore.start(for: nil)
            let found = try await restore.run("drill", "drill", start, scratch.database, detail)
            return (found, "\(found.rows) rows in \(found.tables) tables, each table and index whole")
        }
        result.database = database
        result.lost = database.reaches.map { max(0, began.timeIntervalSince($0)) }
        guard let lost = result.lost, lost < 1800 else {
            throw Failure(
                "the newest work did not come back",
                because: result.lost.map {
                    "what came back is \(BackupRecord.age($0)) old: a part of the database's log is missing"
                }
                    ?? "the database that came back tells of no time at all",
                fix: "kopnik status, then: kopnik backup")
        }
        let snapshots = try await tool.snapshots()
        guard let whole = snapshots.last(where: { $0.tags.contains("site") }),
            let snapshot = snapshots.last(where: \.holdsUploads)
        else { throw Failure("the files could not be restored", because: "none are kept", fix: "kopnik backup") }
        let (files, bytes) = try await progress.part("Files") { detail in
            let found = try await restoreFiles(tool, snapshot, detail)
            return (found, "\(found.0) files, \(ByteText.of(found.1)), each as it was")
        }
        result.files = files
        result.fileBytes = bytes
        let rest = SiteDrill(deployment: deployment, tool: tool, volume: scratch.files)
        result.siteFiles = try await progress.part("Sources and keys") { detail in
            let count = try await rest.files(whole, detail)
            return (count, "\(count) files, of \(whole.at.universalMinute)")
        }
        result.dumps = try await progress.part("Dumps") { detail in
            let count = try await rest.dumps(snapshots, detail)
            return (count, "\(count) read to their end")
        }
        let named = try await progress.part("Rows and files") { _ in
            let found = try await tool.compareFiles(
                "drill", database: scratch.database,
                files: RepositoryTool.Mount(source: scratch.files, target: "/files", isVolume: true), folder: "/files")
            return (found, found?.words ?? "not compared")
        }
        result.named = named
        guard let named else { return }
        try judge(named, snapshot.at, &result)
    }

    /// A file that the site has and that did not come back is a fault of the backup. One that the site has lost itself is told, but no drill can
    /// mend it; and one whose row is younger than the newest files follows within the minute.
    private func judge(_ named: NamedFiles, _ keptAt: Date, _ result: inout Result) throws {
        let files = deployment.world.files
        let old = named.missing.filter { !$0.isYounger(than: keptAt) }
        let byPlace = Dictionary(grouping: old) { file in
            !file.name.contains("..")
                && files.size(of: "\(deployment.layout.uploads)/\(file.name)").map { $0 == file.size ?? $0 } == true
        }
        let lost = byPlace[true] ?? []
        result.absent = byPlace[false]
        let path = NamedFiles.list(deployment.layout)
        guard !old.isEmpty else { return try files.remove(path) }
        try files.write(named.list, to: path)
        guard lost.isEmpty else {
            throw Failure(
                "\(lost.count) of the \(named.named) files that rows name did not come back",
                because: "\(NamedFiles.names(lost)); all of them are in \(deployment.hostPath(path))",
                fix: "kopnik backup, then: kopnik drill")
        }
    }

    /// The uploads, newest of all; each piece is checked against its digest as it is written, and once more as it is read back.
    private func restoreFiles(
        _ tool: RepositoryTool, _ snapshot: ResticSnapshot, _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> (Int, Int) {
        let uploads = BackupContents(layout: Layout(prefix: "")).inside(Layout(prefix: "").uploads)
        let found = Latest<RestoredFiles>()
        let output = try await tool.alone(
            "drill",
            [
                "restic", "restore", "\(snapshot.id):\(uploads)", "--target", "/var/lib/postgresql/files", "--verify",
                "--json", "--no-lock",
            ], volume: scratch.files, timeLimit: nil
        ) { line in
            if let share = ResticSummary.share(line: line) { await detail("\(share) %") }
            if let files = RestoredFiles(line: line) { found.set(files) }
        }
        guard output.succeeded else { throw tool.failure("the files could not be restored", output) }
        guard let files = found.value else {
            throw Failure("the files could not be restored", because: "restic did not say what it did")
        }
        return (files.total_files ?? 0, files.total_bytes ?? 0)
    }

    private struct RestoredFiles: Decodable, Sendable {
        var message_type: String
        var total_files: Int?
        var total_bytes: Int?

        init?(line: String) {
            guard let found = try? JSONDecoder().decode(Self.self, from: Data(line.utf8)),
                found.message_type == "summary"
            else { return nil }
            self = found
        }
    }
}
