import Blueprint
public import Deployment
import Foundation
import Machine
import Site
import Standby
import Synchronization

/// The resident service of the stack: alone it holds Docker's socket, grants permits, keeps the schedules and watches.
public struct Keeper: Sendable {
    private let deployment: Deployment
    private let say: @Sendable (String) -> Void
    private let remembered = RememberedSite()

    /// - Parameter say: takes one line for the log.
    public init(_ deployment: Deployment, say: @escaping @Sendable (String) -> Void) {
        self.deployment = deployment
        self.say = say
    }

    /// Each row is worked on by itself, for what it does may take long: a backup must not keep the disk from being watched.
    static let rows = [
        [
            Schedule.Job("disk", every: .seconds(60), retry: .seconds(60)),
            Schedule.Job("certificate", every: .seconds(600), retry: .seconds(60)),
        ],
        [Schedule.Job("log", every: .seconds(60), retry: .seconds(60))],
        [Schedule.Job("backup", every: .seconds(60), retry: .seconds(60))],
        [Schedule.Job("drill", every: .seconds(60), retry: .seconds(60))],
        [Schedule.Job("alerts", every: .seconds(15), retry: .seconds(15))],
    ]

    /// Runs until it is cancelled or killed.
    public func run() async throws {
        let layout = deployment.layout
        let files = deployment.world.files
        let reports = Reports()
        let standing = Standing(deployment)
        let epochs = EpochKeeping({ self.current }, standing, say)
        let pair = PairKeeping({ self.current }, standing, epochs, say)
        try await pair.begin()
        let watch = SiteWatch(
            { self.current },
            applicationPort: deployment.world.environment["KOPNIK_APPLICATION_PORT"].flatMap { Int($0) },
            fence: { standing.fence }
        ) { reports.alarms(of: Self.rows[0].count) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for jobs in Self.rows { group.addTask { try await work(jobs, reports) } }
            group.addTask { try await watch.run(say) }
            group.addTask { try await epochs.run() }
            group.addTask {
                try await pair.run { report in reports.all.withLock { $0["pair"] = report } }
            }
            // A job may take minutes; that the keeper lives is told all the while.
            group.addTask {
                while true {
                    let model = KeeperModel(
                        uptime: BootClock.now / .seconds(1), permit: standing.words, jobs: reports.known)
                    // A full disk must not take away the one who tells of it.
                    do {
                        try OverviewFolder(deployment).beat()
                        if try Pair(deployment: deployment).record() != nil {
                            try Mirror(deployment: deployment).beat()
                        }
                        try model.write(layout.keeper, files: files)
                    } catch {
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

        /// Sorted by name.
        var known: [KeeperModel.JobReport] { all.withLock { $0.values.sorted { $0.name < $1.name } } }

        /// What a person should look at; `nil` before each of the jobs ran once.
        func alarms(of count: Int) -> [String]? {
            let known = known
            return known.count < count ? nil : known.compactMap(\.alarm)
        }
    }

    /// Does what is due, one after the other, for ever.
    private func work(_ jobs: [Schedule.Job], _ reports: Reports) async throws {
        var schedule = Schedule(jobs, now: BootClock.now)
        while true {
            for name in schedule.due(at: BootClock.now) {
                // Where no place is named there is nothing to tell of; a server that does not lead leaves it to the one that does.
                let isIdle =
                    ["log", "backup", "drill"].contains(name) && current.site.backup.repository == nil
                    || name == "alerts" && Alerts(deployment: current).channels.isEmpty
                    || name != "disk" && !leads
                if isIdle {
                    reports.all.withLock { $0[name] = nil }
                    schedule.finished(name, well: true, at: BootClock.now)
                    continue
                }
                let (report, isDone) = await perform(name, reports.known)
                let before = reports.all.withLock { $0.updateValue(report, forKey: name) }
                if before?.result != report.result { say("\(name): \(report.result)") }
                schedule.finished(name, well: isDone, at: BootClock.now)
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Whether this is the server that leads, or the only one.
    private var leads: Bool {
        guard let record = try? Pair(deployment: deployment).record() else { return !current.site.hosts.isPair }
        return record.role == .primary
    }

    /// A job that has to wait for a person's operation, which goes first.
    private struct Postponed: Error {
        var change: String
    }

    /// - Returns: what came of it, and whether it need not be tried again soon.
    private func perform(_ name: String, _ known: [KeeperModel.JobReport]) async -> (
        report: KeeperModel.JobReport, isDone: Bool
    ) {
        let now = deployment.world.now()
        do {
            let result =
                switch name {
                case "disk": try checkDisk()
                case "log": try await BackupKeeping(deployment: current).log()
                case "backup": try await leavingToOwner { try await BackupKeeping(deployment: current).keep() }
                case "drill": try await leavingToOwner { try await BackupKeeping(deployment: current).drill() }
                case "alerts":
                    try await leavingToOwner { try await AlertKeeping(deployment: current).tell(known) }
                default: try await keepCertificate()
                }
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
        var said = ""
        for step in deployment.certificates() {
            var found = try await step.inspect()
            if let change = found.changes.first {
                guard let lock = try deployment.lockForKeeper(change.summary) else {
                    if let complaint = try await deployment.certificateComplaint() { throw complaint }
                    throw Postponed(change: change.summary)
                }
                defer { lock.release() }
                try await deployment.noted(change.summary, who: "keeper") { try await step.apply { _ in } }
                try giveToOwner()
                found = try await step.inspect()
                found.summary = "done: " + found.summary
            }
            // What is wanted and cannot be had is told beside what serves meanwhile.
            said = found.isPostponed ? "\(said); \(found.summary)" : found.summary
        }
        if let complaint = try await deployment.certificateComplaint() { throw complaint }
        return said
    }

    /// The site as it runs now: an `up` that changed no file of the keeper's did not start it anew.
    private var current: Deployment {
        guard let site = remembered.read(deployment.layout.rememberedSite, deployment.world.files) else {
            return deployment
        }
        return Deployment(world: deployment.world, site: site, layout: deployment.layout)
    }

    /// Does something for backups; what it wrote is the person's, however it ended.
    private func leavingToOwner(_ body: () async throws -> String) async throws -> String {
        let layout = deployment.layout
        defer { try? giveToOwner([layout.backup, layout.repositorySecrets, layout.logs, layout.alerts]) }
        return try await body()
    }

    /// What the container's root made is read and removed by the person.
    private func giveToOwner(_ folders: [String]? = nil) throws {
        // On a server it is root's; beside it lie certificates that are not ours.
        guard let owner = deployment.world.files.owner(of: deployment.layout.state), owner.user != 0 else { return }
        let layout = deployment.layout
        for folder in folders ?? [layout.letsEncrypt, layout.logs, layout.authority, layout.acme]
        where deployment.world.files.exists(folder) {
            try deployment.world.files.setOwner(ofTree: folder, user: owner.user, group: owner.group)
        }
    }
}
