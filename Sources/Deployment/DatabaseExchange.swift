import Blueprint
import Engine
import Foundation
import Machine
import Site

extension Deployment {
    /// The same site on another Postgres.
    public func on(postgres version: Int) -> Deployment {
        var site = site
        site.postgres.version = version
        return Deployment(world: world, site: site, layout: layout, options: options)
    }
}

/// The way of a site from one major version of Postgres to the next, and back until that is confirmed.
///
/// The data are copied from server to server into a new folder while the old one is whole and nobody can write; every row is compared; one
/// rename makes the new folder the truth. Killed before it, the old data are what `up` and this command start from; killed after it, this command
/// goes on with the new ones.
public struct DatabaseExchange: Sendable {
    /// What came of it.
    public struct Outcome: Sendable {
        /// The version that runs now.
        public var version: Int
        /// What was in the database when it was stopped.
        public var contents: String
        /// How long nothing could be written.
        public var gap: Duration
        /// What it was spent with, one after the other.
        public var parts: [(name: String, took: Duration)] = []
        /// On the way back: what was written since, and is not in the data that run now.
        public var lost: [String] = []
    }

    /// The site as it runs.
    let deployment: Deployment
    let detail: @Sendable (String) async -> Void

    /// Nothing is done yet.
    public init(deployment: Deployment, _ detail: @escaping @Sendable (String) async -> Void) {
        self.deployment = deployment
        self.detail = detail
    }

    private var docker: Docker { deployment.docker }
    private var stack: String { deployment.stack }
    private var files: Files { deployment.world.files }
    private var current: Int { deployment.site.postgres.version }
    /// The services that write.
    private static let writers = [ServiceKind.nodejs, .files].map(\.rawValue)

    private func site(on version: Int) -> Deployment { deployment.on(postgres: version) }

    private func image(of deployment: Deployment) async throws -> String {
        try await ImagesStep(deployment: deployment).apply(detail)
        return try await deployment.images.plan(deployment).tags[.db] ?? ""
    }

    // MARK: forward

    /// Copies the data into a new folder for a newer version, compares, and switches.
    /// - Throws: `Failure`; then the old version runs, or the same command goes on.
    public func upgrade(to version: Int) async throws -> Outcome {
        try deployment.refuseForeign(try await docker.services(of: stack))
        guard let before = DeployedStack.read(deployment.layout, files: files) else {
            throw Failure("there is no database yet", because: "the site never ran", fix: "kopnik up")
        }
        let next = site(on: version)
        let older = try await olderImage()
        let containers = UpgradeContainers(deployment: deployment, image: try await image(of: next))
        try await containers.start()
        do {
            let outcome = try await upgrade(from: before, to: next, older: older, in: containers)
            try? await containers.end()
            return outcome
        } catch {
            // Also where a person broke it off: the way back is not to be broken off by that.
            let because = error
            throw await Task { await putBack(before, after: because, in: containers) }.value
        }
    }

    /// The image that the data's own Postgres runs in.
    private func olderImage() async throws -> String {
        let running = try await docker.services(of: stack).first { $0.name == ServiceKind.db.rawValue }?.image
        if let running { return running }
        return try await image(of: deployment)
    }

    private func upgrade(
        from before: DeployedStack, to next: Deployment, older: String, in containers: UpgradeContainers
    ) async throws -> Outcome {
        let version = next.site.postgres.version
        let folders = try await containers.folders()
        if folders.main == [version], folders.kept.contains(current), let record = deployment.databaseRecord {
            // Killed after it had switched: only the services are still to do.
            let start = ContinuousClock.now
            await detail("going on: the data are of Postgres \(version) already")
            try await raise(next, record)
            return Outcome(
                version: version, contents: record.contents.summary, gap: start.duration(to: .now))
        }
        guard folders.main.contains(current) else {
            throw Failure(
                "the data of Postgres \(current) are not where they were",
                because: folders.kept.isEmpty
                    ? "the volume \(stack)_database has no such folder" : "an exchange was broken off on its way back",
                fix: "kopnik database back")
        }
        guard folders.kept.isEmpty else {
            throw Failure(
                "the data of Postgres \(folders.kept[0]) are still kept",
                because: "a second upgrade would have to remove them",
                fix: "kopnik database confirm (removes them for good), then the same command")
        }
        try folders.checkSpace()
        try await containers.step("settle", toDo: "clear up after an upgrade that was broken off")
        // Killed before it switched, it counts for nothing.
        try files.remove(DatabaseRecord.path(deployment.layout))
        // Whatever else is to do comes first: another Postgres shall be the only change.
        _ = try await deployment.rollout().apply()
        let before = DeployedStack.read(deployment.layout, files: files) ?? before
        await detail("making the new folder")
        try await containers.step("prepare", toDo: "make the new folder")
        try await containers.step("begin", toDo: "start the new Postgres")
        var watch = Laps()
        let contents = try await copy(before, older: older, in: containers, &watch)
        let record = DatabaseRecord(
            kept: current, current: version, at: deployment.world.now(), pending: "upgrade", image: older,
            contents: contents)
        try files.write(record: record, to: DatabaseRecord.path(deployment.layout), mode: 0o600)
        try await containers.step("switch", toDo: "put the new folder in the place of the old")
        await detail("starting the services on Postgres \(version)")
        try await raise(next, record)
        watch.lap("starting")
        return Outcome(version: version, contents: contents.summary, gap: watch.all, parts: watch.laps)
    }

    /// From server to server, with nobody who writes; then every row is compared.
    private func copy(
        _ before: DeployedStack, older: String, in containers: UpgradeContainers, _ watch: inout Laps
    ) async throws -> DatabaseContents {
        try await stopServices(before)
        watch.lap("stopping")
        try await containers.startOlder(current, image: older)
        await detail("copying")
        try await containers.step("copy", toDo: "copy the data")
        watch.lap("copying")
        await detail("comparing every row")
        let compared = try await containers.step("compare", toDo: "prove the copy").standardOutput
        watch.lap("comparing")
        try await containers.step("end", toDo: "write the new data to the disk")
        try await containers.endOlder()
        watch.lap("writing to the disk")
        return DatabaseContents(compared)
    }

    /// The applications first, so that Postgres has nobody left; requests wait in nginx meanwhile.
    private func stopServices(_ before: DeployedStack) async throws {
        // From here to the end the services are neither as before nor as wanted: nobody changed them by hand, and `up` puts them right.
        var before = before
        before.services = [:]
        try before.write(deployment.layout, files: files)
        let log = deployment.log("database")
        await detail("stopping what writes")
        try await docker.rest(Self.writers, of: stack, log: log)
        try await docker.rest([ServiceKind.db.rawValue], of: stack, log: log)
    }

    /// The services on the other Postgres; from then on the record is only of what is kept.
    private func raise(_ next: Deployment, _ record: DatabaseRecord) async throws {
        guard let plan = try await next.stackPlan() else { return }
        let blueprint = try next.blueprint(plan)
        let raising = StackRaising(deployment: next, detail: detail)
        try await raising.validate(blueprint.files, nginx: plan.images[.nginx] ?? "")
        try await raising.raise(
            files: blueprint.files, release: plan.release, site: next.site.completeYAML,
            for: deployment.options.patience)
        try wish(next.site.postgres.version)
        var record = record
        record.pending = nil
        try files.write(record: record, to: DatabaseRecord.path(deployment.layout), mode: 0o600)
        try await Releases(deployment: next).record()
    }

    /// What is asked for where there is no site file goes with it, and stays as it is otherwise.
    private func wish(_ version: Int) throws {
        let path = deployment.layout.wishedSite
        guard let text = files.text(of: path), var site = try? SiteFile.read(text: text, name: path) else { return }
        site.postgres.version = version
        try files.write(site.completeYAML, to: path)
    }

    /// After a failure: the old data and services run again. Only where the new ones have been written to already they stay.
    private func putBack(_ before: DeployedStack, after error: any Error, in containers: UpgradeContainers) async
        -> any Error
    {
        let before = DeployedStack.read(deployment.layout, files: files) ?? before
        let isUntouched = !before.services.isEmpty
        do {
            let folders = try await containers.folders()
            if !folders.main.contains(current) {
                guard try await isAsItWasCopied() else {
                    try? await containers.end()
                    return told(
                        error,
                        "the new data were written to already, so they stay; 'kopnik database back' returns to the old ones"
                    )
                }
                try await stopServices(before)
                try await containers.step("back", toDo: "put the old folder back in its place")
                try files.remove(DatabaseRecord.path(deployment.layout))
            }
            if !isUntouched {
                await detail("going back to Postgres \(current)")
                // A server that was being copied from ends first: two on one folder there may not be.
                try await containers.end()
                try await containers.start()
            }
            try await containers.step("settle", toDo: "clear up")
            if !folders.main.contains(current) { try await containers.step("confirm", toDo: "clear up") }
            try await containers.end()
            guard !isUntouched else { return error }
            try await StackRaising(deployment: deployment, detail: detail).raise(
                files: before.generated, release: before.release, site: before.site,
                for: max(deployment.options.patience, Deployment.Options().patience))
            return told(error, "Postgres \(current) runs on with its data as they were")
        } catch {
            return told(
                error, "going back failed too: \((error as? Failure)?.what ?? "\(error)"); the same command goes on")
        }
    }

    private func told(_ error: any Error, _ more: String) -> any Error {
        guard var failure = error as? Failure else { return error }
        failure.because = (failure.because.map { $0 + "\n" } ?? "") + more
        return failure
    }

    /// Whether nothing was written to the new data since they were copied.
    private func isAsItWasCopied() async throws -> Bool {
        guard let record = deployment.databaseRecord else { return true }
        // Without a server there was none to write to.
        guard try await docker.container(of: ServiceKind.db.rawValue, in: stack) != nil else { return true }
        return try await contents().changes(since: record.contents).isEmpty
    }

    // MARK: back

    /// What was written since the upgrade and would be missing after a way back; a line a table.
    public func writtenSince() async throws -> [String] {
        guard let record = deployment.databaseRecord, record.kept < record.current else {
            throw Failure(
                "there is nothing to go back to", because: "no older data are kept",
                fix: "restore a backup, if it has to be; 'kopnik database' shows what is kept")
        }
        guard try await docker.container(of: ServiceKind.db.rawValue, in: stack) != nil else { return [] }
        return try await contents().changes(since: record.contents)
    }

    private func contents() async throws -> DatabaseContents {
        guard let db = try await docker.container(of: ServiceKind.db.rawValue, in: stack) else {
            throw Failure("Postgres does not run", because: "its service has no container", fix: "kopnik up")
        }
        let output = try await docker.require(
            ["exec", db, "upgrade-db", "contents"], toDo: "look through the database", timeLimit: nil,
            fix: "kopnik logs db")
        return DatabaseContents(output.standardOutput)
    }

    /// Returns to the older data; those of the newer version are kept now.
    public func back() async throws -> Outcome {
        guard let before = DeployedStack.read(deployment.layout, files: files), var record = deployment.databaseRecord,
            record.kept < record.current
        else {
            throw Failure(
                "there is nothing to go back to", because: "no older data are kept", fix: "kopnik database")
        }
        let older = site(on: record.kept)
        let newer = try await image(of: site(on: record.current))
        _ = try await image(of: older)
        let start = ContinuousClock.now
        var lost: [String] = []
        if try await docker.container(of: ServiceKind.db.rawValue, in: stack) != nil,
            before.services.isEmpty == false
        {
            try await docker.rest(Self.writers, of: stack, log: deployment.log("database"))
            // Now that nobody writes any more: what was told when it was asked may have become more.
            lost = try await contents().changes(since: record.contents)
        }
        record.pending = "back"
        try files.write(record: record, to: DatabaseRecord.path(deployment.layout), mode: 0o600)
        try await stopServices(before)
        let containers = UpgradeContainers(deployment: deployment, image: newer)
        try await containers.start()
        let folders = try await containers.folders()
        if folders.main != [record.kept] {
            try await containers.step("back", toDo: "put the old folder back in its place")
        }
        try await containers.end()
        try await raise(
            older,
            DatabaseRecord(
                kept: record.current, current: record.kept, at: deployment.world.now(), image: newer,
                contents: record.contents))
        return Outcome(
            version: record.kept, contents: record.contents.summary, gap: start.duration(to: .now), lost: lost)
    }

    /// Removes the data that were kept: from then on there is no way back.
    public func confirm() async throws {
        guard let record = deployment.databaseRecord else { return }
        try deployment.refuseOtherPostgres()
        guard try await docker.container(of: ServiceKind.db.rawValue, in: stack) != nil else {
            throw Failure(
                "Postgres \(record.current) does not run, so nothing was removed",
                because: "the data that are kept may be needed yet", fix: "kopnik up")
        }
        let image = try await image(of: site(on: max(record.kept, record.current)))
        let containers = UpgradeContainers(deployment: deployment, image: image)
        try await containers.start()
        try await containers.step("confirm", toDo: "remove the data that were kept")
        try await containers.end()
        try files.remove(DatabaseRecord.path(deployment.layout))
    }
}

/// How long each part of something took.
private struct Laps {
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now
    private(set) var laps: [(name: String, took: Duration)] = []

    var all: Duration { start.duration(to: .now) }

    mutating func lap(_ name: String) {
        let now = ContinuousClock.now
        laps.append((name, last.duration(to: now)))
        last = now
    }
}
