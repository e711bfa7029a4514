import Foundation
import Machine
import Site
import Standby
import TestSupport
import Testing

@testable import Deployment

@Suite struct `Who makes the backups` {
    private let folder = TemporaryFolder()

    private func record(_ role: HostRecord.Role, _ epoch: Int) -> HostRecord {
        HostRecord(name: .main, role: role, epoch: epoch, since: .distantPast)
    }

    private func site(_ role: HostRecord.Role, _ epoch: Int) throws -> Deployment {
        var site = Site.demo
        site.hosts = Site.Hosts(main: "ssh://root@203.0.113.10", standby: "ssh://root@198.51.100.20")
        site.backup.repository = .sftp(user: "kopnik", host: "nas.example.org", port: 22, path: "/srv/backup")
        let deployment = deployment(in: folder, site: site)
        try Pair(deployment: deployment).write(record(role, epoch))
        return deployment
    }

    @Test func `is the only server, or the one that leads and was given the repository`() {
        for isReady in [true, false] {
            #expect(Deployment.backupMaker(nil, isReady: isReady) == .this)
            // In the first epoch nobody else ever made any.
            #expect(Deployment.backupMaker(record(.primary, 1), isReady: isReady) == .this)
            #expect(Deployment.backupMaker(record(.standby, 2), isReady: isReady) == .other)
            #expect(Deployment.backupMaker(record(.fenced, 2), isReady: isReady) == .other)
        }
        #expect(Deployment.backupMaker(record(.primary, 2), isReady: true) == .this)
        #expect(Deployment.backupMaker(record(.primary, 2), isReady: false) == .nobody)
    }

    @Test(arguments: [HostRecord.Role.standby, .fenced])
    func `is never a server that does not lead, whatever is typed there`(role: HostRecord.Role) async throws {
        let deployment = try site(role, 2)
        let backup = await #expect(throws: Failure.self) { try await Backup(deployment: deployment).run() }
        #expect(backup?.because?.contains("does not lead") == true)
        let setup = #expect(throws: Failure.self) { try BackupSetup(deployment: deployment).repository() }
        #expect(setup?.because?.contains("does not lead") == true)
        #expect(deployment.examineBackups().map(\.level) == [.good])
    }

    @Test func `is told to be nobody until the new leader is given the repository`() async throws {
        let deployment = try site(.primary, 2)
        let backup = await #expect(throws: Failure.self) { try await Backup(deployment: deployment).run() }
        #expect(backup?.fix == "kopnik backup setup --take-over")
        let finding = try #require(deployment.examineBackups().first)
        #expect(finding.level == .problem && finding.fix == "kopnik backup setup --take-over")
    }

    @Test func `is said in words that fit one server and two`() {
        let since = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(Backup.foreign(since: since, isPair: false).because?.hasSuffix("the site was restored there") == true)
        let two = Backup.foreign(since: since, isPair: true)
        #expect(two.because?.contains("the one that led then") == true && two.fix?.contains("--take-over") == true)
    }
}
