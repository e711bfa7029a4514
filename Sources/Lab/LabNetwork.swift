import Foundation
import Machine

/// The network between the lab's computers: a bridge of its own, with a way out through this computer.
struct LabNetwork: Sendable {
    /// Its addresses, of which this computer has number 1.
    static let prefix = "10.214.77"
    /// The same in IPv6, of the range for private networks (RFC 4193).
    static let prefix6 = "fd6b:6c61:6200"
    private static let bridge = "klab"
    private let world: World

    init(_ world: World) { self.world = world }

    private var range: String { "\(Self.prefix).0/24" }

    /// What this computer's firewall is told. A Docker of its own sets the policy of FORWARD to DROP.
    private var rules: [(table: String, chain: String, words: [String])] {
        [
            ("nat", "POSTROUTING", ["-s", range, "!", "-o", Self.bridge, "-j", "MASQUERADE"]),
            ("filter", "FORWARD", ["-i", Self.bridge, "-j", "ACCEPT"]),
            ("filter", "FORWARD", ["-o", Self.bridge, "-j", "ACCEPT"]),
        ]
    }

    /// - Throws: `Failure` where another network of this computer has the same addresses.
    func check() async throws {
        let output = try await run("ip", ["-o", "-4", "route", "show", "root", range])
        let other = output.lines.first { !$0.contains("dev \(Self.bridge)") }
        guard let other else { return }
        throw Failure(
            "the lab's network has the same addresses as another one of this computer",
            because: "both are \(range): \(other.trimmed)",
            fix: "take that one away while the lab is there, or make the lab on another computer")
    }

    /// Puts up what is missing of it.
    func raise() async throws {
        if try await !exists(Self.bridge) {
            try await require("ip", ["link", "add", Self.bridge, "type", "bridge"])
            try await require("ip", ["address", "add", "\(Self.prefix).1/24", "dev", Self.bridge])
        }
        try await require("ip", ["link", "set", Self.bridge, "up"])
        try await require("sh", ["-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
        for rule in rules {
            let there = try await run("iptables", ["-w", "-t", rule.table, "-C", rule.chain] + rule.words)
            if !there.succeeded {
                try await require("iptables", ["-w", "-t", rule.table, "-I", rule.chain] + rule.words)
            }
        }
    }

    /// Gives a computer its cable, or plugs that in.
    func plug(_ name: LabComputer.Name) async throws {
        if !world.files.exists("/run/netns/\(name.space)") { try await require("ip", ["netns", "add", name.space]) }
        if try await !exists(name.link) {
            try await require(
                "ip", ["link", "add", name.link, "type", "veth", "peer", "name", "eth0", "netns", name.space])
            try await require("ip", ["link", "set", name.link, "master", Self.bridge])
            try await require("ip", ["-n", name.space, "address", "add", "\(name.address)/24", "dev", "eth0"])
            // Where this computer has no IPv6 its computers have none.
            _ = try await run(
                "ip", ["-n", name.space, "-6", "address", "add", "\(name.address6)/64", "dev", "eth0", "nodad"])
            try await require("ip", ["-n", name.space, "link", "set", "lo", "up"])
            try await require("ip", ["-n", name.space, "link", "set", "eth0", "up"])
            try await require("ip", ["-n", name.space, "route", "add", "default", "via", "\(Self.prefix).1"])
        }
        try await require("ip", ["link", "set", name.link, "up"])
    }

    /// Pulls its cable.
    func unplug(_ name: LabComputer.Name) async throws { try await require("ip", ["link", "set", name.link, "down"]) }

    /// Whether its cable is in.
    func isPlugged(_ name: LabComputer.Name) async throws -> Bool {
        // Between the angle brackets: what is switched on (ip-link(8)).
        let flags = try await run("ip", ["-o", "link", "show", "dev", name.link]).text.firstMatch(of: /<([^>]*)>/)
        return flags?.1.split(separator: ",").contains("UP") ?? false
    }

    /// Takes all of it away. Forwarding stays on: others may have come to need it.
    func remove() async throws {
        for rule in rules { _ = try await run("iptables", ["-w", "-t", rule.table, "-D", rule.chain] + rule.words) }
        for name in LabComputer.Name.allCases {
            if try await exists(name.link) { try await require("ip", ["link", "delete", name.link]) }
            if world.files.exists("/run/netns/\(name.space)") {
                try await require("ip", ["netns", "delete", name.space])
            }
        }
        if try await exists(Self.bridge) { try await require("ip", ["link", "delete", Self.bridge]) }
    }

    // Not by /sys: that may show another network than this process is in.
    private func exists(_ link: String) async throws -> Bool {
        try await run("ip", ["-o", "link", "show", "dev", link]).succeeded
    }

    private func run(_ program: String, _ words: [String]) async throws -> CommandOutput {
        try await world.commands.run(Command(program, words, timeLimit: .seconds(20)))
    }

    private func require(_ program: String, _ words: [String]) async throws {
        _ = try await world.commands.require(
            Command(program, words, timeLimit: .seconds(20)), toDo: "make the lab's network",
            fix: "kopnik lab down, then kopnik lab up")
    }
}
