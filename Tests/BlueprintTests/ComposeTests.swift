import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing
import Yams

/// The compose file as a program reads it.
struct Labels {
    static func document(_ text: String) throws -> [String: Any] {
        try #require(try Yams.load(yaml: text) as? [String: Any])
    }
    static func services(in text: String) throws -> [String: [String: Any]] {
        try #require(try document(text)["services"] as? [String: [String: Any]])
    }
    static func settings(in text: String) throws -> [String: String] {
        try services(in: text).compactMapValues { ($0["labels"] as? [String: String])?["org.kopnik.settings"] }
    }
}

/// The command line of Docker on this computer, whatever daemon it would talk to.
private enum DockerCommand {
    /// Its major version; `nil` where there is none.
    static var version: Int? {
        get async {
            let output = try? await LocalCommandRunner().run(Command("docker", ["--version"]))
            return (output?.text.firstMatch(of: /version (\d+)\./)?.output.1).flatMap { Int($0) }
        }
    }
}

@Suite struct `The compose file` {
    private func services(_ plan: StackPlan) throws -> [String: [String: Any]] {
        try Labels.services(in: Blueprint(plan).compose)
    }
    private func part(_ service: [String: Any], _ name: String) throws -> [String: Any] {
        try #require(service[name] as? [String: Any])
    }

    @Test func `has every service, each found by name and not by a virtual address`() throws {
        let services = try services(Plans.local)
        #expect(Set(services.keys) == Set(ServiceKind.allCases.map(\.rawValue)))
        for (name, service) in services {
            #expect(try part(service, "deploy")["endpoint_mode"] as? String == "dnsrr", "\(name)")
        }
    }

    @Test func `publishes nginx alone, on the host itself`() throws {
        for plan in Plans.all.values {
            for (name, service) in try services(plan) {
                let ports = service["ports"] as? [[String: Any]] ?? []
                // And the database to the other of two hosts.
                #expect(ports.isEmpty == (name != "nginx" && (name != "db" || plan.pair == nil)), "\(name)")
                #expect(ports.allSatisfy { $0["mode"] as? String == "host" })
                if name == "nginx" {
                    #expect(ports.map { $0["published"] as? Int } == [plan.site.ports.http, plan.site.ports.https])
                    #expect(ports.map { $0["target"] as? Int } == [80, 443])
                }
            }
        }
    }

    @Test func `limits all services together to the 4 GB of H2`() throws {
        func megabytes(_ value: Any?) throws -> Int {
            let text = try #require(value as? String)
            #expect(text.hasSuffix("M"))
            return try #require(Int(text.dropLast()))
        }
        var (limits, reservations) = (0, 0)
        for service in try services(Plans.local).values {
            let resources = try part(part(service, "deploy"), "resources")
            limits += try megabytes(part(resources, "limits")["memory"])
            reservations += try megabytes(part(resources, "reservations")["memory"])
            #expect(try part(resources, "limits")["pids"] as? Int ?? 0 > 0)
        }
        #expect(limits <= 4096 && limits > 2048)
        #expect(reservations <= limits)
    }

    @Test func `lets the database have the memory that its settings take`() throws {
        var site = Plans.local.site
        site.postgres.sharedBuffers = .gigabytes(2)
        let database = try #require(try services(Plans.plan(site, prefix: ""))["db"])
        let limit = try part(part(part(database, "deploy"), "resources"), "limits")["memory"] as? String
        do {
            #expect(limit.flatMap { Int($0.dropLast()) } ?? 0 > 2048)
        }
    }

    @Test func `lets a process be for each connection`() throws {
        let database = try #require(try services(Plans.local)["db"])
        let pids = try part(part(part(database, "deploy"), "resources"), "limits")["pids"] as? Int
        #expect(pids ?? 0 > Plans.local.site.postgres.maxConnections)
    }

    @Test func `mounts nothing but what lies under the prefix, and the socket into the keeper`() throws {
        for plan in Plans.all.values {
            for (name, service) in try services(plan) {
                for mount in try #require(service["volumes"] as? [[String: Any]])
                where mount["type"] as? String == "bind" {
                    let source = try #require(mount["source"] as? String).replacing("$$", with: "$")
                    let isSocket = source == "/var/run/docker.sock"
                    #expect(isSocket == (mount["target"] as? String == "/var/run/docker.sock"))
                    if isSocket {
                        #expect(name == "keeper")
                    } else {
                        #expect(source.hasPrefix(plan.layout.prefix + "/"))
                    }
                }
            }
        }
    }

    @Test func `doubles every dollar sign, for Docker would put variables in their place`() throws {
        let text = try Blueprint(Plans.hostile).compose
        #expect(!text.replacing("$$", with: "").contains("$"))
        #expect(text.contains("$$HOME") && text.contains("$${X}"))
    }

    @Test func `drops every right of root's, and gives back the few that are named`() throws {
        for (name, service) in try services(Plans.local) {
            #expect(service["cap_drop"] as? [String] == ["ALL"], "\(name)")
            #expect(service["read_only"] as? Bool == true, "\(name)")
            #expect(service["privileged"] == nil)
            let added = Set(service["cap_add"] as? [String] ?? [])
            #expect(added.isDisjoint(with: ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "ALL"]), "\(name)")
        }
    }

    @Test func `gives each secret to its readers alone`() throws {
        var readers: [String: Set<String>] = [:]
        for (name, service) in try services(Plans.local) {
            for secret in service["secrets"] as? [[String: Any]] ?? [] {
                readers[try #require(secret["source"] as? String), default: []].insert(name)
                #expect(secret["mode"] as? Int == 0o400)
                #expect(secret["uid"] as? String != "0")
            }
        }
        #expect(
            readers == [
                "db-password": ["db"], "crossbar-password": ["db"], "authenticator": ["crossbar"],
                "server-settings": ["nodejs", "files"], "dkim-key": ["mail"], "mail-login": ["mail"],
                "repository": ["db"],
            ])
    }

    @Test func `marks everything as this site's`() throws {
        let document = try Labels.document(Blueprint(Plans.hostile).compose)
        for service in try services(Plans.hostile).values {
            let labels = try part(part(service, "deploy"), "labels")
            #expect(labels["org.kopnik.site"] as? String == "k2")
            #expect((labels["org.kopnik.prefix"] as? String)?.replacing("$$", with: "$") == Plans.hostile.layout.prefix)
        }
        for kind in ["networks", "volumes"] {
            for (name, thing) in try #require(document[kind] as? [String: [String: Any]]) {
                #expect((thing["labels"] as? [String: String])?["org.kopnik.site"] == "k2", "\(name)")
            }
        }
    }

    // `docker stack config` came with Docker's command line 25. What a bare machine has is older; there the integration tests
    // prove the same by a real `docker stack deploy`.
    @Test(
        .enabled("needs a docker command of version 25 or later") { await DockerCommand.version ?? 0 >= 25 },
        arguments: Plans.all.keys.sorted())
    func `is taken by docker stack config, where there is one, word for word`(name: String) async throws {
        let plan = try #require(Plans.all[name])
        let folder = TemporaryFolder("compose")
        let path = folder.path + "/compose.yaml"
        try Files().write(Blueprint(plan).compose, to: path)
        let output = try await LocalCommandRunner().run(
            Command(
                "docker", ["stack", "config", "--compose-file", path], environment: ["HOME": folder.path, "X": "wrong"])
        )
        try #require(output.succeeded, "\(output.lastWords)")
        let theirs = try Labels.services(in: output.standardOutput)
        #expect(Set(theirs.keys) == Set(ServiceKind.allCases.map(\.rawValue)))
        let sources = try theirs.values.flatMap { try #require($0["volumes"] as? [[String: Any]]) }.compactMap {
            $0["source"] as? String
        }
        #expect(sources.contains(plan.layout.uploads))
        #expect(withExtendedLifetime(folder) { Files().exists(path) })
    }
}
