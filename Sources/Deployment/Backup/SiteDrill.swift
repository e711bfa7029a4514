import Blueprint
import Foundation
import Machine
import Site

/// The part of a drill that is neither the database nor an upload: sources, secrets, certificates and state; and the dumps, which are for the
/// day on which nothing else can be read.
struct SiteDrill: Sendable {
    /// The site as it runs, with what has to come back.
    let deployment: Deployment
    let tool: RepositoryTool
    /// Where it is brought back into.
    let volume: String

    private var contents: BackupContents { BackupContents(layout: deployment.layout) }
    private static let place = "/var/lib/postgresql"

    /// - Returns: how many files came back.
    /// - Throws: `Failure` where one is missing that the site had when they were kept.
    func files(_ snapshot: ResticSnapshot, _ detail: @escaping @Sendable (String) async -> Void) async throws -> Int {
        let output = try await tool.alone(
            "drill",
            [
                "restic", "restore", snapshot.id, "--target", "\(Self.place)/rest", "--verify", "--json", "--no-lock",
                "--exclude", contents.inside(deployment.layout.uploads),
            ], volume: volume, timeLimit: nil
        ) { line in
            if let share = ResticSummary.share(line: line) { await detail("\(share) %") }
        }
        guard output.succeeded else { throw tool.failure("sources and keys could not be restored", output) }
        let found = try await tool.alone(
            "drill", ["find", "\(Self.place)/rest", "-type", "f", "-printf", "/%P\\n"], volume: volume, timeLimit: nil)
        let back = Set(found.lines)
        let missing = wanted(keptAt: snapshot.at).filter { !back.contains(contents.inside($0)) }
        guard found.succeeded, missing.isEmpty else {
            throw Failure(
                "not all sources and keys came back",
                because: missing.isEmpty
                    ? found.lastWords
                    : missing.prefix(5).joined(separator: ", ")
                        + (missing.count > 5 ? " and \(missing.count - 5) more" : ""),
                fix: "kopnik backup, then: kopnik drill")
        }
        return back.count
    }

    /// What no site can be raised without, as far as it was there when the files were kept: how the site is, its secrets and certificates,
    /// and the sources that run.
    private func wanted(keptAt: Date) -> [String] {
        let (files, layout) = (deployment.world.files, deployment.layout)
        let folders = [layout.secrets, layout.letsEncrypt, layout.authority].flatMap { folder in
            files.tree(of: folder).map { "\(folder)/\($0)" }
        }
        let sources = SourceKind.allCases.compactMap { kind in
            SourcePlace(deployment: deployment, kind: kind).placed().map {
                "\(layout.releases)/\($0.folder)/package.json"
            }
        }
        return ([layout.rememberedSite, layout.alertsAuthority] + folders + sources).filter { path in
            let isKept = !contents.excluded.contains { contents.inside(path).hasPrefix($0) }
            let isOlder = files.changed(path).map { $0 < keptAt.addingTimeInterval(-10) } ?? false
            return isKept && isOlder && files.link(at: path) == nil
        }
    }

    /// Reads the newest dump of each database to its end.
    /// - Returns: how many there are.
    /// - Throws: `Failure` where one is missing or cannot be read.
    func dumps(
        _ snapshots: [ResticSnapshot], _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> Int {
        var count = 0
        for database in tool.deployment.site.postgres.databases {
            guard
                let newest = snapshots.last(where: {
                    $0.tags.contains("dump") && $0.paths.contains("/\(database).dump")
                })
            else {
                throw Failure(
                    "a dump is missing", because: "none of the database '\(database)' is kept",
                    fix: "kopnik backup, then: kopnik drill")
            }
            await detail(database)
            let output = try await tool.alone(
                "drill", ["restic", "restore", newest.id, "--target", "\(Self.place)/dumps", "--quiet", "--no-lock"],
                volume: volume, timeLimit: nil)
            guard output.succeeded else {
                throw tool.failure("the dump of the database '\(database)' could not be restored", output)
            }
            let read = try await tool.alone(
                "drill", ["pg_restore", "--file=/dev/null", "\(Self.place)/dumps/\(database).dump"], volume: volume,
                timeLimit: nil)
            guard read.succeeded else {
                throw Failure(
                    "the dump of the database '\(database)' cannot be read", because: read.lastWords,
                    fix: "kopnik backup, then: kopnik drill")
            }
            count += 1
        }
        return count
    }
}
