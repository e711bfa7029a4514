public import Foundation
import Machine
import Site

/// A bucket that keeps versions, beyond what pgBackRest and restic do with it.
struct VersionedBucket: Sendable {
    let tool: RepositoryTool

    /// Tries what the key may do.
    /// - Throws: `Failure` where the store does not answer, or the key may not even put a file.
    func look() async throws -> BucketSafety {
        let output = try await tool.alone("backup-look", ["bucket", "look"], timeLimit: .seconds(90))
        guard output.succeeded, let safety = output.lines.last.flatMap({ BucketSafety.result(line: $0) }) else {
            throw tool.failure("what the bucket keeps could not be looked at", output)
        }
        return safety
    }

    /// What came of bringing versions back.
    struct Returned: Sendable, Codable, Equatable {
        /// Files that were deleted or overwritten and are there again.
        var returned: Int
        /// Files that came later: hidden, and kept as versions.
        var hidden: Int
        /// Files that were as they had been.
        var same: Int

        var words: String {
            "\(returned) files brought back, \(hidden) that came later hidden, \(same) as they were"
        }
    }

    /// Makes of what was there at a moment what is there now. Nothing is deleted for good; given again it goes on.
    /// - Throws: `Failure` where the bucket kept no versions, or the key may not read them.
    func bringBack(
        to moment: Date, _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> Returned {
        let found = Latest<Returned>()
        let output = try await tool.alone(
            "restore-bucket", ["bucket", "back", "\(Int(moment.timeIntervalSince1970))"], timeLimit: nil
        ) { line in
            if let result = Returned.result(line: line) { found.set(result) }
            if line.hasPrefix("SHARE ") { await detail("\(line.dropFirst(6)) %") }
        }
        if output.standardError.contains("no version is that old") {
            throw Failure(
                "nothing was brought back", because: "the bucket has no version from before \(moment.universalSecond)",
                fix: "a later --bucket-as-of; or the bucket did not keep versions then")
        }
        if output.standardError.contains("the versions cannot be listed: [403]") {
            throw Failure(
                "nothing was brought back", because: "the key may not read what the bucket has kept",
                fix:
                    "make one at your provider that may (docs/s3/key-for-the-rescue.json), and give that one: docs/disaster.md"
            )
        }
        guard output.succeeded, let result = found.value else {
            throw tool.failure("the bucket's versions could not be brought back", output)
        }
        return result
    }
}

extension Backup {
    /// Makes the bucket again as it was at a moment, after somebody deleted or overwrote what was there.
    /// - Throws: `Failure` where the backups are in no bucket, or it kept nothing.
    public func returnBucket(to moment: Date) async throws {
        guard isReady else { throw deployment.needsRepository("nothing was brought back") }
        guard case .s3 = deployment.site.backup.repository else {
            throw Failure(
                "nothing was brought back", because: "the backups are in no bucket",
                fix:
                    "ask who looks after \(deployment.site.backup.repository?.host ?? "the place") for an earlier snapshot"
            )
        }
        let lock = try await lock()
        defer { lock.release() }
        try await deployment.world.progress.part("Bucket") { detail in
            let found = try await VersionedBucket(tool: tool).bringBack(to: moment, detail)
            return ((), "as of \(moment.universalSecond): \(found.words)")
        }
    }
}
