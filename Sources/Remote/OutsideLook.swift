import Foundation
import Machine

/// A site as this computer sees it over the network: the proof from the other side.
public struct OutsideLook: Sendable {
    let shell: SecureShell
    /// The name under which people open the site.
    let domain: String
    let ports: (http: Int, https: Int)
    /// The file with the site's own authority, if it has one.
    let authority: String?
    /// Whether the way leads through another host, so that nothing may be reached straight.
    let isBehindAnother: Bool
    /// Where it answers, if that is not where ssh goes.
    let address: String?

    /// Of a site on the server of a connection.
    public init(
        _ shell: SecureShell, domain: String, http: Int, https: Int, authority: String?, isBehindAnother: Bool,
        address: String? = nil
    ) {
        self.shell = shell
        self.address = address
        self.domain = domain
        ports = (http, https)
        self.authority = authority
        self.isBehindAnother = isBehindAnother
    }

    /// What was seen.
    public struct Sight: Sendable, Equatable {
        /// In a few words.
        public var summary: String
        /// What is not as it should be, a sentence each.
        public var faults: [String]
    }

    /// Ports of the stack's services and of Docker, none of which is anybody's business outside.
    static let closed = [25, 2375, 2376, 2377, 5432, 5433, 7946, 8000, 8080, 8484]

    /// Looks.
    public func look() async throws -> Sight {
        let settings = try await shell.settings()
        let host = address ?? settings["hostname"] ?? shell.destination.host
        let ssh = settings["port"].flatMap { Int($0) } ?? 22
        let isHidden = isBehindAnother || settings["proxyjump"] != nil || settings["proxycommand"] != nil
        let commands = shell.world.commands
        if isHidden, try await !answers(host, ports.https) {
            return Sight(summary: "not reached from here but through another host: not looked at", faults: [])
        }
        var faults: [String] = []
        let connect = [
            "--connect-to", "\(domain):\(ports.https):\(bracketed(host)):\(ports.https)", "--connect-to",
            "\(domain):\(ports.http):\(bracketed(host)):\(ports.http)",
        ]
        let common =
            ["--silent", "--show-error", "--output", "/dev/null", "--max-time", "20", "--noproxy", "*"] + connect
            + (authority.map { ["--cacert", $0] } ?? [])
        do {
            let secure = try await commands.run(
                Command(
                    "curl", common + ["--write-out", "%{http_code}", "https://\(domain):\(ports.https)/"],
                    timeLimit: .seconds(30)))
            if secure.text != "200" {
                faults.append(
                    "https://\(domain) does not answer here: \(secure.succeeded ? "HTTP \(secure.text)" : secure.lastWords)"
                )
            }
            let plain = try await commands.run(
                Command(
                    "curl",
                    common + ["--write-out", "%{http_code} %{redirect_url}", "http://\(domain):\(ports.http)/"],
                    timeLimit: .seconds(30)))
            if !plain.text.hasPrefix("30") || !plain.text.contains(" https://\(domain)") {
                faults.append(
                    "http://\(domain) does not lead to https here: \(plain.succeeded ? plain.text : plain.lastWords)")
            }
        } catch let failure as Failure where failure.isMissingProgram {
            for port in [ports.https, ports.http] where try await !answers(host, port) {
                faults.append("port \(port) does not answer here")
            }
        }
        let asked = Self.closed.filter { $0 != ssh && $0 != ports.http && $0 != ports.https }
        let open = try await withThrowingTaskGroup(of: Int?.self) { group in
            for port in asked { group.addTask { try await answers(host, port) ? port : nil } }
            return try await group.reduce(into: [Int]()) { if let port = $1 { $0.append(port) } }.sorted()
        }
        faults += open.map { "port \($0) answers here, and nobody outside needs it" }
        return Sight(
            summary: "HTTPS and HTTP answer here, \(asked.count) other ports are closed", faults: faults)
    }

    private func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// Whether somebody takes a connection there.
    private func answers(_ host: String, _ port: Int) async throws -> Bool {
        try await shell.world.commands.run(
            Command(
                "timeout", ["3", "bash", "-c", "exec 3<>\"/dev/tcp/$0/$1\"", host, "\(port)"], timeLimit: .seconds(10))
        ).succeeded
    }
}

extension SecureShell {
    /// What ssh makes of its own settings for this server (`ssh -G`).
    func settings() async throws -> [String: String] {
        let output = try await world.commands.run(Command("ssh", ["-G"] + target, timeLimit: .seconds(30)))
        return Dictionary(
            output.lines.compactMap { line in
                let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
                return parts.count == 2 && parts[1] != "none" ? (parts[0], parts[1]) : nil
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Keeps a file of the server here while the connection stands.
    /// - Returns: its path here; `nil` where there is none there.
    public func fetch(_ path: String) async throws -> String? {
        let output = try await run("cat \(Command.quoted(path)) 2>/dev/null")
        guard output.succeeded, !output.standardOutput.isEmpty else { return nil }
        let kept = folder + "/" + (path as NSString).lastPathComponent
        try world.files.write(output.standardOutput, to: kept)
        return kept
    }
}
