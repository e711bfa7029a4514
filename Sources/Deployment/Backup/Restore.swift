public import Blueprint
import Engine
public import Foundation
public import Machine
public import Site
import Standby

/// Brings a site back on an empty computer: from a recovery kit and the repository, nothing else.
public struct Restore: Sendable {
    let deployment: Deployment
    /// To which moment; `nil`: as far as the repository reaches.
    let moment: Date?
    /// Of when the bucket's versions are to be taken, where somebody deleted or overwrote what is there now.
    let bucketMoment: Date?

    /// - Parameters:
    ///   - deployment: of the site as the kit has it, in the place where it is to lie.
    ///   - moment: to which moment; `nil`: as far as the repository reaches.
    ///   - bucketMoment: of when the bucket's versions are to be brought back first; `nil`: it is as it should be.
    public init(deployment: Deployment, to moment: Date?, bucketAsOf bucketMoment: Date? = nil) {
        self.deployment = deployment
        self.moment = moment
        self.bucketMoment = bucketMoment
    }

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }
    private var tool: RepositoryTool { RepositoryTool(deployment: bootstrap) }
    private var contents: BackupContents { BackupContents(layout: layout) }
    private var volume: String { deployment.databaseVolume }
    /// That a restore is going on, and how far it came.
    private var markPath: String { "\(layout.state)/restoring.json" }

    private struct Mark: Codable {
        var began: Date
        var moment: Date?
        /// Of when the bucket's versions were brought back.
        var bucket: Date?
        var hasFiles = false
        var database: RestoredDatabase?
        var named: NamedFiles?
        var alone: AloneAgain.Outcome?
    }

    /// The kit's sources are not here yet: until they are, the images are those that any site has.
    private var bootstrap: Deployment {
        var site = deployment.site
        site.sources = Site.Sources(server: .demo, client: .demo)
        return Deployment(world: deployment.world, site: site, layout: layout, options: deployment.options)
    }

    /// What came of it.
    public struct Outcome: Sendable, Equatable {
        /// The site as it was when the files were kept, but on one server: it may have been changed since the kit was made.
        public var site: Site
        /// The two servers that it had, in words; `nil`: it had one.
        public var twoServers: String?
        /// The epoch in which it goes on; counts where it had two.
        public var epoch: Int
        /// The database, as it came back.
        public var database: RestoredDatabase
        /// How many files came back.
        public var files: Int
        /// When the restore began; of one that was broken off, its first beginning.
        public var began: Date
        /// Of when the newest files are.
        public var filesAt: Date
        /// The files that rows name, compared with those that came back; `nil`: the database was started before that could be done.
        public var named: NamedFiles?
        /// Where the names of the missing ones are written, if any are.
        public var missingList: String?
    }

    /// - Throws: `Failure` where a site lives here, or where a restore to another moment was broken off.
    public func check() throws {
        if let mark = files.record(Mark.self, at: markPath) {
            guard mark.moment == moment else {
                throw Failure(
                    "another restore was broken off here",
                    because:
                        "it was \(mark.moment.map { "to \($0.universalMinute)" } ?? "to the newest state")",
                    fix: "give that command again; for another moment take another empty computer")
            }
            return
        }
        guard !files.exists(layout.rememberedSite), !files.exists(layout.wishedSite) else {
            throw Failure(
                "nothing was restored: there is a site '\(deployment.site.name)' here",
                because: "it lives in \(layout.prefix.isEmpty ? "/" : layout.prefix), and a restore would overwrite it",
                fix: "use another, empty computer: the one here is left as it is")
        }
    }

    /// Notes that it begins: from here on it may be broken off, and goes on.
    /// - Throws: as `check` does.
    public func begin() throws {
        try check()
        guard !files.exists(markPath) else { return }
        try files.makeFolder(layout.state)
        try files.write(record: Mark(began: deployment.world.now(), moment: moment), to: markPath)
    }

    /// The steps that every computer needs before anything can be brought back.
    public func preparation() -> Rollout {
        let bootstrap = bootstrap
        return Rollout(
            steps: [
                ComputerStep(deployment: bootstrap), PackagesStep(deployment: bootstrap),
                DockerStep(deployment: bootstrap),
                ImagesStep(deployment: bootstrap),
            ], world: deployment.world,
            verb: .restore)
    }

    /// The packages alone: a kit cannot be opened without openssl.
    public static func packages(_ deployment: Deployment) -> Rollout {
        Rollout(
            steps: [PackagesStep(deployment: deployment)], world: deployment.world,
            verb: .restore)
    }

    /// Brings files and database back. Given again after it was broken off, it goes on.
    /// - Returns: what came back; the site still has to be raised.
    public func run(_ access: RepositoryAccess) async throws -> Outcome {
        try begin()
        var mark = files.record(Mark.self, at: markPath) ?? Mark(began: deployment.world.now(), moment: moment)
        try RepositoryKeys(deployment: deployment).keep(access)
        if let bucketMoment, mark.bucket != bucketMoment {
            try await deployment.world.progress.part("Bucket") { detail in
                let found = try await VersionedBucket(tool: tool).bringBack(to: bucketMoment, detail)
                return ((), "as of \(bucketMoment.universalSecond): \(found.words)")
            }
            mark.bucket = bucketMoment
            try files.write(record: mark, to: markPath)
        }
        let chosen = try await chooseSnapshots()
        let start = try await mark.database == nil ? DatabaseRestore(tool: tool).start(for: moment) : nil
        // What was brought back before this was broken off takes its room already.
        if !mark.hasFiles { try await checkSpace(chosen, start?.copy) }
        let progress = deployment.world.progress
        let count = chosen.site.files ?? 0
        let alone = try await progress.part("Files") { detail in
            let alone = try await mark.hasFiles ? mark.alone : restoreFiles(chosen, access, detail)
            return (alone, "\(count) files of \(chosen.newest.at.universalMinute)")
        }
        mark.alone = alone
        mark.hasFiles = true
        try files.write(record: mark, to: markPath)
        // Whoever wrote there before must not from here on, should it ever come back.
        if mark.database == nil {
            try await RepositoryOwner(deployment: bootstrap).claim()
            // One of two, should it ever start while the other is silent, reads there that it does not lead any more.
            if let alone { try await EpochRecord(deployment: bootstrap).beginRestored(alone.epoch) }
        }
        let database = try await progress.part("Database") { detail in
            let found = if let start { try await restoreDatabase(start, detail) } else { mark.database }
            guard let found else { throw Failure("the database could not be restored") }
            let reaches = found.reaches.map { ", up to \($0.universalMinute)" } ?? ""
            return (found, "\(found.rows) rows in \(found.tables) tables, \(ByteText.of(found.bytes))\(reaches)")
        }
        mark.database = database
        try files.write(record: mark, to: markPath)
        if mark.named == nil { mark.named = try await compareFiles() }
        try files.write(record: mark, to: markPath)
        return Outcome(
            site: site, twoServers: alone?.were, epoch: alone?.epoch ?? 1, database: database, files: count,
            began: mark.began, filesAt: chosen.newest.at,
            named: mark.named, missingList: mark.named?.missing.isEmpty == false ? missingList : nil)
    }

    private var missingList: String { NamedFiles.list(layout) }

    /// Rows that name files which did not come back are told, by name: a row may be a minute younger than the newest files.
    private func compareFiles() async throws -> NamedFiles? {
        try await deployment.world.progress.part("Rows and files") { _ in
            let found = try await tool.compareFiles(
                "restore-db", database: volume,
                files: RepositoryTool.Mount(source: layout.uploads, target: "/files"))
            if let found, !found.missing.isEmpty {
                try files.makeFolder(layout.backup)
                try files.write(found.list, to: missingList)
            }
            return (found, found?.words ?? "not compared: the database was started before")
        }
    }

    /// The site was raised: nothing is left to go on with.
    public func settle() throws { try files.remove(markPath) }

    // MARK: Files

    private struct Chosen {
        var site: ResticSnapshot
        /// Newer files than that one has, if there are.
        var uploads: ResticSnapshot?
        /// Of a moment in the past: what was kept next after it. What is missing still is taken from there, and nothing is overwritten: a row of
        /// that moment may name a file that was sent a minute later.
        var next: ResticSnapshot?
        var newest: ResticSnapshot { uploads ?? site }
    }

    /// Of a moment what was kept last before it.
    private func chooseSnapshots() async throws -> Chosen {
        let all = try await tool.snapshots()
        func choose(_ tag: String) -> ResticSnapshot? {
            all.last { $0.tags.contains(tag) && $0.at <= moment ?? .distantFuture }
        }
        guard let site = choose("site") ?? all.first(where: { $0.tags.contains("site") }) else {
            throw Failure(
                "there is nothing to restore", because: "no whole backup is in the repository",
                fix: "see that the site file in the kit names the right place; a second repository may have one")
        }
        let uploads = choose("uploads").flatMap { $0.at > site.at ? $0 : nil }
        let next = moment.flatMap { moment in
            all.first { $0.at > moment && $0.holdsUploads }
        }
        return Chosen(site: site, uploads: uploads, next: next)
    }

    /// What is missing of room, said before anything is brought back: the files lie on the site's disk, the database on Docker's.
    static func lackOfSpace(files: Int, database: Int, site: DiskUse, docker: DiskUse) -> Failure? {
        // What is replayed of the log, and what the system itself needs.
        let reserve = 1 << 30
        func failure(_ what: String, _ needed: Int, _ disk: DiskUse) -> Failure? {
            guard disk.free <= needed + reserve else { return nil }
            return Failure(
                "there is too little space for a restore",
                because:
                    "\(what) \(ByteText.of(needed)) and another \(ByteText.of(reserve)) of room, and \(ByteText.of(disk.free)) are free",
                fix: "use a larger disk, then the same command again")
        }
        // One disk for both.
        if site == docker { return failure("files and database take", files + database, site) }
        return failure("the files take", files, site) ?? failure("the database takes", database, docker)
    }

    private func checkSpace(_ chosen: Chosen, _ copy: PgBackRestInfo.Backup?) async throws {
        guard let disk = DiskUse.read(layout.state) else { return }
        var docker = disk
        if case .answers(let info) = await deployment.docker.presence(), let use = DiskUse.read(info.root) {
            docker = use
        }
        if let failure = Self.lackOfSpace(
            files: chosen.site.bytes ?? 0, database: copy?.databaseBytes ?? 0, site: disk, docker: docker)
        {
            throw failure
        }
    }

    private func restoreFiles(
        _ chosen: Chosen, _ access: RepositoryAccess, _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> AloneAgain.Outcome? {
        for folder in contents.folders { try files.makeFolder(folder) }
        var parts = contents.folders.map { (chosen.site.id, $0, "always") }
        if let uploads = chosen.uploads { parts.append((uploads.id, layout.uploads, "always")) }
        if let next = chosen.next { parts.append((next.id, layout.uploads, "never")) }
        for (snapshot, folder, overwrites) in parts {
            let inside = contents.inside(folder)
            await detail(String(inside.dropFirst(BackupContents.root.count)))
            let output = try await tool.alone(
                "restore-files",
                [
                    "restic", "restore", "\(snapshot):\(inside)", "--target", inside, "--overwrite", overwrites,
                    "--json",
                ],
                mounts: contents.mounts(isWritable: true), timeLimit: nil
            ) { line in
                if let share = ResticSummary.share(line: line) { await detail("\(share) %") }
            }
            // A part that the site did not have is no mistake.
            guard output.succeeded || output.standardError.contains(#/path .*: not found/#) else {
                throw tool.failure("the files could not be restored", output)
            }
        }
        // The passphrase and keys of the kit, not those of the time of the snapshot: they may have been changed since.
        try RepositoryKeys(deployment: deployment).keep(access)
        try files.setOwner(ofTree: layout.sftp, user: deployment.owner.user, group: deployment.owner.group)
        try deployment.giveFilesToOwner()
        try await bringFoldersBack()
        var site = site
        // Before the site file says that there is one: broken off between, it is done again.
        let written = await EpochRecord(deployment: bootstrap).ask().epoch
        let alone = try AloneAgain(deployment: deployment).settle(site.hosts, written: written)
        site.hosts = Site.Hosts()
        // The keeper is about this one from its first moment on.
        let yaml = site.completeYAML
        for path in [layout.wishedSite, layout.rememberedSite] { try files.write(yaml, to: path) }
        return alone
    }

    /// As it was when the files were kept, unless that cannot be read, or is of another Postgres than the kit, by which the images were made.
    private var site: Site {
        guard let text = files.text(of: layout.rememberedSite),
            let kept = try? SiteFile.read(text: text, name: layout.rememberedSite), kept.name == deployment.site.name,
            kept.postgres.version == deployment.site.postgres.version
        else { return deployment.site }
        return kept
    }

    /// Sources that lay in folders of the old computer: what ran of them is put there again.
    private func bringFoldersBack() async throws {
        for kind in SourceKind.allCases {
            guard case .folder(let path) = kind.source(in: deployment.site), !files.exists(path),
                let placed = SourcePlace(deployment: deployment, kind: kind).placed()
            else { continue }
            try files.makeFolder((path as NSString).deletingLastPathComponent)
            _ = try await deployment.world.commands.require(
                Command("cp", ["--archive", "\(layout.releases)/\(placed.folder)", path], timeLimit: .seconds(600)),
                toDo: "put the sources back into \(path)")
        }
    }

    // MARK: Database

    private func restoreDatabase(
        _ start: DatabaseRestore.Start, _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> RestoredDatabase {
        try await deployment.makeDatabaseVolume()
        return try await DatabaseRestore(tool: tool).run("restore-db", "site", start, volume, detail)
    }
}

extension Rollout.Verb {
    /// `kopnik restore`, which has nothing that only looks.
    static let restore = Rollout.Verb(apply: "kopnik restore", plan: "kopnik restore")
}
