import Foundation
import Machine
import Testing

/// The epochs that both servers read beside their backups, where one of them is silent.
extension LabTests {
    func epochsAreWrittenDown(_ leads: LabHost, _ follows: LabHost) async throws {
        // At the address by which the bare computer reaches this one, and so do the servers on it.
        let store = BackupStore(host: BareHost.shared)
        do {
            let address = try await store.turn("up")
            try await keepBackups(leads, follows, in: store, at: "sftp://root@\(address):2222\(store.disk)")
            let epoch = try #require(try await leads.report()?.epoch)
            try await untilWritten(epoch, by: leads, in: store)
            try await startsByWhatIsWritten(leads, follows)
            try await isFencedByWhatIsWritten(leads, follows, store)
            try await insistsWhereNobodyAnswers(leads: follows, follows: leads, store)
            for host in [leads, follows] {
                try #require(try await host.run(["sed", "-i", "/^backup:/d", "kopnik.yaml"]).succeeded)
                let up = try await host.kopnik("up --yes")
                try #require(up.succeeded, "\(up)")
            }
            try await leads.untilTogether()
        } catch {
            try await store.turn("down")
            throw error
        }
        try await store.turn("down")
    }

    private func keepBackups(_ leads: LabHost, _ follows: LabHost, in store: BackupStore, at repository: String)
        async throws
    {
        for host in [leads, follows] {
            let added = try await host.run([
                "sh", "-c", "printf 'backup: {repository: \"%s\"}\\n' '\(repository)' >>kopnik.yaml",
            ])
            try #require(added.succeeded)
        }
        let up = try await leads.kopnik("up --yes")
        try #require(up.succeeded, "\(up)")
        let stranger = try await leads.kopnik("backup setup --yes")
        let key = try #require(stranger.lines.first { $0.hasPrefix("ssh-ed25519 ") }, "\(stranger)")
        try await store.turn("allow", input: key + "\n")
        let setUp = try await leads.kopnik("backup setup --yes")
        try #require(setUp.succeeded, "\(setUp)")
        try await leads.handOver(to: follows)
        try await leads.untilTogether()
    }

    private func marks(_ store: BackupStore) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(store.disk)/epochs")) ?? []).sorted()
    }

    /// The keeper does it by itself, and knows that the other one knows.
    private func untilWritten(_ epoch: Int, by host: LabHost, in store: BackupStore) async throws {
        let record = "/root/.local/share/kopnik/kopnik/var/lib/kopnik/pair/record.json"
        let isWritten = try await poll(for: .seconds(90), every: .milliseconds(500)) {
            try await host.run(["grep", "-q", "recordedIn", record]).succeeded ? true : nil
        }
        let said = try await host.kopnik("logs keeper --lines 15")
        try #require(isWritten == true, "\(said)")
        #expect(marks(store).contains("\(epoch)-\(host.name)"), "\(marks(store))")
    }

    private func restart(_ host: LabHost) async throws {
        try await host.power("kill")
        try await host.power("boot")
    }

    /// A main server that starts while the other one is switched off need not wait for it.
    private func startsByWhatIsWritten(_ leads: LabHost, _ follows: LabHost) async throws {
        try await follows.power("kill")
        try await restart(leads)
        let grants = try await poll(for: .seconds(120), every: .seconds(1)) {
            try await leads.kopnik("logs keeper --lines 20").standardOutput.contains(
                "by what is written beside the backups") ? true : nil
        }
        let said = try await leads.kopnik("logs keeper --lines 20")
        #expect(grants == true, "\(said)")
        // Its database runs, and its writes wait: the promise is strict.
        let reads = try await poll(for: .seconds(60), every: .seconds(1)) {
            try await leads.psql("SELECT 1").succeeded ? true : nil
        }
        #expect(reads == true)
        try await follows.power("boot")
        try await leads.untilTogether()
    }

    /// The old main server starts while the one that took over is switched off: it sees it all the same.
    private func isFencedByWhatIsWritten(_ leads: LabHost, _ follows: LabHost, _ store: BackupStore) async throws {
        let epoch = try #require(try await leads.report()?.epoch)
        try await leads.power("kill")
        let failover = try await follows.kopnik("failover --confirm kopnik")
        try #require(failover.succeeded, "\(failover)")
        #expect(marks(store).contains("\(epoch + 1)-\(follows.name)"), "\(marks(store))")
        try await follows.power("kill")
        try await leads.power("boot")
        try await leads.untilFenced()
        try await follows.power("boot")
        let serves = try await poll(for: .seconds(120), every: .seconds(1)) {
            try await follows.psql("SELECT 1").succeeded ? true : nil
        }
        try #require(serves == true)
        try await leads.rejoin(behind: follows)
        try await untilWritten(epoch + 1, by: follows, in: store)
    }

    /// Where it cannot be written down, the old main server could start again by what stands there: somebody has to say that it cannot.
    private func insistsWhereNobodyAnswers(leads: LabHost, follows: LabHost, _ store: BackupStore) async throws {
        try await store.turn("away")
        try await leads.power("kill")
        let refused = try await follows.kopnik("failover --confirm kopnik")
        #expect(refused.exitCode == 1 && refused.standardError.contains("--without-record"), "\(refused)")
        #expect(try await follows.report()?.role == "standby")
        let insisted = try await follows.kopnik("failover --confirm kopnik --without-record")
        try #require(insisted.succeeded, "\(insisted)")
        try await store.turn("back")
        try await leads.comeBack(behind: follows)
    }
}
