import Foundation
import Machine
import Testing

/// How a server says that the two stand.
struct PairSaid: Decodable {
    struct Look: Decodable { var together: Bool? }
    var role: String
    var epoch: Int
    var bond: String
    var database: Look?
    var complaints: [String]
}

/// A suite about two servers of one site, each a computer of its own.
protocol ServerPair: FolderSite {}

extension ServerPair {
    /// The hosts of this test, or two that a developer keeps (KOPNIK_TEST_PAIR=main,standby): their images are built already.
    static func two(_ body: (BareHost, BareHost) async throws -> Void) async throws {
        let kept = ProcessInfo.processInfo.environment["KOPNIK_TEST_PAIR"]?.split(separator: ",").map(String.init) ?? []
        if kept.count == 2 { return try await body(BareHost(name: kept[0]), BareHost(name: kept[1])) }
        try await BareHost.fresh("main") { main in
            try await BareHost.fresh("standby") { standby in try await body(main, standby) }
        }
    }

    func address(_ host: BareHost) async throws -> String {
        let said = try await host.net(["ip", "-o", "-4", "address", "show", "dev", "eth0"]).text
        return try #require(said.firstMatch(of: #/inet ([0-9.]+)/#)).1.description
    }

    /// A line of SQL in the application's database.
    func psql(_ host: BareHost, _ sql: String) async throws -> CommandOutput {
        try await host.run(["kopnik", "psql", "-Atq", "-v", "ON_ERROR_STOP=1", "-c", sql], within: .seconds(20))
    }

    func containers(_ host: BareHost, _ service: String) async throws -> [String] {
        try await host.shell("docker ps -q --no-trunc --filter label=com.docker.swarm.service.name=kopnik_\(service)")
            .lines
    }

    /// - Parameters:
    ///   - more: what the site file says besides.
    ///   - beforeHandOver: what is to be done on the main server alone.
    func bringUp(
        _ main: BareHost, _ standby: BareHost, more: String = "", beforeHandOver: () async throws -> Void = {}
    ) async throws {
        let (first, second) = (try await address(main), try await address(standby))
        for host in [main, standby] {
            try await host.write(
                """
                sources: {server: demo, client: demo}
                hosts: {main: "ssh://root@\(first)", standby: "ssh://root@\(second)"}
                standby: {promise: strict}
                \(more)
                """, to: "\(Self.folder)/kopnik.yaml")
        }
        // The standby does not begin by itself: it would be another site.
        let early = try await kopnik(standby, "up --yes")
        #expect(early.exitCode == 1 && early.standardError.contains("kopnik standby accept"), "\(early.standardError)")
        let up = try await kopnik(main, "up --yes")
        try #require(up.succeeded, "\(up.standardError)\(up.standardOutput)")
        let alone = try await kopnik(main, "standby")
        #expect(alone.exitCode == 1 && alone.standardOutput.contains("main leads"), "\(alone)")
        try await beforeHandOver()
        try #require(try await kopnik(main, "standby hand-over /srv/handed").succeeded)
        #expect(try await main.shell("stat -c %a /srv/handed").text == "600")
        try FileManager.default.copyItem(
            atPath: main.rootFolder() + "/srv/handed", toPath: standby.rootFolder() + "/srv/handed")
        let accepted = try await kopnik(standby, "standby accept /srv/handed")
        try #require(accepted.succeeded, "\(accepted)")
        let follow = try await kopnik(standby, "up --yes")
        try #require(follow.succeeded, "\(follow.standardError)\(follow.standardOutput)")
        for service in ["mail", "crossbar", "nodejs", "files", "nginx", "dashboard"] {
            #expect(try await containers(standby, service).isEmpty, "\(service) runs on the standby")
        }
        let again = try await kopnik(standby, "plan")
        #expect(again.exitCode == 0, "\(again.standardOutput)")
    }

    func report(_ host: BareHost) async throws -> PairSaid? {
        let said = try await kopnik(host, "standby status --json", within: .seconds(30))
        return try? JSONDecoder().decode(PairSaid.self, from: Data(said.standardOutput.utf8))
    }

    func untilTogether(_ host: BareHost) async throws {
        let together = try await poll(for: .seconds(60)) { () -> Bool? in
            let now = try await report(host)
            return now?.bond == "together" && now?.database?.together == true ? true : nil
        }
        let shown = try await kopnik(host, "standby")
        try #require(together == true, "\(shown)")
        #expect(shown.succeeded && shown.standardOutput.contains("each write waits"), "\(shown)")
    }

    /// Switched on: Docker is started as its own unit would, and Swarm starts all tasks.
    func boot(_ host: BareHost, asNewBoot: Bool) async throws {
        // The kernel is this computer's, and so is the number of its boot: what the keeper gave before is taken away as a new number would.
        try await host.power("boot")
        if asNewBoot { _ = try await host.run(["rm", "-f", "\(Self.root)/var/lib/kopnik/permit/permit"]) }
        _ = try await host.shell(
            "rm -f /var/run/docker.pid; setsid --fork sh -c 'exec dockerd >>/var/log/dockerd-again.log 2>&1 </dev/null'"
        )
        let answers = try await poll(for: .seconds(30)) {
            try await host.run(["docker", "version"]).succeeded ? true : nil
        }
        try #require(answers == true, "Docker does not start")
    }
}
