import Blueprint
import Engine
public import Machine
import Site

extension Rollout.Verb {
    /// `kopnik rollback`.
    public static let rollback = Rollout.Verb(apply: "kopnik rollback", plan: "kopnik rollback --list")
}

extension Deployment {
    /// The release that `rollback` is about: the one of this number, or the last before the one that runs.
    /// - Throws: `Failure` where there is none.
    public func release(toReturnTo number: Int?) throws -> Release {
        let releases = Releases(deployment: self)
        let all = releases.all
        let running = releases.current?.number
        let kept = all.map { "\($0.number)" }.joined(separator: ", ")
        if let number {
            guard let release = all.first(where: { $0.number == number }) else {
                throw Failure(
                    "there is no release \(number)",
                    because: all.isEmpty ? "none is kept yet" : "the last \(Releases.count) are kept: \(kept)",
                    fix: "kopnik rollback --list")
            }
            return release
        }
        guard let release = all.last(where: { $0.number < running ?? .max }) else {
            throw Failure(
                "there is no earlier release to return to",
                because: running.map { "\($0) is the oldest that is kept" } ?? "none is kept yet",
                fix: "kopnik rollback --list")
        }
        return release
    }

    /// Brings the whole stack back to a release: sources, client, images, settings and site. The database stays as it is.
    /// - Throws: `Failure`; then the site runs on as it did.
    public func rollback(to release: Release, _ detail: @escaping @Sendable (String) async -> Void) async throws {
        try refuseForeign(try await docker.services(of: stack))
        try checkPostgres(of: release)
        try await checkReturn(to: release)
        let before = DeployedStack.read(layout, files: world.files)
        if let before, !options.force { try await refuseHandWork(since: before) }
        let raising = StackRaising(deployment: self, detail: detail)
        let nginx = release.images.keys.first { $0.contains("/\(ImageKind.nginx.rawValue):") } ?? ""
        try await raising.validate(release.stack.generated, nginx: nginx)
        do {
            try await raising.raise(
                files: release.stack.generated, release: release.stack.release, site: release.stack.site,
                for: options.patience)
        } catch let failure as Failure {
            guard let before else { throw failure }
            await detail("going back to what ran before")
            throw await raising.goBack(to: before, after: failure)
        }
        // An 'up' without other wishes is content with it.
        try world.files.write(release.stack.site, to: layout.wishedSite)
        try restoreRecords(of: release)
        await images.forget()
        try await Releases(deployment: self).record()
    }

    /// The database stays as it is, and one of another version cannot be read.
    private func checkPostgres(of release: Release) throws {
        guard let data = deployedPostgres,
            let wanted = (try? SiteFile.read(text: release.stack.site, name: "site.yaml"))?.postgres.version,
            wanted != data
        else { return }
        let isKept = databaseRecord.map { $0.kept == wanted } ?? false
        throw Failure(
            "release \(release.number) cannot be returned to",
            because: "it ran Postgres \(wanted), and the database is of Postgres \(data) now",
            fix: isKept
                ? "kopnik database back (returns to the data that were kept), then the same command"
                : "kopnik rollback --list, and take one that is younger than that")
    }

    /// Says what is gone that the release needs, before anything is touched.
    private func checkReturn(to release: Release) async throws {
        var gone: [String] = []
        for folder in [release.stack.release.server, release.stack.release.client]
        where !world.files.isFolder("\(layout.releases)/\(folder)") {
            gone.append("the folder \(layout.releases)/\(folder)")
        }
        let images = try await docker.imageIDs(release.images.keys.sorted())
        gone += release.images.keys.sorted().filter { images[$0] == nil }.map { "the image \($0)" }
        let stored = try await docker.secretNames(labels: labels)
        gone += release.secrets.filter { !stored.contains($0) }.map { "the secret \($0)" }
        guard let first = gone.first else { return }
        throw Failure(
            "release \(release.number) cannot be returned to",
            because: "\(first) is not there any more" + (gone.count > 1 ? ", nor \(gone.count - 1) more" : ""),
            fix: "kopnik rollback --list, and take another; 'kopnik up' makes anew what the site file asks for")
    }

    private func refuseHandWork(since before: DeployedStack) async throws {
        let edited = SettingsFolder(layout: layout, files: world.files).differences(from: before.generated).filter {
            $0.cause == .editedByHand
        }.map { "\(layout.settings)/\($0.path) was changed by hand" }
        let changed = before.changedByHand(try await docker.services(of: stack)).map {
            "the service '\($0)' was changed by hand"
        }
        guard let first = (edited + changed).first else { return }
        throw Failure(
            first, because: "'rollback' would undo that",
            fix: "kopnik rollback \u{2026} --force (that change is lost)")
    }
}
