import Blueprint
public import Foundation
import Machine

/// The uploaded files as they were at a moment, to take one out. The site is not touched.
public struct EarlierFiles: Sendable {
    let deployment: Deployment
    let moment: Date?

    /// - Parameter moment: `nil`: the newest that are kept.
    public init(deployment: Deployment, at moment: Date?) {
        self.deployment = deployment
        self.moment = moment
    }

    private var tool: RepositoryTool { RepositoryTool(deployment: deployment) }
    private var uploads: String { BackupContents(layout: deployment.layout).inside(deployment.layout.uploads) }

    /// A file that is kept.
    public struct Entry: Sendable, Codable, Equatable {
        /// Its name below the folder of uploads.
        public var name: String
        /// In bytes.
        public var size: Int
        /// When it was last changed.
        public var changed: Date?
    }

    /// What is kept of that moment: the files' own state, and when that was.
    private func snapshot() async throws -> ResticSnapshot {
        guard Backup(deployment: deployment).isReady else {
            throw deployment.needsRepository("there is nothing to look at")
        }
        let all = try await tool.snapshots().filter(\.holdsUploads)
        guard let found = all.last(where: { $0.at <= moment ?? .distantFuture }) else {
            throw Failure(
                "no files are kept of that time",
                because: all.first.map { "the oldest are of \($0.at.universalMinute)" } ?? "none are kept at all",
                fix: all.first == nil ? "kopnik backup" : "the same command with a later --at")
        }
        return found
    }

    /// All that are kept of that moment, by name.
    public func list() async throws -> (at: Date, files: [Entry]) {
        let snapshot = try await snapshot()
        let found = Collected()
        let root = uploads + "/"
        let output = try await tool.alone(
            "backup-look", ["restic", "ls", "--json", "--no-lock", "--recursive", snapshot.id, uploads], timeLimit: nil
        ) { line in
            if let entry = Self.entry(line, below: root) { await found.add(entry) }
        }
        guard output.succeeded else { throw tool.failure("the files could not be listed", output) }
        return (snapshot.at, await found.entries.sorted { $0.name < $1.name })
    }

    private actor Collected {
        var entries: [Entry] = []
        func add(_ entry: Entry) { entries.append(entry) }
    }

    /// Reads a line of `restic ls --json`; `nil`: it is not of a file there.
    static func entry(_ line: String, below root: String) -> Entry? {
        struct Node: Decodable {
            var type: String?
            var path: String?
            var size: Int?
            var mtime: String?
        }
        guard let node = try? JSONDecoder().decode(Node.self, from: Data(line.utf8)), node.type == "file",
            let path = node.path, path.hasPrefix(root)
        else { return nil }
        return Entry(
            name: String(path.dropFirst(root.count)), size: node.size ?? 0,
            changed: node.mtime.flatMap(ResticSnapshot.date))
    }

    /// Brings one back into a place of its own.
    /// - Returns: when it was kept.
    /// - Throws: `Failure` where there was no such file, or there is one at `path`.
    public func write(_ name: String, to path: String) async throws -> Date {
        let files = deployment.world.files
        let folder = try scratchFolder()
        defer { try? files.remove(folder) }
        let at = try await restore([name], into: folder)
        guard !name.contains(".."), files.size(of: "\(folder)/\(name)") != nil, !files.isFolder("\(folder)/\(name)")
        else {
            throw Failure(
                "no file '\(name)' was kept at \(at.universalMinute)",
                because: "the files of that time have other names", fix: "kopnik backup file   (lists their names)")
        }
        try files.copy("\(folder)/\(name)", to: path)
        return at
    }

    /// A folder of this process's own, on the disk on which the site's data lie.
    func scratchFolder() throws -> String {
        let folder = "\(deployment.layout.backup)/look-\(ProcessInfo.processInfo.processIdentifier)"
        try deployment.world.files.makeFolder(folder, mode: 0o700)
        return folder
    }

    /// Brings those of these files that are kept into a folder; the others are passed over.
    /// - Returns: when they were kept.
    func restore(_ names: [String], into folder: String) async throws -> Date {
        let snapshot = try await snapshot()
        let wanted = names.flatMap { ["--include", "/\(Self.pattern($0))"] }
        let output = try await tool.alone(
            "backup-look",
            ["restic", "restore", "\(snapshot.id):\(uploads)", "--target", "/look", "--no-lock"] + wanted,
            mounts: [RepositoryTool.Mount(source: folder, target: "/look", isWritable: true)], timeLimit: nil)
        guard output.succeeded else { throw tool.failure("the files could not be brought back", output) }
        return snapshot.at
    }

    /// A name as restic's patterns read it (restic manual, "Restoring from backup": Go's filepath.Match).
    static func pattern(_ name: String) -> String {
        String(name.flatMap { "*?[]\\".contains($0) ? ["\\", $0] : [$0] })
    }
}
