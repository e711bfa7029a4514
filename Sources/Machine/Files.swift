public import Foundation

/// Reads and writes files. Errors are `Failure`s that name the path; nothing half-written is ever left under the final name.
public struct Files: Sendable {
    /// Keeps nothing: every one reads and writes the same disk.
    public init() {}

    /// Whether something is there; of a link, whether what it leads to is.
    public func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Whether there is a folder, or a link to one.
    public func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// The file's bytes, or `nil` where there is none.
    public func data(of path: String) -> Data? { FileManager.default.contents(atPath: path) }

    /// The file's text, or `nil` where there is no such file or it is not UTF-8.
    public func text(of path: String) -> String? { data(of: path).flatMap { String(data: $0, encoding: .utf8) } }

    /// A file's last part: from an offset in bytes, at most `limit` bytes of its end.
    public func text(of path: String, from offset: Int, limit: Int) -> String {
        guard let data = data(of: path), offset < data.count else { return "" }
        return String(decoding: data[max(offset, data.count - limit)...], as: UTF8.self)
    }

    /// The size in bytes, or `nil` where there is no such file.
    public func size(of path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.size].flatMap { ($0 as? NSNumber)?.intValue }
    }

    /// When a file was last written, or `nil` where there is none.
    public func changed(_ path: String) -> Date? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
    }

    /// What changes with a file's contents, and cannot be set back by anybody (the time of its inode's change, stat(2)); `nil` where
    /// there is no such file.
    public func identity(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let changed = "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
        return "\(status.st_dev):\(status.st_ino) \(status.st_size) bytes, \(changed)"
    }

    /// The names in a folder, sorted; none where there is no such folder.
    public func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// The paths of all files below a folder, relative to it, sorted.
    /// - Parameter skipped: folders right below it that are not looked into, such as `node_modules`.
    public func tree(of folder: String, skipping skipped: Set<String> = []) -> [String] {
        names(in: folder).filter { !skipped.contains($0) }.flatMap { name -> [String] in
            let path = folder + "/" + name
            // A link is a file, whatever it leads to.
            guard isFolder(path), link(at: path) == nil else { return isFolder(path) ? [] : [name] }
            let inner = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
            return inner.filter { !isFolder(path + "/" + $0) }.map { name + "/" + $0 }
        }.sorted()
    }

    /// Makes a folder and those above it.
    public func makeFolder(_ path: String, mode: Int = 0o755) throws {
        guard !isFolder(path) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        } catch { throw Self.failure("could not make the folder \(path)", error) }
    }

    /// Puts bytes under a name in one step: a temporary file beside it, flushed to the disk, then renamed over it.
    /// - Parameter isLasting: whether it must be there after a power cut too; what is written again every second need not.
    public func write(_ data: Data, to path: String, mode: Int = 0o644, isLasting: Bool = true) throws {
        try makeFolder((path as NSString).deletingLastPathComponent)
        let temporary = path + ".new-\(ProcessInfo.processInfo.processIdentifier)"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw Self.systemFailure("could not write \(path)") }
        defer { close(descriptor) }
        fchmod(descriptor, mode_t(mode))
        let wrote = data.withUnsafeBytes { bytes -> Bool in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0 { return false }
                done += count
            }
            return true
        }
        guard wrote, !isLasting || fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            let failure = Self.systemFailure("could not write \(path)")
            unlink(temporary)
            throw failure
        }
    }

    /// The same with a text, as UTF-8.
    public func write(_ text: String, to path: String, mode: Int = 0o644) throws {
        try write(Data(text.utf8), to: path, mode: mode)
    }

    /// Adds text at the end, making the file (0600) if need be: for logs.
    public func append(_ text: String, to path: String) throws {
        try makeFolder((path as NSString).deletingLastPathComponent)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.systemFailure("could not write \(path)") }
        defer { close(descriptor) }
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// What a symbolic link says, or `nil` where there is none.
    public func link(at path: String) -> String? { try? FileManager.default.destinationOfSymbolicLink(atPath: path) }

    /// Makes a symbolic link say this, replacing an older link in one step. A real file or folder in its place is refused.
    public func makeLink(at path: String, to target: String) throws {
        if link(at: path) == target { return }
        if link(at: path) == nil, exists(path) {
            throw Failure(
                "could not make the link \(path)", because: "a file or folder of that name is in the way",
                fix: "move it away, then run the same command again")
        }
        try makeFolder((path as NSString).deletingLastPathComponent)
        let temporary = path + ".new-\(ProcessInfo.processInfo.processIdentifier)"
        unlink(temporary)
        guard symlink(target, temporary) == 0, rename(temporary, path) == 0 else {
            throw Self.systemFailure("could not make the link \(path)")
        }
    }

    /// Gives a file a second name (link(2)); where the file system cannot, it is copied.
    public func linkFile(_ path: String, to target: String) throws {
        try makeFolder((target as NSString).deletingLastPathComponent)
        if Glibc.link(path, target) == 0 || errno == EEXIST { return }
        try copy(path, to: target)
    }

    /// Gives a path a new name in one step.
    public func move(_ path: String, to target: String) throws {
        guard rename(path, target) == 0 else { throw Self.systemFailure("could not rename \(path) to \(target)") }
    }

    /// Writes a copy of a file; one that is there already is not overwritten.
    public func copy(_ path: String, to target: String) throws {
        do { try FileManager.default.copyItem(atPath: path, toPath: target) } catch {
            throw Self.failure("could not copy \(path) to \(target)", error)
        }
    }

    /// Removes a file, link or whole folder; nothing happens where there is none.
    public func remove(_ path: String) throws {
        guard link(at: path) != nil || exists(path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw Self.failure("could not remove \(path)", error)
        }
    }

    /// Removes the folders above a path that are empty, up to and with the last one named.
    public func removeEmptyFolders(above path: String, upTo last: String) {
        var folder = (path as NSString).deletingLastPathComponent
        while folder == last || folder.hasPrefix(last + "/"), folder.count > 1, rmdir(folder) == 0 || errno == ENOENT {
            folder = (folder as NSString).deletingLastPathComponent
        }
    }

    /// Has the disk take every file below a folder: after a power cut a renamed folder is there, its files' contents might not be.
    public func flush(_ folder: String) {
        for name in tree(of: folder) {
            flush(folder + "/" + name, O_NOFOLLOW)
        }
    }

    private func flush(_ path: String, _ flags: Int32) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | flags)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Has the disk take the names in a folder: only then does a file that was renamed there outlast a power cut.
    public func flushNames(in folder: String) { flush(folder, O_DIRECTORY) }

    /// Gives a path its permissions, such as 0o755.
    public func setMode(_ path: String, _ mode: Int) throws {
        guard chmod(path, mode_t(mode)) == 0 else {
            throw Self.systemFailure("could not change the permissions of \(path)")
        }
    }

    /// The permissions of a path, such as 0o755, or `nil` where there is none; of a link, those of what it leads to.
    public func mode(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Int(status.st_mode & 0o7777)
    }

    /// Gives one path to a user and group; links themselves, not what they lead to.
    public func setOwner(_ path: String, user: Int, group: Int) throws {
        guard lchown(path, uid_t(user), gid_t(group)) == 0 else {
            throw Self.systemFailure("could not give \(path) to user \(user)")
        }
    }

    /// Gives a folder and all below it to a user and group.
    public func setOwner(ofTree path: String, user: Int, group: Int) throws {
        try setOwner(path, user: user, group: group)
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? [] {
            let inner = path + "/" + name
            // What a running service put there and took away meanwhile is no mistake.
            do { try setOwner(inner, user: user, group: group) } catch  where link(at: inner) == nil && !exists(inner) {
                continue
            }
        }
    }

    /// The owner of a path, or `nil` where there is none.
    public func owner(of path: String) -> (user: Int, group: Int)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return (Int(status.st_uid), Int(status.st_gid))
    }

    private static func failure(_ what: String, _ error: any Error) -> Failure {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        let reason = underlying.map { String(cString: strerror(Int32($0.code))) } ?? error.localizedDescription
        return Failure(what, because: reason, fix: remedy(for: reason))
    }

    private static func systemFailure(_ what: String) -> Failure {
        let reason = String(cString: strerror(errno))
        return Failure(what, because: reason, fix: remedy(for: reason))
    }

    private static func remedy(for reason: String) -> String {
        switch reason {
        case String(cString: strerror(ENOSPC)): "free some space on this disk, then run the same command again"
        case String(cString: strerror(EACCES)), String(cString: strerror(EPERM)): "run the same command with sudo"
        case String(cString: strerror(EROFS)):
            "the disk is mounted read-only: mount it writable, then run the same command again"
        default: "kopnik doctor"
        }
    }
}
