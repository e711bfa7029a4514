import Blueprint
import Engine
import Machine
import Site

/// Volumes into which something is brought back beside the site; whoever made them throws them away.
struct ScratchVolumes: Sendable {
    let deployment: Deployment
    /// What they are for, in a word: those of one use are there once.
    let use: String

    /// For a database.
    var database: String { "\(deployment.site.name)-\(use)-database" }
    /// For uploaded files.
    var files: String { "\(deployment.site.name)-\(use)-files" }

    /// Makes empty ones.
    /// - Throws: `Failure` where Docker cannot.
    func make() async throws {
        await remove()
        for volume in [database, files] {
            let made = try await deployment.docker.run(["volume", "create"] + deployment.hostLabelWords + [volume])
            guard made.succeeded else {
                throw Failure("there is no place for a copy", because: made.lastWords, fix: "kopnik doctor")
            }
        }
    }

    /// Also after the task was cancelled.
    func remove() async {
        let (docker, volumes) = (deployment.docker, [database, files])
        await Task.detached {
            for volume in volumes { _ = try? await docker.run(["volume", "rm", "--force", volume]) }
        }.value
    }

    /// The running database must not find the disk full of copies of itself: one as Postgres has it, and what is written beside it, rows as
    /// text or a dump, which is seldom larger.
    /// - Parameters:
    ///   - what: what needs the room.
    ///   - fix: what else can be done.
    func checkRoom(withFiles: Bool, for what: String, fix: String) throws {
        guard let last = Backup(deployment: deployment).record.lastGood,
            let disk = DiskUse.read(deployment.layout.state)
        else { return }
        let needed = 2 * (last.databaseBytes ?? 0) + (withFiles ? last.fileBytes ?? 0 : 0) + 2 << 30
        guard disk.free > needed else {
            throw Failure(
                "there is no room for \(what)",
                because:
                    "a copy is brought back beside the site: that takes \(ByteText.of(needed)), and \(ByteText.of(disk.free)) are free",
                fix: fix)
        }
    }
}
