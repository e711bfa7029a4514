import Blueprint
import Deployment
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Keeper

@Suite struct `A permit` {
    @Test func `is read back as it was written`() {
        let permit = Permit(boot: "6f0c", epoch: 3)
        #expect(permit.text == "6f0c\nepoch 3\n")
        #expect(Permit(text: permit.text) == permit)
    }
    @Test(arguments: ["", "boot", "boot\nepoch", "boot\nepoch x\n", "boot\nage 3", "a\nb\nepoch 1"])
    func `is not read from anything else`(text: String) { #expect(Permit(text: text) == nil) }
}

@Suite struct `The schedule` {
    private var schedule = Schedule(
        [
            .init("disk", every: .seconds(60), retry: .seconds(60)),
            .init("certificate", every: .seconds(3600), retry: .seconds(60)),
        ], now: .seconds(5))

    @Test func `has every job due at once, and none before`() {
        #expect(schedule.due(at: .seconds(5)) == ["disk", "certificate"])
        #expect(schedule.due(at: .seconds(4)).isEmpty)
    }

    @Test mutating func `has a job due again after its period, to the moment`() {
        schedule.finished("disk", well: true, at: .seconds(10))
        schedule.finished("certificate", well: true, at: .seconds(10))
        #expect(schedule.due(at: .seconds(69)).isEmpty)
        #expect(schedule.due(at: .seconds(70)) == ["disk"])
    }

    @Test mutating func `tries a failed job again after twice as long each time, and never less often than its period`()
    {
        var waits: [Duration] = []
        var now = Duration.seconds(5)
        for _ in 0..<9 {
            schedule.finished("certificate", well: false, at: now)
            let next = (1...4000).first { schedule.due(at: now + .seconds($0)).contains("certificate") }
            waits.append(.seconds(next ?? 0))
            now += waits.last ?? .zero
        }
        #expect(waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600].map { .seconds($0) })
    }

    @Test mutating func `forgets failures after a success`() {
        for _ in 0..<5 { schedule.finished("certificate", well: false, at: .zero) }
        schedule.finished("certificate", well: true, at: .zero)
        schedule.finished("certificate", well: false, at: .seconds(100))
        #expect(schedule.due(at: .seconds(160)).contains("certificate"))
    }

    @Test mutating func `survives failures without end`() {
        for _ in 0..<100 { schedule.finished("certificate", well: false, at: .zero) }
        #expect(schedule.due(at: .seconds(3600)).contains("certificate"))
    }

    @Test mutating func `does not mind a name it does not know`() {
        let before = schedule
        schedule.finished("nobody", well: true, at: .seconds(99))
        #expect(schedule == before)
    }
}

@Suite struct `What the keeper knows` {
    let folder = TemporaryFolder()
    private let model = KeeperModel(
        uptime: 1000, permit: "p",
        jobs: [
            .init(name: "certificate", at: Date(timeIntervalSince1970: 1_700_000_000), well: true, result: "90 days"),
            .init(
                name: "disk", at: Date(timeIntervalSince1970: 1_700_000_000), well: false, result: "the disk is full"),
        ])

    @Test func `is read back as it was written`() throws {
        try model.write(folder.path, files: Files())
        #expect(KeeperModel.read(folder.path, files: Files()) == model)
    }
    @Test func `is nothing where there is no file, or half of one`() throws {
        #expect(KeeperModel.read(folder.path, files: Files()) == nil)
        try Files().write("{\"uptime\": 1", to: folder.path + "/model.json")
        #expect(KeeperModel.read(folder.path, files: Files()) == nil)
    }
    @Test func `alarms about what did not end well`() { #expect(model.alarms == ["disk: the disk is full"]) }

    @Test func `is fresh for twenty seconds`() {
        #expect(model.isFresh(now: .seconds(1000)) && model.isFresh(now: .seconds(1019)))
        #expect(!model.isFresh(now: .seconds(1020)) && !model.isFresh(now: .seconds(90_000)))
    }

    @Test func `is not fresh when it was written before the computer was switched off`() {
        do {
            #expect(!model.isFresh(now: .seconds(30)))
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The keeper` {
    let folder = TemporaryFolder()

    /// Runs it until the condition holds, and gives what it said.
    private func run(until isEnough: @escaping @Sendable (Layout, Files) -> Bool) async throws -> (
        Layout, said: [String]
    ) {
        let layout = Layout(prefix: folder.path)
        let deployment = Deployment(
            world: .test(ScriptedRunner([(["docker"], CommandOutput())], real: ["openssl"])), site: Site(),
            layout: layout)
        let path = folder.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Keeper(deployment) { line in try? Files().append(line + "\n", to: path + "/said") }.run()
            }
            let met = try await poll(for: .seconds(30), every: .milliseconds(10)) {
                isEnough(layout, Files()) ? true : nil
            }
            group.cancelAll()
            #expect(met == true)
            do { try await group.next() } catch is CancellationError {}
        }
        return (layout, (Files().text(of: path + "/said") ?? "").split(separator: "\n").map(String.init))
    }

    @Test func `grants this boot, and tells what it found`() async throws {
        try Files().makeFolder(folder.path + "/var/lib/kopnik")
        let (layout, said) = try await run { layout, files in
            KeeperModel.read(layout.keeper, files: files)?.jobs.count == 2
        }
        #expect(
            Permit(text: Files().text(of: layout.permit + "/permit") ?? "") == Permit(boot: Computer.bootID, epoch: 1))
        let model = try #require(KeeperModel.read(layout.keeper, files: Files()))
        #expect(model.isFresh() && model.jobs.map(\.name) == ["certificate", "disk"])
        #expect(said.first?.hasPrefix("the containers may start") == true)
        #expect(said.contains { $0.hasPrefix("disk: ") } && said.contains { $0.hasPrefix("certificate: ") })
    }

    @Test func `makes the certificate that is missing, and keeps the site's epoch`() async throws {
        try Files().write("7\n", to: folder.path + "/var/lib/kopnik/epoch")
        let (layout, _) = try await run { layout, files in
            KeeperModel.read(layout.keeper, files: files)?.jobs.count == 2
        }
        #expect(Files().exists(layout.letsEncrypt + "/live/kopnik.localhost/fullchain.pem"))
        #expect(Permit(text: Files().text(of: layout.permit + "/permit") ?? "")?.epoch == 7)
        #expect(FileLock.holder(of: layout.lock) == nil)
    }

    @Test func `leaves the certificate to a person who is at work`() async throws {
        let layout = Layout(prefix: folder.path)
        let person = LockHolder(process: 1, user: "anna", command: "kopnik up", since: .now)
        guard case .taken(let lock) = try FileLock.take(layout.lock, as: person) else { throw Failure("held") }
        _ = try await run { layout, files in KeeperModel.read(layout.keeper, files: files)?.jobs.count == 2 }
        let report = try #require(
            KeeperModel.read(layout.keeper, files: Files())?.jobs.first { $0.name == "certificate" })
        #expect(report.well && report.result.contains("after what is going on"))
        #expect(!Files().exists(layout.letsEncrypt + "/live"))
        lock.release()
    }
}
