import Blueprint
import Machine

/// Which files a backup holds: all that cannot be made again from somewhere else.
struct BackupContents: Sendable {
    let layout: Layout

    /// Below this folder a container sees the site's prefix.
    static let root = "/site"

    /// What is kept: the sources with the uploads and what was changed by SFTP, secrets and state, certificates.
    var folders: [String] { [layout.sftp, layout.state, layout.letsEncrypt] }

    /// A path of the site as the container sees it.
    func inside(_ path: String) -> String { Self.root + path.dropFirst(layout.prefix.count) }

    func mounts(isWritable: Bool = false) -> [RepositoryTool.Mount] {
        folders.map { RepositoryTool.Mount(source: $0, target: inside($0), isWritable: isWritable) }
    }

    /// What is made anew, or is about this computer alone: packages of npm, what `up` found and made here, the permit of this boot.
    var excluded: [String] {
        let state = [
            "unpacked", "permit", "overview", "keeper", "lock", "restoring.json", "manifest.json", "deployed", "next",
            "acme",
            "verified.json",
            "backup/lock", "backup/record.json", "backup/drill.json", "backup/server", "backup/repository",
            "backup/trouble", "backup/missing-files.txt",
            "secrets/repository/access", "alerts",
        ]
        return ["\(inside(layout.releases))/*/node_modules"] + state.map { "\(inside(layout.state))/\($0)" }
    }

    /// When each folder of the uploads last got or lost a file: another text means that there is something new. The application never
    /// changes a file that is there; what somebody changes by hand is found by the nightly backup.
    func stateOfUploads(_ commands: any CommandRunner) async throws -> String {
        let output = try await commands.require(
            Command("find", [layout.uploads, "-type", "d", "-printf", "%T@ %P\n"], timeLimit: .seconds(60)),
            toDo: "look for new files")
        return Digest(output.lines.sorted().joined(separator: "\n")).short
    }
}
