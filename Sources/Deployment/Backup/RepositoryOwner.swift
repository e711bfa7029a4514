import Blueprint
import Foundation
import Machine
import Site

/// Which server may write into the repository: after a restore elsewhere the old one must not, should it ever come back.
///
/// Kept in the repository itself, as a snapshot that carries the server's name as a tag; the newest one counts.
struct RepositoryOwner: Sendable {
    let deployment: Deployment

    struct Claim: Sendable, Equatable {
        var server: String
        var since: Date
    }

    private var path: String { "\(deployment.layout.backup)/server" }
    private var tool: RepositoryTool { RepositoryTool(deployment: deployment) }

    /// This server's own name; `nil` before it claimed anything.
    var own: String? { deployment.world.files.text(of: path)?.trimmed }

    /// The newest claim; `nil`: nobody claimed it yet.
    func newest() async throws -> Claim? {
        guard let last = try await tool.snapshots(["--tag", "owner"]).last,
            let server = last.tags.first(where: { $0.hasPrefix("server-") })
        else {
            return nil
        }
        return Claim(server: server, since: last.at)
    }

    /// The first server of a repository.
    func claimIfFree() async throws {
        guard try await newest() == nil else { return }
        try await claim()
    }

    /// From now on this server writes there, and any other refuses to. Each claim has a name of its own: what was copied with the files
    /// from another server is that server's.
    func claim() async throws {
        let name = "server-\(RandomKey.draw().prefix(16))"
        let output = try await tool.alone(
            "backup-owner",
            [
                "restic", "backup", "--quiet", "--host", deployment.site.name, "--tag", "owner,\(name)",
                "--stdin-filename", "owner",
                "--stdin-from-command", "--", "echo", name,
            ])
        guard output.succeeded else { throw tool.failure("the repository of backups could not be taken over", output) }
        try deployment.world.files.makeFolder(deployment.layout.backup)
        try deployment.world.files.write(name + "\n", to: path)
    }
}
