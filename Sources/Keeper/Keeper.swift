import Blueprint
public import Deployment
import Foundation
import Machine
import Site
import Synchronization

/// The resident service of the stack: alone it holds Docker's socket, grants permits, keeps the schedules and watches.
public struct Keeper: Sendable {
    private let deployment: Deployment
    private let say: @Sendable (String) -> Void

    /// - Parameter say: takes one line for the log.
    public init(_ deployment: Deployment, say: @escaping @Sendable (String) -> Void) {
        self.deployment = deployment
        self.say = say
    }

    static let jobs = [
        Schedule.Job("disk", every: .seconds(60), retry: .seconds(60)),
        Schedule.Job("certificate", every: .seconds(600), retry: .seconds(60)),
    ]

    /// Runs until it is cancelled or killed.
    public func run() async throws {
        let layout = deployment.layout
        let files = deployment.world.files
        let reports = Reports()
        let permit = try grant()
        say(permit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work(reports) }
            // A job may take minutes; that the keeper lives is told all the while.
            group.addTask {
                while true {
                    let known = reports.all.withLock { $0.values.sorted { $0.name < $1.name } }
                    let model = KeeperModel(uptime: BootClock.now / .seconds(1), permit: permit, jobs: known)
                    // A full disk must not take away the one who tells of it.
                    do { try model.write(layout.keeper, files: files) } catch {
                        say("could not write what I know: \(error)")
                    }
                    try await Task.sleep(for: .seconds(2))
                }
            }
            try await group.next()
        }
    }

    /// The last report of each job, by its name.
    private final class Reports: Sendable {
        let all = Mutex<[String: KeeperModel.JobReport]>([:])
    }

    /// Does what is due, one after the other, for ever.
    private func work(_ reports: Reports) async throws {
        var schedule = Schedule(Self.jobs, now: BootClock.now)
        while true {
            for name in schedule.due(at: BootClock.now) {
                let (report, isDone) = await perform(name)
                let before = reports.all.withLock { $0.updateValue(report, forKey: name) }
                if before?.result != report.result { say("\(name): \(report.result)") }
                schedule.finished(name, well: isDone, at: BootClock.now)
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Decides whether the containers may start, and tells them.
    private func grant() throws -> String {
        let layout = deployment.layout
        let epoch = deployment.world.files.text(of: "\(layout.state)/epoch").flatMap { Int($0.trimmed) } ?? 1
        switch Gate.decide(boot: Computer.bootID, epoch: epoch, highest: nil) {
        case .grant(let permit):
            let path = "\(layout.permit)/permit"
            if deployment.world.files.text(of: path) != permit.text {
                try deployment.world.files.write(permit.text, to: path)
            }
            return "the containers may start: this is the only server (epoch \(epoch))"
        case .refuse(let reason):
            try deployment.world.files.remove("\(layout.permit)/permit")
            return reason
        }
    }

    /// A job that has to wait for a person's operation, which goes first.
    private struct Postponed: Error {
        var change: String
    }

    /// - Returns: what came of it, and whether it need not be tried again soon.
    private func perform(_ name: String) async -> (report: KeeperModel.JobReport, isDone: Bool) {
        let now = deployment.world.now()
        do {
            let result = name == "disk" ? try checkDisk() : try await keepCertificate()
            return (KeeperModel.JobReport(name: name, at: now, well: true, result: result), true)
        } catch let postponed as Postponed {
            let words = "soon, after what is going on: \(postponed.change)"
            return (KeeperModel.JobReport(name: name, at: now, well: true, result: words), false)
        } catch {
            let words = (error as? Failure).map { $0.what + ($0.because.map { ": \($0)" } ?? "") } ?? "\(error)"
            return (KeeperModel.JobReport(name: name, at: now, well: false, result: words), false)
        }
    }

    private func checkDisk() throws -> String {
        guard let use = DiskUse.read(deployment.layout.state) else {
            throw Failure("the disk's free space cannot be read")
        }
        guard use.percent < 80 else {
            throw Failure(
                use.percent >= 97 ? "the disk is full" : "the disk is \(use.percent) % full",
                because: "\(use.free >> 20) MB are free; the database stops when there is nothing left")
        }
        return "\(use.percent) % used"
    }

    /// Renews the certificate in time. An operation that a person runs goes first.
    private func keepCertificate() async throws -> String {
        let deployment = current
        var said: [String] = []
        for step in deployment.certificates() {
            var found = try await step.inspect()
            if let change = found.changes.first {
                guard let lock = try? deployment.lock(for: "keeper: \(change.summary)") else {
                    if let complaint = try await deployment.certificateComplaint() { throw complaint }
                    throw Postponed(change: change.summary)
                }
                defer { lock.release() }
                try await step.apply { _ in }
                try giveToOwner()
                found = try await step.inspect()
                found.summary = "done: " + found.summary
            }
            // The last step's is about the whole, unless it says what is missing.
            said = found.summary.hasPrefix(Deployment.noPublicCertificate) ? said + [found.summary] : [found.summary]
        }
        if let complaint = try await deployment.certificateComplaint() { throw complaint }
        return said.joined(separator: "; ")
    }

    /// The site as it runs now: an `up` that changed no file of the keeper's did not start it anew.
    private var current: Deployment {
        let layout = deployment.layout
        guard let text = deployment.world.files.text(of: layout.rememberedSite),
            let site = try? SiteFile.read(text: text, name: layout.rememberedSite)
        else { return deployment }
        return Deployment(world: deployment.world, site: site, layout: layout)
    }

    /// What the container's root made is read and removed by the person.
    private func giveToOwner() throws {
        // On a server it is root's; beside it lie certificates that are not ours.
        guard let owner = deployment.world.files.owner(of: deployment.layout.state), owner.user != 0 else { return }
        for folder in [
            deployment.layout.letsEncrypt, deployment.layout.logs, deployment.layout.authority, deployment.layout.acme,
        ] where deployment.world.files.exists(folder) {
            try deployment.world.files.setOwner(ofTree: folder, user: owner.user, group: owner.group)
        }
    }
}
