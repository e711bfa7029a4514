import Foundation
import Machine
public import Standby

/// The standby is taken out while somebody works on it: it is told that it must not take over, and then the main server asks it no more when it
/// starts, so that neither a restart of the one nor of the other takes the site away.
public struct StandbyLeave: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var pair: Pair { Pair(deployment: deployment) }

    /// Begins it: the standby knows before this server relies on it.
    /// - Throws: `Failure` where the standby cannot be told: then nothing has changed.
    public func begin(_ seen: HostRecord) async throws {
        guard try await pair.look().isFollowed else {
            throw Failure(
                "the standby cannot be told that it is to stay where it is",
                because: "it does not follow at the moment, and might be made the main server meanwhile",
                fix:
                    "switch it on and wait until it follows (kopnik standby), then the same command again;  if it is gone, and writes wait for it:  kopnik standby degrade"
            )
        }
        try await bar(true)
        do { try await pair.waitUntilShownThere() } catch {
            try await bar(false)
            throw error
        }
        try pair.mustStillBe(seen)
        var record = seen
        record.standbyIsOut = true
        record.bond = .degraded
        record.since = deployment.world.now()
        try pair.write(record)
        try await pair.reload()
        try await pair.tell(record, together: false)
    }

    /// Ends it: this server asks again before the standby may take over again.
    public func end(_ seen: HostRecord) async throws {
        try pair.mustStillBe(seen)
        var record = seen
        record.standbyIsOut = nil
        record.since = deployment.world.now()
        try pair.write(record)
        try await bar(false)
    }

    private func bar(_ isBarred: Bool) async throws {
        try await pair.sql(
            "UPDATE kopnik_pair SET barred = \(isBarred);", toDo: "write down that the standby is to stay where it is")
    }
}
