import Blueprint
import Foundation
import Machine
import Site
import Standby
import TestSupport
import Testing

@testable import Deployment

@Suite struct `A pair` {
    private let folder = TemporaryFolder()

    private func pair(_ commands: any CommandRunner = ScriptedRunner()) -> Pair {
        var site = Site.demo
        site.hosts = Site.Hosts(main: "ssh://root@203.0.113.10", standby: "ssh://root@198.51.100.20")
        return Pair(deployment: deployment(in: folder, site: site, commands))
    }
    private func record(_ role: HostRecord.Role, _ bond: Bond = .unpaired) -> HostRecord {
        HostRecord(name: .standby, role: role, epoch: 3, bond: bond, since: Date(timeIntervalSince1970: 1_700_000_000))
    }

    @Test func `keeps what a host knows of its part, and tells the database`() throws {
        let pair = pair()
        #expect(try pair.record() == nil)
        try pair.write(record(.primary, .together))
        #expect(try pair.record() == record(.primary, .together))
        #expect(Files().text(of: "\(folder.path)/var/lib/kopnik/pair/db/role") == "primary\n")
        let text = try #require(Files().text(of: "\(folder.path)/var/lib/kopnik/pair/db/pair.conf"))
        #expect(
            text.contains("kopnik.epoch = '3'") && text.contains("synchronous_standby_names = 'FIRST 1 (kopnik_peer)'"))
        #expect(pair.peerAddress(of: .standby) == "203.0.113.10")
    }

    @Test func `knows the difference between no part and one that cannot be read`() throws {
        try Files().write("{\"name\": \"main\"", to: "\(folder.path)/var/lib/kopnik/pair/record.json")
        #expect(throws: Failure.self) { try pair().record() }
    }

    @Test(arguments: [HostRecord.Role.standby, .fenced, .primary], Bond.allCases)
    func `has commits wait on a primary that is bound, and nowhere else`(role: HostRecord.Role, bond: Bond) {
        let text = Pair.text(record(role, bond), kept: 1024)
        #expect(text.contains("FIRST 1") == (role == .primary && bond == .together))
    }

    @Test func `understands what the other database says, and takes anything else for silence`() {
        #expect(Pair.answer("3 standby f") == .epoch(3, isPrimary: true))
        #expect(Pair.answer("2 main t") == .epoch(2, isPrimary: false))
        for text in ["", "x main t", " f", "3 main", "psql: error: connection refused"] {
            #expect(Pair.answer(text) == .silent)
        }
    }

    @Test func `tells a database that lets nobody in from one that is not there`() {
        let foreign =
            "psql: error: connection to server at \"10.0.0.2\", port 5432 failed: SSL error: certificate verify failed"
        #expect(Pair.distrust(foreign)?.contains("keys (SSL error: certificate verify failed)") == true)
        #expect(Pair.distrust("FATAL:  certificate authentication failed for user \"kopnik_replication\"") != nil)
        for trouble in [nil, "psql: error: connection to server failed: Connection refused", "timeout expired"] {
            #expect(Pair.distrust(trouble) == nil)
        }
    }

    @Test func `has keys by which each side is known to the other, and to no stranger`() async throws {
        let pair = pair(LocalCommandRunner())
        try pair.write(record(.standby))
        let keys = PairKeys(deployment: pair.deployment)
        #expect(try await keys.missing() == [.main, .standby] && keys.own == nil)
        try await keys.make()
        #expect(try await keys.missing().isEmpty)
        let own = try #require(keys.own)
        #expect(own.components(separatedBy: "-----BEGIN CERTIFICATE").count == 3 && own.contains("PRIVATE KEY"))
        #expect(mode(of: keys.path(.main)) == 0o600 && mode(of: pair.deployment.layout.pairKeys) == 0o700)
        let authority = "\(pair.deployment.layout.pairKeys)/authority.crt"
        try Files().write(
            own.components(separatedBy: "-----END CERTIFICATE-----\n")[1] + "-----END CERTIFICATE-----\n",
            to: "\(folder.path)/own.crt")
        func verify(_ address: String, _ purpose: String) async throws -> Bool {
            try await LocalCommandRunner().run(
                Command(
                    "openssl",
                    [
                        "verify", "-CAfile", authority, "-purpose", purpose, "-verify_ip", address,
                        "\(folder.path)/own.crt",
                    ])
            ).succeeded
        }
        for purpose in ["sslserver", "sslclient"] { #expect(try await verify("198.51.100.20", purpose)) }
        #expect(try await !verify("198.51.100.21", "sslserver"))
        // One that ends soon is made anew, of the authority that is here.
        let before = Files().text(of: authority)
        let short =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 20 -subj /CN=x -keyout /dev/null"
        let text = try await LocalCommandRunner().run(Command("sh", ["-c", short])).standardOutput
        try Files().write(
            own.replacing(
                own.components(separatedBy: "-----END")[0], with: text.components(separatedBy: "-----END")[0]),
            to: keys.path(.main))
        #expect(try await keys.missing() == [.main])
        try await keys.make()
        #expect(try await keys.missing().isEmpty && Files().text(of: authority) == before)
        // The same ones are kept, and one of another address is made anew.
        try await keys.make()
        #expect(keys.own == own)
        try Files().write("192.0.2.1", to: "\(pair.deployment.layout.pairKeys)/standby.address")
        #expect(try await keys.missing() == [.standby])
    }

    @Test func `shuts the ports between the two to everybody but the other host`() {
        let text = PeerFirewall(deployment: pair().deployment).text(peer: "203.0.113.10")
        let rules = text.split(separator: "\n").map { $0.trimmed }.filter { $0.contains("5432") }
        #expect(
            rules == [
                "fib daddr type local tcp dport { 5432, 5433 } ip saddr 203.0.113.10 accept",
                "fib daddr type local tcp dport { 5432, 5433 } drop",
            ])
        #expect(text.contains("priority dstnat - 20"))
        // Of one that is given up: nobody.
        let shut = PeerFirewall(deployment: pair().deployment).text(peer: nil)
        #expect(!shut.contains("saddr") && shut.contains("fib daddr type local tcp dport { 5432, 5433 } drop"))
    }

    @Test func `hands over what the other host needs, which takes it once`() async throws {
        let main = pair(LocalCommandRunner())
        var leads = record(.primary)
        leads.name = .main
        try main.write(leads)
        try Files().write("secret", to: "\(main.deployment.layout.secrets)/db-password", mode: 0o600)
        for kit in RecoveryKits(deployment: main.deployment).handedOver { try Files().write("a kit", to: kit) }
        let path = "\(folder.path)/handed"
        try await HandOver(deployment: main.deployment).write(to: path)
        #expect(mode(of: path) == 0o600)
        // On itself it is nothing.
        await #expect(throws: Failure.self) { try await HandOver(deployment: main.deployment).accept(path) }
        let other = TemporaryFolder()
        let there = deployment(in: other, site: main.deployment.site, LocalCommandRunner())
        let taken = try await HandOver(deployment: there).accept(path)
        #expect(taken.name == .standby && taken.role == .standby && taken.epoch == 3)
        #expect(Files().text(of: "\(there.layout.secrets)/db-password") == "secret")
        #expect(mode(of: "\(there.layout.secrets)/db-password") == 0o600)
        // The one at somebody's home serves this server, too.
        for kit in RecoveryKits(deployment: there).handedOver { #expect(Files().text(of: kit) == "a kit") }
        #expect(Files().text(of: there.layout.wishedSite) == main.deployment.site.completeYAML)
        // What was made later the other one does not have.
        let handed = HandedOver(deployment: main.deployment)
        #expect(handed.complaint == nil && HandedOver(deployment: there).complaint == nil)
        try Files().write("as a container needs it", to: "\(main.deployment.layout.repositorySecrets)/access")
        #expect(handed.complaint == nil)
        try Files().write("a key", to: "\(main.deployment.layout.repositorySecrets)/ssh-key")
        #expect(handed.complaint?.contains("kopnik standby hand-over") == true)
        // An older one does not bring it back.
        var later = taken
        later.epoch = 4
        try Pair(deployment: there).write(later)
        await #expect(throws: Failure.self) { try await HandOver(deployment: there).accept(path) }
        try Files().write("no archive", to: path)
        await #expect(throws: Failure.self) { try await HandOver(deployment: there).accept(path) }
    }

    @Test func `begins on the host that is named main, and on no other`() async throws {
        var site = Site.demo
        site.hosts = Site.Hosts(main: "ssh://127.0.0.1", standby: "ssh://198.51.100.20")
        let here = PairStep(deployment: deployment(in: folder, site: site, LocalCommandRunner()))
        #expect(try await !here.inspect().isClean)
        try await here.apply { _ in }
        #expect(try await here.inspect().isClean)
        #expect(try Pair(deployment: here.deployment).record()?.role == .primary)
        site.hosts = Site.Hosts(main: "ssh://198.51.100.20", standby: "ssh://127.0.0.1")
        let other = TemporaryFolder()
        for hosts in [site.hosts, Site.Hosts(main: "ssh://198.51.100.20", standby: "ssh://198.51.100.21")] {
            site.hosts = hosts
            let step = PairStep(deployment: deployment(in: other, site: site))
            await #expect(throws: Failure.self) { try await step.inspect() }
        }
    }
}
