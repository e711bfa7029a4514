import Blueprint
import Foundation
import Machine

/// Uploaded files that rows name and that had not come when this server took over. They lie on the other one's disk still, or in a
/// backup, and are fetched from either as soon as it can be reached.
public struct LeftFiles: Sendable {
    let deployment: Deployment

    /// Those of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var files: Files { deployment.world.files }
    private var uploads: String { deployment.layout.uploads }
    private var folder: String { "\(deployment.layout.pair)/mirror" }
    private var list: String { "\(folder)/left.json" }

    /// Those that are missing still, as far as they are known by name.
    public var missing: [NamedFiles.Missing] {
        files.data(of: list).flatMap { try? JSONDecoder().decode([NamedFiles.Missing].self, from: $0) } ?? []
    }

    /// Has them fetched from the other server when it is there (`images/keeper/mirror`).
    func want(_ missing: [NamedFiles.Missing]) throws {
        try forget()
        guard !missing.isEmpty else { return }
        try files.makeFolder(folder)
        try files.write(try JSONEncoder().encode(missing), to: list)
        try files.write(missing.map { "\($0.name)\u{0}" }.joined(), to: "\(folder)/wanted")
    }

    /// Whoever follows has no say in which files there are.
    func forget() throws {
        for name in ["left.json", "wanted", "asked", "came"] { try files.remove("\(folder)/\(name)") }
    }

    /// Puts what came from the other server in its place.
    /// - Returns: what came of it, in words; `nil`: the other server has not been asked yet, or nothing was wanted.
    public func take() throws -> String? {
        guard files.exists("\(folder)/asked") else { return nil }
        let words = try take(from: "\(folder)/came", of: "the other server")
        for name in ["came", "asked"] { try files.remove("\(folder)/\(name)") }
        return words
    }

    /// Fetches those that a backup has.
    /// - Returns: what came of it, in words; `nil`: none is missing.
    /// - Throws: `Failure` where the repository cannot be read.
    public func takeFromBackup() async throws -> String? {
        let wanted = missing
        guard !wanted.isEmpty else { return nil }
        let earlier = EarlierFiles(deployment: deployment, at: nil)
        let folder = try earlier.scratchFolder()
        defer { try? files.remove(folder) }
        _ = try await earlier.restore(wanted.map(\.name), into: folder)
        return try take(from: folder, of: "the backups")
    }

    /// Puts what lies in a folder in its place, where it has the size that its row says.
    private func take(from came: String, of source: String) throws -> String? {
        let wanted = missing
        guard !wanted.isEmpty else { return nil }
        let owner = files.owner(of: uploads)
        var left: [NamedFiles.Missing] = []
        for file in wanted {
            let (new, path) = ("\(came)/\(file.name)", "\(uploads)/\(file.name)")
            // A visitor may have sent it again.
            if files.size(of: path) == file.size ?? -1 { continue }
            guard !file.name.split(separator: "/").contains(".."), files.link(at: new) == nil,
                let size = files.size(of: new), !files.isFolder(new), size == file.size ?? size
            else {
                left.append(file)
                continue
            }
            try put(new, at: path, owner)
        }
        if left.isEmpty { try files.remove(list) } else { try files.write(try JSONEncoder().encode(left), to: list) }
        try NamedFiles.keep(left, in: deployment.layout, files)
        return "\(wanted.count - left.count) of \(wanted.count) missing files came from \(source)"
    }

    /// Broken off midway it is done again: what is there then has another size. By copying, for each folder may be a disk of its own.
    private func put(_ new: String, at path: String, _ owner: (user: Int, group: Int)?) throws {
        if files.exists(path) {
            // It is kept, as all that the other server replaces.
            let day = deployment.world.now().universalDay
            let aside = "\(deployment.layout.sftp)/.uploads-replaced/\(day)/\((path as NSString).lastPathComponent)"
            try files.makeFolder((aside as NSString).deletingLastPathComponent)
            try files.remove(aside)
            try files.copy(path, to: aside)
            try files.remove(path)
        }
        try files.makeFolder((path as NSString).deletingLastPathComponent)
        try files.copy(new, to: path)
        if let owner, deployment.world.person.isRoot { try files.setOwner(path, user: owner.user, group: owner.group) }
    }
}
