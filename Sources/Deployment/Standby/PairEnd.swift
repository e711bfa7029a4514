import Blueprint
import Engine
import Foundation
import Machine
import Site
import Standby

/// The site file names no second server any more: this one, which leads, goes on alone.
struct PairEndStep: Step {
    let deployment: Deployment
    let name = "Pair"

    private var pair: Pair { Pair(deployment: deployment) }

    func inspect() async throws -> Inspection {
        guard let record = try pair.record() else { return Inspection("alone") }
        guard record.role == .primary else {
            throw Failure(
                "this server does not lead, and the site file names no second one any more",
                because: "alone it would be another site, with what the one that leads had until now",
                fix:
                    "to have it lead:  write both under 'hosts' again, then  kopnik failover;  to be rid of it:  kopnik destroy"
            )
        }
        return Inspection(
            "alone",
            changes: record.isEnding == true
                ? [] : [Change("forget the other server: no write waits for it, and its way in is shut")])
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        guard let record = try pair.record() else { return }
        // One that still follows is told: else it would believe for ever that it has all that was acknowledged.
        if (try? await pair.look())?.isFollowed == true {
            try await pair.sql("UPDATE kopnik_pair SET barred = true, together = false;", toDo: "tell the other server")
            try? await pair.waitUntilShownThere()
        }
        // Shut before nobody waits for it: one that still follows would be waited for again.
        try await pair.cutOff()
        let now = deployment.world.now()
        try pair.change(leading: record) {
            $0.isEnding = true
            $0.bond = .unpaired
            $0.since = now
        }
        // One that waits for an answer of the other's does not run: it starts by what was just written.
        if (try? await pair.look()) != nil { try await pair.reload() }
    }
}

extension Pair {
    /// Lets the other server in no more, and ends what goes to it.
    func cutOff() async throws {
        try await PeerFirewall(deployment: deployment).shut()
        guard (try? await look()) != nil else { return }
        try await sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'kopnik_peer';",
            toDo: "end what goes to the other server")
    }
}

extension Deployment {
    /// Removes what was kept for a second server that the site file names no more: its place in the log, its keys, this server's part. Comes
    /// last, when the stack and the keeper are those of one server.
    public func forgetPair() async throws {
        let pair = Pair(deployment: self)
        guard !site.hosts.isPair, let record = try pair.record(), record.isEnding == true else { return }
        try await pair.cutOff()
        // What is still in use a moment later would keep the log for ever.
        let isForgotten = try await poll(for: .seconds(20)) { () -> Bool? in
            try await pair.forgetFollower(whoeverLeads: true)
            return try await pair.look().kept == nil ? true : nil
        }
        guard isForgotten == true else {
            throw Failure(
                "the other server's place in the log could not be removed", because: "something still reads it",
                fix: "kopnik up, once more")
        }
        // What was told to the one that is gone is not about the next.
        try await pair.forgetWhatWasTold()
        try await Mirror(deployment: self).end()
        try await PeerFirewall(deployment: self).remove()
        // A second server of later begins above it: whatever the first one still believes is then the past.
        // So it is written beside the backups, which an old server may read.
        try? await EpochRecord(deployment: self).begin(record.epoch + 1, by: record.name)
        try world.files.write("\(record.epoch + 1)\n", to: epochPath)
        try world.files.remove(layout.pairKeys)
        try world.files.remove(layout.pair)
    }

    /// The epoch of a server that has been one of two, and is alone.
    var epochPath: String { "\(layout.state)/epoch" }

    /// The epoch in which a server that is alone lives.
    public var lastEpoch: Int? { world.files.text(of: epochPath).flatMap { Int($0.trimmed) } }
}
