import Foundation
import Machine
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The lock` {
    let folder = TemporaryFolder()
    private var path: String { folder.path + "/state/lock" }
    let anna = LockHolder(
        process: 4711, user: "anna", command: "kopnik up", since: Date(timeIntervalSince1970: 1_700_000_000))

    private func taken(_ outcome: FileLock.Outcome) throws -> FileLock {
        guard case .taken(let lock) = outcome else { throw Failure("the lock is held by somebody") }
        return lock
    }

    @Test func `tells the second who has it and since when`() throws {
        let first = try taken(FileLock.take(path, as: anna))
        guard
            case .held(let holder) = try FileLock.take(
                path, as: LockHolder(process: 1, user: "boris", command: "x", since: .now))
        else { throw Failure("the lock was given away twice") }
        #expect(holder == anna)
        first.release()
    }

    @Test func `is free again after its release, and names nobody`() throws {
        try taken(FileLock.take(path, as: anna)).release()
        #expect(FileLock.holder(of: path) == nil)
        try taken(FileLock.take(path, as: anna)).release()
    }

    @Test func `is held against another process, which the kernel frees when that one is killed`() async throws {
        try Files().write("", to: path)
        let ready = folder.path + "/ready"
        let holder = Process()
        holder.executableURL = URL(filePath: "/usr/bin/flock")
        // --no-fork: the one we kill is the one that holds it.
        holder.arguments = ["--no-fork", path, "/bin/sh", "-c", "echo > '\(ready)'; exec sleep 60"]
        try holder.run()
        let isReady = try await poll(for: .seconds(20), every: .milliseconds(10)) { Files().exists(ready) ? true : nil }
        #expect(isReady == true)
        guard case .held(let who) = try FileLock.take(path, as: anna) else {
            throw Failure("taken although it is held")
        }
        #expect(who == nil)
        kill(holder.processIdentifier, SIGKILL)
        holder.waitUntilExit()
        try taken(FileLock.take(path, as: anna)).release()
    }

    @Test func `is not handed on to programs that its holder starts`() async throws {
        let lock = try taken(FileLock.take(path, as: anna))
        let child = Process()
        child.executableURL = URL(filePath: "/bin/sleep")
        child.arguments = ["60"]
        try child.run()
        defer { child.terminate() }
        lock.release()
        try taken(FileLock.take(path, as: anna)).release()
    }

    @Test func `of a holder with a damaged name still holds`() throws {
        let lock = try taken(FileLock.take(path, as: anna))
        try Data("not json".utf8).write(to: URL(filePath: path))
        guard case .held(let who) = try FileLock.take(path, as: anna) else {
            throw Failure("taken although it is held")
        }
        #expect(who == nil)
        lock.release()
    }
}
