import Blueprint
import Foundation
import Machine
import Site
import Standby
import TestSupport
import Testing

@testable import Deployment

@Suite struct `A site of two servers that was brought back on one` {
    private let folder = TemporaryFolder()
    private let hosts = Site.Hosts(main: "ssh://root@203.0.113.10", standby: "ssh://root@198.51.100.20")
    private var deployment: Deployment { DeploymentTests.deployment(in: folder) }

    private func led(_ epoch: Int) throws {
        try Pair(deployment: deployment).write(
            HostRecord(name: .standby, role: .primary, epoch: epoch, bond: .together, since: .distantPast))
    }

    @Test func `has no part in a pair any more, and an epoch that neither of the two can be in`() throws {
        try led(2)
        let outcome = try AloneAgain(deployment: deployment).settle(hosts)
        #expect(outcome == .init(were: "main 203.0.113.10, standby 198.51.100.20", epoch: 102))
        // Else nothing would start: a server that led waits for an answer of the other one.
        #expect(try Pair(deployment: deployment).record() == nil)
        #expect(!Files().exists(deployment.layout.pair))
        #expect(deployment.lastEpoch == 102)
    }

    @Test func `has a higher epoch each time, also where it was broken off`() throws {
        try led(2)
        _ = try AloneAgain(deployment: deployment).settle(hosts)
        try led(2)
        #expect(try AloneAgain(deployment: deployment).settle(hosts)?.epoch == 202)
        // Backups of a time when it was alone.
        #expect(try AloneAgain(deployment: deployment).settle(Site.Hosts())?.epoch == 302)
        for known in [1, 2, 99, 102] {
            #expect(AloneAgain.epoch(after: known) >= known + AloneAgain.unseen)
        }
    }

    @Test func `does not need to understand what the old server knew`() throws {
        try Files().write("{", to: "\(deployment.layout.pair)/record.json")
        #expect(try AloneAgain(deployment: deployment).settle(hosts)?.epoch == 101)
        #expect(try Pair(deployment: deployment).record() == nil)
    }

    @Test func `is none where there never were two`() throws {
        #expect(try AloneAgain(deployment: deployment).settle(Site.Hosts()) == nil)
        #expect(deployment.lastEpoch == nil && !Files().exists(deployment.epochPath))
    }

    @Test func `becomes the main one of two again in its own epoch, and no standby`() async throws {
        try Files().write("102\n", to: deployment.epochPath)
        try Files().write(Site.demo.completeYAML, to: deployment.layout.rememberedSite)
        func step(main: String, standby: String) -> PairStep {
            var site = Site.demo
            site.hosts = Site.Hosts(main: "ssh://\(main)", standby: "ssh://\(standby)")
            return PairStep(deployment: DeploymentTests.deployment(in: folder, site: site, LocalCommandRunner()))
        }
        // The old file, on another computer or on one that got the standby's address.
        for standby in ["198.51.100.20", "127.0.0.1"] {
            let failure = await #expect(throws: Failure.self) {
                try await step(main: "203.0.113.10", standby: standby).inspect()
            }
            #expect(failure?.what.contains("this server runs the site") == true)
            #expect(failure?.fix?.contains("take 'hosts' out") == true)
        }
        let main = step(main: "127.0.0.1", standby: "198.51.100.20")
        try await main.apply { _ in }
        let record = try #require(try Pair(deployment: main.deployment).record())
        #expect(record.role == .primary && record.name == .main && record.epoch == 103)
    }
}
