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
        guard var record = try pair.record() else { return }
        // Shut first: one that still follows would be waited for again.
        try await PeerFirewall(deployment: deployment).shut()
        if try await pair.container() != nil {
            try await pair.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'kopnik_peer';",
                toDo: "end what goes to the other server")
        }
        record.isEnding = true
        record.bond = .unpaired
        record.since = deployment.world.now()
        try pair.write(record)
        if try await pair.container() != nil { try await pair.reload() }
    }
}

extension Deployment {
    /// Removes what was kept for a second server that the site file names no more: its place in the log, its keys, this server's part. Comes
    /// last, when the stack and the keeper are those of one server.
    public func forgetPair() async throws {
        let pair = Pair(deployment: self)
        guard !site.hosts.isPair, let record = try pair.record(), record.isEnding == true else { return }
        try await pair.forgetFollower(whoeverLeads: true)
        try await Mirror(deployment: self).end()
        try await PeerFirewall(deployment: self).remove()
        // A second server of later begins above it: whatever the first one still believes is then the past.
        try world.files.write("\(record.epoch)\n", to: epochPath)
        try world.files.remove(layout.pairKeys)
        try world.files.remove(layout.pair)
    }

    /// The epoch of a server that has been one of two, and is alone.
    var epochPath: String { "\(layout.state)/epoch" }

    /// The epoch in which a server that is alone lives.
    public var lastEpoch: Int? { world.files.text(of: epochPath).flatMap { Int($0.trimmed) } }
}
