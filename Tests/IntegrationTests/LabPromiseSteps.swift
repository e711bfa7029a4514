import Foundation
import Machine
import Testing

/// The promise `available`: writes go on without the standby after a while, and may be lost with the server that took them.
extension LabTests {
    func availableMayLose(_ first: LabHost, _ second: LabHost) async throws {
        for host in [first, second] {
            try #require(
                try await host.run(["sed", "-i", "s/promise: strict/promise: available/", "kopnik.yaml"]).succeeded)
            let up = try await host.kopnik("up --yes")
            try #require(up.succeeded, "\(up)")
        }
        try await first.untilTogether()
        try await losesNothingWhileTogether(first, second)
        try await losesWhatWasWrittenAlone(second, first)
        try await areAlike(first, second)
    }

    /// As under `strict`, as long as the two reach each other.
    private func losesNothingWhileTogether(_ leads: LabHost, _ follows: LabHost) async throws {
        let acknowledged = try await dieUnderWriting(leads, 60)
        let failover = try await follows.kopnik("failover --confirm kopnik")
        try #require(failover.succeeded, "\(failover)")
        try await has(follows, acknowledged)
        try await leads.comeBack(behind: follows)
    }

    /// The cable is pulled, the site goes on by itself, and then its server dies.
    private func losesWhatWasWrittenAlone(_ leads: LabHost, _ follows: LabHost) async throws {
        let first = 70_000_000
        let writer = try await Writer(leads, from: first)
        try await untilWritten(leads, from: first)
        let start = ContinuousClock.now
        try await leads.power("unplug")
        func count() async throws -> Int {
            Int(try await leads.psql("SELECT count(*) FROM lost_set WHERE n >= \(first)").text) ?? 0
        }
        let isAlone = try await poll(for: .seconds(90)) { try await leads.report()?.bond == "lost" ? true : nil }
        try #require(isAlone == true, "writes wait for ever")
        print(
            "available: writes went on alone \(ProgressLine.time(start.duration(to: .now))) after the cable was pulled")
        let alone = try await count()
        let goesOn = try await poll(for: .seconds(30)) { try await count() > alone + 50 ? true : nil }
        try #require(goesOn == true)
        try await leads.power("kill")
        let acknowledged = try await writer.acknowledged()
        let refused = try await follows.kopnik("failover --confirm kopnik")
        #expect(refused.exitCode == 1 && refused.standardError.contains("--allow-data-loss"), "\(refused)")
        let failover = try await follows.kopnik("failover --confirm kopnik --allow-data-loss")
        try #require(failover.succeeded, "\(failover)")
        #expect(failover.standardOutput.contains("may be lost"), "\(failover)")
        let stored = Set(try await follows.psql("SELECT n FROM lost_set").lines.compactMap { Int($0) })
        let lost = acknowledged.subtracting(stored)
        print(
            "available: \(lost.count) of \(acknowledged.count) acknowledged rows were lost; all of them written alone")
        #expect(lost.count >= 50)
        // What was acknowledged while the two reached each other is all there: the lost ones are the last.
        let kept = acknowledged.intersection(stored).max() ?? 0
        #expect(lost.allSatisfy { $0 > kept }, "\(lost.sorted().prefix(20))")
        try await leads.power("plug")
        try await leads.comeBack(behind: follows)
    }
}
