import Foundation
import Machine

/// A firewall of its own table, which holds for the ports that Docker publishes too.
struct FirewallStep: Step {
    let server: Server
    let name = "Firewall"

    private static let rules = "/etc/kopnik/firewall.nft"
    private static let unit = "kopnik-firewall.service"
    /// The rules as the kernel showed them after they were loaded.
    private var seen: String { "\(server.state)/firewall.seen" }

    func inspect() async throws -> Inspection { try await settings(await sshPorts()).inspect() }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        try await settings(await sshPorts()).apply(detail)
        try server.files.write(try await loaded() ?? "", to: seen)
    }

    private func settings(_ ports: [Int]) -> ServiceSettings {
        let open = Array(Set(ports + server.wish.sitePorts)).sorted()
        return ServiceSettings(
            server: server, name: name, summary: "open: " + open.map(String.init).joined(separator: ", "),
            files: [
                ManagedFile(
                    path: Self.rules, contents: Self.text(open: open, published: server.wish.sitePorts.sorted())),
                ManagedFile(path: "/etc/systemd/system/\(Self.unit)", contents: Self.service),
            ],
            units: [Self.unit],
            check: Command("nft", ["--check", "--file", server.root + Self.rules], timeLimit: .seconds(30)),
            load: [
                Command("systemctl", ["daemon-reload"], timeLimit: .seconds(60)),
                Command("systemctl", ["restart", Self.unit], timeLimit: .seconds(60)),
            ],
            drift: {
                let now = try await loaded()
                return now != nil && now == server.files.text(of: seen)
                    ? [] : [Change("load the firewall's rules again")]
            })
    }

    private func loaded() async throws -> String? {
        let output = try await server.world.commands.run(
            Command("nft", ["--stateless", "list", "table", "inet", "kopnik"], timeLimit: .seconds(30)))
        return output.succeeded ? output.standardOutput : nil
    }

    /// The ports on which sshd listens, by its own word: who closed another one would shut everybody out.
    private func sshPorts() async throws -> [Int] {
        let output = try? await server.world.commands.run(Command("sshd", ["-T"], timeLimit: .seconds(30)))
        let ports = (output?.lines ?? []).compactMap { line in
            line.hasPrefix("port ") ? Int(line.dropFirst(5).trimmed) : nil
        }
        return ports.isEmpty ? [22] : ports
    }

    /// Docker's own rules send what arrives at a published port past the `input` chain, to the container: those packets are
    /// judged in `forward`, by the port they were sent to at first. A table of one's own is as good a place as Docker's
    /// chain DOCKER-USER, for a drop in any table is final (nft(8)), and Docker's restart leaves it alone.
    static func text(open: [Int], published: [Int]) -> String {
        func list(_ ports: [Int]) -> String { ports.map(String.init).joined(separator: ", ") }
        return """
            # Written by kopnik. What you change here is shown by 'kopnik host plan' and kept.
            table inet kopnik
            delete table inet kopnik
            table inet kopnik {
                chain input {
                    type filter hook input priority filter; policy drop;
                    ct state established,related accept
                    ct state invalid drop
                    iifname { "lo", "docker0", "docker_gwbridge" } accept
                    meta l4proto { icmp, ipv6-icmp } accept
                    udp sport 67 udp dport 68 accept
                    udp sport 547 udp dport 546 accept
                    tcp dport { \(list(open)) } accept
                }
                chain published {
                    type filter hook forward priority filter - 5; policy accept;
                    ct state established,related accept
                    iifname { "docker0", "docker_gwbridge" } accept
                    meta l4proto { tcp, udp } ct status dnat ct original proto-dst { \(list(published)) } accept
                    ct status dnat drop
                }
            }

            """
    }

    private static let service = """
        # Written by kopnik.
        [Unit]
        Description=Firewall of kopnik
        Wants=network-pre.target
        Before=network-pre.target docker.service
        DefaultDependencies=no
        After=local-fs.target
        Conflicts=shutdown.target
        Before=shutdown.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/sbin/nft --file \(rules)
        ExecReload=/usr/sbin/nft --file \(rules)

        [Install]
        WantedBy=sysinit.target

        """
}
