import Blueprint
import Engine
import Foundation
import Machine
import Site
import Testing

@testable import Verify

/// What a whole and sound copy of the demo answered, as recorded from a running one and cut to what is looked at;
/// tests change a piece of it.
struct Recorded {
    var site = Site(domain: "kopnik.localhost", sources: Site.Sources(server: .demo, client: .demo))
    var services: [ServiceKind] = ServiceKind.allCases
    /// Services without a running container.
    var stopped: Set<ServiceKind> = []
    var info =
        #"{"ServerVersion": "20.10.24", "DockerRootDir": "/var/lib/docker", "Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "Nodes": 1}}"#
    var serviceChange: (String) -> String = { $0 }
    var containerChange: (String) -> String = { $0 }
    var networks =
        #"{"CreatedAt":"2026-11-23 22:05:01 +0000 UTC","Driver":"overlay","ID":"n3tw0rk","Internal":"false","Labels":"com.docker.stack.namespace=kopnik","Name":"kopnik_internal","Scope":"swarm"}"#
    var database = #"""
        {"version" : "17.6 (Debian 17.6-0+deb13u1)", "number" : 170006, "settings" : { "max_connections" : "1000", "shared_buffers" : "512MB", "effective_cache_size" : "1GB", "work_mem" : "40MB", "port" : "5432" }, "overrides" : [], "databases" : { "postgres" : "UTF8", "kopnik" : "UTF8", "dev" : "UTF8", "test" : "UTF8" }}
        """#
    var inside = #"""
        {"mail":{"said":"220 kopnik.localhost ESMTP","greeting":"220 kopnik.localhost ESMTP"},"db":{"said":"N","greeting":"N"},"crossbar":{"said":"HTTP/1.1 101 Switching Protocols","greeting":"HTTP/1.1 101 Switching Protocols"},"dependencies":{"checked":4,"missing":[]},"process":{"command":"node src/index.js","script":"server:production"},"answers":[{"path":"/api","status":404,"shape":"error"},{"path":"/api/version","status":200,"shape":"node pid release uptimeSeconds"},{"path":"/api/kopnik-verify","status":404,"shape":"error"}]}
        """#
    /// How the world sees the letters; asked where the site sends.
    var world = #"""
        {"way":{"host":"mx.example.org","said":"220 mx","address":"203.0.113.10"},"own":"203.0.113.10","addresses":{"values":["203.0.113.10"]},"names":{"values":["kopnik.localhost"]},"listed":{"values":[]},"spf":{"values":[]},"dkim":{"values":[]},"dmarc":{"values":[]},"inherited":{"values":[]}}
        """#
    var outside = #"""
        {"certificate": {"refusal": null, "issuer": "CN=Kopnik local authority of kopnik.localhost", "daysLeft": 396, "lifeDays": 397, "isTheFile": true}, "plain": {"status": 301, "location": "https://kopnik.localhost/"}, "http2": {"agreed": "h2", "status": 200}, "session": {"subprotocol": "wamp.2.json", "role": "anonymous", "method": "anonymous"}, "router": {"asked": 12, "differences": []}, "pages": {"compared": 2, "bytes": 81, "different": []}, "answers": [{"path": "/api", "status": 404, "shape": "error"}, {"path": "/api/version", "status": 200, "shape": "node pid release uptimeSeconds"}, {"path": "/api/kopnik-verify", "status": 404, "shape": "error"}], "mailPort": {"tried": 5, "answering": []}, "relay": {"asked": true, "accepted": false, "said": "554 5.7.1 Relay access denied"}, "dashboard": {"isPage": true, "silence": 1, "nodes": 1, "strangerIs": 421, "tasks": ["t-db", "t-mail", "t-crossbar", "t-nodejs", "t-files", "t-nginx", "t-keeper", "t-dashboard"]}}
        """#
    /// What the mail service answers strangers; asked where it stands in a network that is not the stack's.
    var foreignLetters = "10.0.9.3 nobody"
    var computer = ComputerSighting(
        computer: Computer(
            cores: 6, memory: 6 << 30, distribution: "ubuntu", version: "26.04", name: "Ubuntu 26.04 LTS",
            hasSystemd: true, isWSL: false),
        storage: Storage(total: 250_000_000_000, kind: .solid, mirror: .whole(array: "md0", disks: 2)),
        link: NetworkLink(card: "eth0", speed: .agreed(1000)), clock: .synchronised)
    /// Files below the prefix.
    var files = [
        "home/ubuntu/sftp/.releases/client/package.json":
            #"{"dependencies": {"left": "1"}, "scripts": {"build": "x"}}"#,
        "home/ubuntu/sftp/.releases/client/node_modules/left/package.json": "{}",
        "home/ubuntu/sftp/.releases/client/dist/index.html":
            #"<script src="/assets/main.js"></script><link href="https://else/x.css">"#,
        "home/ubuntu/sftp/.releases/client/dist/assets/main.js": "void 0",
        "home/ubuntu/sftp/.releases/client/.crossbar/config.json": "{}",
        "home/ubuntu/sftp/.releases/server/package.json": "{}",
        "var/lib/kopnik/secrets/wamp-ticket": Recorded.ticket,
        "var/lib/kopnik/authority/ca.crt": "AUTHORITY",
        "etc/letsencrypt/live/kopnik.localhost/fullchain.pem": "CHAIN",
    ]
    var links = [
        "home/ubuntu/sftp/kp-client": ".releases/client", "home/ubuntu/sftp/kp-server": ".releases/server",
        "home/ubuntu/kp-client": "sftp/kp-client", "home/ubuntu/kp-server": "sftp/kp-server",
    ]

    static let ticket = String(repeating: "5ec7e7", count: 8)

    /// Runs the verification on it.
    func report(only: Set<String>? = nil) async throws -> VerificationReport { try await run(only: only).report }

    func run(only: Set<String>? = nil) async throws -> (report: VerificationReport, commands: [Command]) {
        let prefix = NSTemporaryDirectory() + "kopnik-verify-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: prefix) }
        for (path, text) in files { try Files().write(text, to: "\(prefix)/\(path)") }
        for (path, target) in links { try Files().makeLink(at: "\(prefix)/\(path)", to: target) }
        let runner = ScriptedRunner(script(prefix))
        let world = World(
            commands: runner, environment: [:],
            person: Operator(name: "anna", user: 1000, group: 1000, home: "/home/anna", isRoot: false),
            now: { Date(timeIntervalSince1970: 1_795_000_000) })
        var verification = Verification(
            world: world, docker: Docker(commands: runner), site: site, layout: Layout(prefix: prefix),
            images: [.crossbar: "kopnik/crossbar:1"])
        let computer = computer
        verification.readComputer = { _ in computer }
        return (await verification.run(only: only), runner.log)
    }

    private func script(_ prefix: String) -> [([String], CommandOutput)] {
        func said(_ text: String) -> CommandOutput { CommandOutput(standardOutput: text) }
        let names = services.map { "kopnik_\($0.rawValue)" }
        let running = services.filter { !stopped.contains($0) }
        return [
            (["docker", "ps"], said(running.map { "id-\($0.rawValue)\n" }.joined())),
            (
                ["docker", "container", "inspect"],
                said(containerChange("[\(running.map { container($0, prefix) }.joined(separator: ",\n"))]"))
            ),
            (["docker", "info"], said(info)),
            (["docker", "service", "ls"], said(names.joined(separator: "\n"))),
            (
                ["docker", "service", "inspect"],
                said(serviceChange("[\(services.map(service).joined(separator: ",\n"))]"))
            ),
            (["docker", "network", "ls"], said(networks)),
            (
                ["docker", "network", "inspect", "docker_gwbridge"],
                said(
                    #"{"id-mail": {"Name": "gateway", "IPv4Address": "172.18.0.5/16"}, "id-dashboard": {"IPv4Address": "172.18.0.9/16"}}"#
                )
            ),
            (["docker", "exec", "--interactive", "--user", "postgres", "id-db"], said(database)),
            (["docker", "exec", "--interactive", "id-nodejs", "node"], said(fromNode)),
            (["docker", "exec", "id-mail", "perl"], said(foreignLetters)),
            (["docker", "run", "--rm", "--interactive", "--network", "host"], said(outside)),
        ]
    }

    /// Both programs that Node runs find their answers in one.
    private var fromNode: String { inside.trimmed.dropLast() + "," + world.trimmed.dropFirst() }

    private func service(_ kind: ServiceKind) -> String {
        #"{"ID": "s-\#(kind.rawValue)", "Spec": {"Name": "kopnik_\#(kind.rawValue)", "Labels": {"com.docker.stack.namespace": "kopnik"}, "TaskTemplate": {"ContainerSpec": {"Image": "i"}, "Networks": [{"Target": "n3tw0rk", "Aliases": ["\#(kind.rawValue)"]}]}, "Mode": {"Replicated": {"Replicas": 1}}, "EndpointSpec": {"Mode": "dnsrr"}}}"#
    }

    private func container(_ kind: ServiceKind, _ prefix: String) -> String {
        let mounts: [(String, String)] =
            switch kind {
            case .nginx: [("/etc/letsencrypt", "etc/letsencrypt")]
            case .nodejs: [("/home/ubuntu/sftp/kp-server", "home/ubuntu/sftp/.releases/server")]
            default: []
            }
        let list = mounts.map {
            #"{"Type": "bind", "Source": "\#(prefix)/\#($0.1)", "Destination": "\#($0.0)", "RW": true}"#
        }
        return #"""
            {"Id": "id-\#(kind.rawValue)", "State": {"Status": "running", "Health": {"Status": "healthy"}}, "Config": {"Labels": {"com.docker.swarm.service.name": "kopnik_\#(kind.rawValue)", "com.docker.swarm.task.id": "t-\#(kind.rawValue)"}}, "HostConfig": {"Privileged": false}, "Mounts": [\#(list.joined(separator: ","))], "NetworkSettings": {"Ports": {"80/tcp": null}, "Networks": {"kopnik_internal": {"NetworkID": "n3tw0rk"}}}}
            """#
    }
}
