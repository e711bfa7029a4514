import Blueprint
import Deployment
import Foundation
import Site
import TestSupport
import Testing

@testable import Keeper

@Suite struct `What the keeper tells people of` {
    private let folder = TemporaryFolder()

    private func keeping(_ site: Site) -> AlertKeeping {
        AlertKeeping(deployment: Deployment(world: .test(), site: site, layout: Layout(prefix: folder.path)))
    }

    private func report(_ name: String, _ well: Bool) -> KeeperModel.JobReport {
        KeeperModel.JobReport(name: name, at: Date(), well: well, result: "words of \(name)")
    }

    @Test func `is each of its jobs that ran, and no other`() {
        let looks = keeping(Site(domain: "kopnik.org")).looks([report("disk", false), report("certificate", true)])
        let told = looks.map { "\($0.source.name): \($0.words ?? "well")" }
        #expect(
            told == [
                "disk: words of disk", "certificate: well", "log: well", "backup: well", "drill: well",
                "gap in the log: well", "recovery kit: well",
            ])
    }

    @Test func `says nothing of a backup before it was looked at`() {
        let site = Site(
            backup: Site.Backup(repository: .sftp(user: "a", host: "nas", port: 22, path: "/b")))
        #expect(keeping(site).looks([]).map(\.source.name) == ["gap in the log", "recovery kit"])
        #expect(
            keeping(site).looks([report("alerts", false)]).map(\.source.name) == ["gap in the log", "recovery kit"])
    }

    @Test func `is of jobs that there are`() {
        let jobs = Keeper.rows.flatMap { $0.map(\.name) }
        #expect(AlertKeeping.jobs.allSatisfy { jobs.contains($0.name) })
    }
}
