import Blueprint
import Engine
import Machine
import Site
public import Standby

/// This host knows which of the two it is, and the keys are there by which they know each other.
struct PairStep: Step {
    let deployment: Deployment
    let name = "Pair"

    private var pair: Pair { Pair(deployment: deployment) }
    private var keys: PairKeys { PairKeys(deployment: deployment) }

    func inspect() async throws -> Inspection {
        guard let record = try pair.record() else {
            _ = try newcomer()
            return Inspection(
                "to be the main server",
                changes: [Change("make this the main server of two"), Change("make the keys of the two servers")])
        }
        var changes: [Change] = []
        let missing = try await keys.missing()
        if !missing.isEmpty {
            changes.append(Change("make the keys of \(missing.map(\.rawValue).joined(separator: " and "))"))
        }
        if record.isEnding == true { changes.append(Change("keep the other server, which was about to be given up")) }
        if pair.settings(record).contains(where: { deployment.world.files.text(of: $0.path) != $0.text }) {
            changes.append(Change("tell the database its part"))
        }
        return Inspection("\(record.name.rawValue), \(record.role.words), epoch \(record.epoch)", changes: changes)
    }

    /// Which one a host is that never had a part: only the one that is named main begins by itself.
    private func newcomer() throws -> HostRecord {
        let own = Computer.ownAddresses
        func isHere(_ name: HostRecord.Name) -> Bool { pair.address(of: name).map(own.contains) ?? false }
        guard isHere(.main) || !runsAlone else {
            let addresses = own.filter { $0 != "127.0.0.1" }.joined(separator: ", ")
            throw Failure(
                "this server runs the site, and the site file does not name it as the main one",
                because:
                    "it has \(addresses), the file says main \(pair.address(of: .main) ?? ""), standby \(pair.address(of: .standby) ?? "")",
                fix:
                    "under 'hosts' write this server's address as main and the other's as standby; or take 'hosts' out, and this one goes on alone"
            )
        }
        guard !isHere(.standby) else {
            throw Failure(
                "this server is named as the standby, and knows nothing of the main one yet",
                because: "its passwords, certificates and keys have to come from there",
                fix:
                    "on the main server:  kopnik standby hand-over FILE;  carry FILE here;  then here:  kopnik standby accept FILE"
            )
        }
        guard isHere(.main) else {
            throw Failure(
                "this is neither of the two servers that the site file names",
                because:
                    "it has \(own.filter { $0 != "127.0.0.1" }.joined(separator: ", ")), the file says \(HostRecord.Name.allCases.compactMap { pair.address(of: $0) }.joined(separator: " and "))",
                fix: "run it there, or write under 'hosts' the addresses that 'ip address' shows on them")
        }
        return HostRecord(
            name: .main, role: .primary, epoch: (deployment.lastEpoch ?? 0) + 1, since: deployment.world.now())
    }

    /// Whether the site was raised here already, without another server.
    private var runsAlone: Bool { deployment.world.files.exists(deployment.layout.rememberedSite) }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        var record = try pair.record() ?? newcomer()
        // It was about to be given up, and is named again.
        record.isEnding = nil
        try await keys.make()
        try pair.write(record)
        // The running server reads what can be read without a restart.
        if (try? await pair.look()) != nil { try await pair.reload() }
    }
}

extension HostRecord.Role {
    /// For people.
    public var words: String {
        switch self {
        case .primary: "leads"
        case .standby: "follows"
        case .fenced: "stays stopped"
        }
    }
}

/// The ports between the two are shut to everybody but the other host, before anything listens there.
///
/// A table of nftables of its own, looked at before Docker changes the addresses: a drop in any table is final (nft(8)). Loaded by a
/// container with the right to do so, for the keeper has to do it too, after each start of the computer and before the permit.
public struct PeerFirewall: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var table: String { "kopnik_\(deployment.site.name.replacing("-", with: "_"))_pair" }

    /// - Parameter peer: who may come in; `nil`: nobody.
    func text(peer: String?) -> String {
        let ports = "fib daddr type local tcp dport { \(PairPlan.port), \(PairPlan.filesPort) }"
        let way = peer.map { "\(ports) ip saddr \($0) accept\n                " } ?? ""
        return """
            table inet \(table)
            delete table inet \(table)
            table inet \(table) {
                chain database {
                    type filter hook prerouting priority dstnat - 20; policy accept;
                    iif lo accept
                    \(way)\(ports) drop
                }
            }

            """
    }

    /// Whether it stands. Counted by its own words: the kernel prints them otherwise than they were written.
    func stands(peer: String) async throws -> Bool {
        let output = try await run(["list", "table", "inet", table])
        return output.succeeded && output.standardOutput.contains("ip saddr \(peer) accept")
            && output.standardOutput.contains("drop") && output.standardOutput.contains("\(PairPlan.filesPort)")
    }

    /// Puts it up anew.
    public func raise() async throws {
        guard let record = try Pair(deployment: deployment).record(),
            let peer = Pair(deployment: deployment).peerAddress(of: record.name)
        else { return }
        try await load(peer: peer)
    }

    /// Lets nobody in any more.
    func shut() async throws { try await load(peer: nil) }

    /// Takes it away, where nothing listens there any more.
    func remove() async throws { _ = try await run(["delete", "table", "inet", table]) }

    private func load(peer: String?) async throws {
        let output = try await run(["--file", "-"], input: text(peer: peer))
        guard output.succeeded else {
            throw Failure(
                "the ports between the two servers could not be shut to strangers", because: output.lastWords,
                fix: "nothing was opened. Is nftables in this computer's kernel? Try: nft list ruleset")
        }
    }

    private func run(_ words: [String], input: String? = nil) async throws -> CommandOutput {
        let image = try await deployment.keeperImage()
        return try await deployment.docker.run(
            [
                "run", "--rm", "--interactive", "--network", "host", "--user", "0:0", "--read-only", "--cap-drop",
                "ALL",
                "--cap-add", "NET_ADMIN", "--security-opt", "no-new-privileges", "--entrypoint", "nft",
            ] + deployment.hostLabelWords + [image] + words, standardInput: input ?? "", timeLimit: .seconds(30))
    }
}

extension Deployment {
    /// The keeper's image; the keeper itself knows it by the container it runs in.
    func keeperImage() async throws -> String {
        if isKeeper, let own = world.files.text(of: "/etc/hostname")?.trimmed,
            let image = try await docker.image(of: own)
        {
            return image
        }
        return try await imageTags()[.keeper] ?? ""
    }
}

/// It stands before the stack is raised.
struct PeerFirewallStep: Step {
    let deployment: Deployment
    let name = "Port 5432"

    private var firewall: PeerFirewall { PeerFirewall(deployment: deployment) }

    func inspect() async throws -> Inspection {
        let pair = Pair(deployment: deployment)
        guard let record = try pair.record(), let peer = pair.peerAddress(of: record.name) else {
            return Inspection(
                "to be shut to all but the other server", changes: [Change("shut port 5432 to strangers")])
        }
        let stands = (try? await firewall.stands(peer: peer)) ?? false
        return Inspection(
            "open to \(peer) alone", changes: stands ? [] : [Change("shut port 5432 to everybody but \(peer)")])
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws { try await firewall.raise() }
}

/// The database of a host that follows is a copy of the other one's.
struct CopyStep: Step {
    let deployment: Deployment
    let name = "Copy"

    private var pair: Pair { Pair(deployment: deployment) }
    private var docker: Docker { deployment.docker }
    private var volume: String { deployment.databaseVolume }

    /// What the data are: `none`, `primary` or `standby`.
    private func state() async throws -> String {
        if let container = try await pair.container() {
            let output = try await docker.run(["exec", container, "peer", "state"])
            if output.succeeded { return output.text }
        }
        guard try await docker.run(["volume", "inspect", volume]).succeeded else { return "none" }
        let output = try await docker.run(
            ["run", "--rm", "--network", "none", "--entrypoint", "peer"] + deployment.labelWords + [
                "--mount", "type=volume,source=\(volume),target=/var/lib/postgresql,readonly", try await image(),
                "state",
            ])
        return output.succeeded ? output.text : "none"
    }

    private func image() async throws -> String { try await deployment.imageTags()[.db] ?? "" }

    func inspect() async throws -> Inspection {
        guard let record = try pair.record(), record.role == .standby else { return Inspection("leads") }
        // Docker may not be there yet: then there is no copy either.
        let state = (try? await state()) ?? "none"
        return Inspection(
            "a copy that follows",
            changes: state == "standby"
                ? []
                : [
                    Change(
                        state == "none"
                            ? "copy the database of the main server"
                            : "copy the database of the main server; the data that are here are put aside")
                ])
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        guard let record = try pair.record(), let peer = pair.peerAddress(of: record.name) else { return }
        try await deployment.makeDatabaseVolume()
        await detail("copying the database from \(peer)")
        let output = try await pair.thereApart(
            "copy", mounts: ["--mount", "type=volume,source=\(volume),target=/var/lib/postgresql"], timeLimit: nil,
            log: deployment.log("copy"))
        guard output.succeeded else {
            throw Failure(
                "the database of the main server could not be copied", because: output.lastWords,
                fix:
                    "on the main server:  kopnik standby;  when that one runs, the same command again here. What was here before is untouched",
                log: deployment.log("copy"))
        }
    }
}
