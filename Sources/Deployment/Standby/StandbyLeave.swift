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
        do {
            try await bar(true)
            try await pair.waitUntilShownThere()
            try Task.checkCancellation()
            let now = deployment.world.now()
            try pair.change(leading: seen) {
                $0.standbyIsOut = true
                $0.bond = .degraded
                $0.since = now
            }
        } catch {
            // Also after Ctrl-C.
            await Task.detached { try? await bar(false) }.value
            throw error
        }
        try await pair.reload()
        try await pair.tell(seen, together: false)
    }

    /// Ends it: this server asks again before the standby may take over again.
    public func end() async throws {
        let now = deployment.world.now()
        try pair.change {
            guard $0.standbyIsOut == true else { return }
            $0.standbyIsOut = nil
            $0.since = now
        }
        try await bar(false)
    }

    private func bar(_ isBarred: Bool) async throws {
        try await pair.sql(
            "UPDATE kopnik_pair SET barred = \(isBarred);", toDo: "write down that the standby is to stay where it is")
    }
}
