import Blueprint
import Engine
import Foundation
import Machine
import Site
public import Standby

/// The standby takes over from a main server that is gone.
public struct Failover: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var pair: Pair { Pair(deployment: deployment) }

    /// What was looked at before, and what came of it.
    public struct Finding: Sendable {
        /// What this host knows of itself.
        public var record: HostRecord?
        /// What it knows of the other.
        public var view: StandbyView
        /// Whether it may take over.
        public var judgement: FailoverJudgement
        /// Begun and broken off: the epoch is raised, and the database follows still.
        public var isUnfinished = false
        /// The other one has all that is here and may lead in its turn: unlike after the death of a main server, its silence proves nothing.
        var isAfterStepDown = false
        /// Where the main server reads which epochs have begun, should it start while this one is silent.
        var recordedIn: String?
        /// Whether that it takes over is to be written down there.
        public var isWrittenDown = true
    }

    /// What it came to.
    public struct Outcome: Sendable {
        /// The epoch that began.
        public var epoch: Int
        /// Until the database took its first write.
        public var firstWrite: Duration
        /// Until the whole site was healthy.
        public var whole: Duration
        /// For how many seconds the uploaded files had not come when it began; `nil`: they never did.
        public var filesAge: Double?
        /// What came of comparing rows with files, in words.
        public var files: String
        /// The first names of files that rows name and that are not here; `nil`: none is missing.
        public var missingFiles: String?
        /// Where all their names are.
        public var missingList: String
    }

    /// Looks, and changes nothing.
    public func look() async throws -> Finding {
        let record = try pair.record()
        let promise = deployment.site.standby.promise
        guard let record, record.role != .fenced else {
            let view = StandbyView(together: false, silence: nil)
            return Finding(record: record, view: view, judgement: .of(record, promise, view, signs: []))
        }
        let look = try await patientLook()
        let silence = look.stream.map(\.silence) ?? pair.silence()
        let view = StandbyView(
            together: look.together == true && look.epoch == record.epoch, silence: silence,
            isBarred: look.barred == true)
        if record.role == .primary, look.isInRecovery {
            return Finding(
                record: record, view: view,
                judgement: .complete("it was begun already, and what was to be decided was decided then"),
                isUnfinished: true)
        }
        func finding(_ signs: [String] = []) -> Finding {
            Finding(
                record: record, view: view, judgement: .of(record, promise, view, signs: signs),
                recordedIn: look.recordedIn)
        }
        guard record.role == .standby, let peer = pair.peerAddress(of: record.name) else { return finding() }
        // All ways are tried at once, and each of them once: one that is silent takes seconds.
        async let asked = pair.ask()
        async let open = openPorts(at: peer)
        let answer = await asked
        if SwitchoverJudgement.hasSteppedDown(for: record, told: look.steppedDown, answer) {
            return Finding(record: record, view: view, judgement: Self.steppedDown, isAfterStepDown: true)
        }
        if look.steppedDown == record.epoch, case .epoch(_, isPrimary: false) = answer {
            return Finding(
                record: record, view: view,
                judgement: .refused(
                    because: "this server stepped down for the other one, which has all that was written",
                    fix: "on the other server:  kopnik switchover"))
        }
        return finding(Self.signs(look.stream, answer, open: try await open, at: peer))
    }

    /// Its container may just be exchanged, or its server just be starting.
    private func patientLook() async throws -> PairLook {
        let pair = pair
        if let look = try await poll(for: .seconds(20), every: .seconds(1), until: { try? await pair.look() }) {
            return look
        }
        return try await pair.look()
    }

    static let steppedDown = FailoverJudgement.complete("the main server stepped down for this one")

    /// Those of the site's and the database's ports at which the other server answers.
    private func openPorts(at peer: String) async throws -> [Int] {
        guard let container = try await pair.container() else { return [] }
        let docker = deployment.docker
        return await withTaskGroup(of: Int?.self) { group in
            for port in [deployment.site.ports.http, deployment.site.ports.https, PairPlan.port] {
                group.addTask {
                    let words = ["exec", "--user", "postgres", container, "peer", "open", peer, "\(port)"]
                    return (try? await docker.run(words, timeLimit: .seconds(10)))?.text == "\(port)" ? port : nil
                }
            }
            return await group.reduce(into: []) { open, port in if let port { open.append(port) } }
        }
    }

    /// Every way by which the other server still answers, in words.
    static func signs(_ stream: PairLook.Stream?, _ answer: PeerAnswer, open: [Int], at peer: String) -> [String] {
        var (signs, open) = ([String](), open)
        if let stream, stream.isStreaming, stream.silence < 5 {
            signs.append("it sends what is written, \(String(format: "%.1f", stream.silence)) s ago")
        }
        switch answer {
        case .epoch(let epoch, isPrimary: true): signs.append("its database takes writes (epoch \(epoch))")
        // One that follows too leads nobody, though what it had to send may still come.
        case .epoch:
            open.removeAll { $0 == PairPlan.port }
            signs.removeAll()
        case .silent, .none: break
        }
        if !open.isEmpty {
            let words = open.sorted().map(String.init).joined(separator: " and ")
            signs.append("something answers at \(peer), port \(words)")
        }
        return signs
    }

    /// Takes over. The epoch is raised on the disk before anything else: from then on the other server, should it come back, stays
    /// stopped. Broken off, the same call goes on.
    public func run(_ finding: Finding, _ detail: @escaping @Sendable (String) async -> Void) async throws -> Outcome {
        let start = ContinuousClock.now
        guard var record = finding.record else { throw Failure("this site has one server", fix: "kopnik standby") }
        try pair.mustStillBe(record)
        let filesAge = Mirror(deployment: deployment).age(of: record)
        if !finding.isUnfinished {
            var epoch = record.epoch + 1
            // After a step down the other one knows that it does not lead, and writes nothing by itself.
            if !finding.isAfterStepDown {
                let epochs = EpochRecord(deployment: deployment)
                if finding.isWrittenDown {
                    await detail("writing it down beside the backups")
                    try await epochs.beginTakingOver(epoch, by: record.name, readIn: finding.recordedIn)
                } else if let highest = await epochs.ask().epoch {
                    // Whoever insists is to be above all that stands there.
                    epoch = max(epoch, highest + 1)
                }
            }
            // Nobody else's backups are gone on with unasked.
            try RepositoryStep(deployment: deployment).forget()
            record = HostRecord(
                name: record.name, role: .primary, epoch: epoch,
                bond: finding.isAfterStepDown ? .lost : .unpaired, since: deployment.world.now())
            try pair.write(record)
        }
        await detail("promoting the database, epoch \(record.epoch)")
        try await pair.reload()
        try await pair.sql("SELECT pg_promote(wait => true, wait_seconds => 10);", toDo: "promote the database")
        let pair = pair
        let isUp = try await poll(for: .seconds(60), every: .milliseconds(100)) {
            try await pair.look().isInRecovery ? nil : true
        }
        guard isUp == true else {
            throw Failure(
                "the database does not end its following", because: "a minute has passed since it was told to",
                fix: "kopnik logs db; then the same command again")
        }
        try await pair.keepForFollower()
        try await pair.tell(record, together: false)
        // A database that an older kopnik made has no such columns, and nothing in them.
        _ = try? await pair.forgetWhatWasTold()
        let firstWrite = start.duration(to: .now)
        await detail("starting the rest of the site")
        try await raise(detail)
        let whole = start.duration(to: .now)
        await detail("comparing rows with files")
        let (files, missing) = await compareFiles()
        return Outcome(
            epoch: record.epoch, firstWrite: firstWrite, whole: whole, filesAge: filesAge, files: files,
            missingFiles: missing, missingList: NamedFiles.list(deployment.layout))
    }

    /// A row comes before its file. The site leads already: what cannot be compared is told, and no reason to fail.
    private func compareFiles() async -> (words: String, missing: String?) {
        do {
            let named = try await deployment.compareRunningFiles()
            try LeftFiles(deployment: deployment).want(named.missing)
            return (named.words, named.missing.isEmpty ? nil : NamedFiles.names(named.missing))
        } catch let failure as Failure { return (failure.inOneLine, nil) } catch { return ("\(error)", nil) }
    }
}

extension Failover {
    /// Starts what a standby has switched off. What does not get healthy is told and left as it is: to go back would be to a site
    /// that is down as a whole.
    private func raise(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        // A newer program than the last 'up' here knew has images of its own, which would be missing.
        let images = ImagesStep(deployment: deployment)
        if try await !images.inspect().isClean { try await images.apply(detail) }
        guard let plan = try await deployment.stackPlan() else {
            throw Failure(
                "the database leads now, and the rest of the site cannot be started",
                because: "its sources are not here",
                fix: "kopnik up")
        }
        let blueprint = try deployment.blueprint(plan)
        try await StackRaising(deployment: deployment, detail: detail).raise(
            files: blueprint.files, release: plan.release, site: deployment.site.completeYAML,
            for: deployment.options.patience)
        try await Releases(deployment: deployment).record()
    }
}

/// A server that led once follows the one that leads now.
public struct Rejoin: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var pair: Pair { Pair(deployment: deployment) }

    /// Looks whether it can be done.
    /// - Returns: the epoch to follow.
    public func check() async throws -> Int {
        guard let record = try pair.record() else {
            throw Failure(
                "this server is not one of two", because: "nothing was written down here of another one",
                fix: "docs/standby.md")
        }
        let (answer, trouble) = try await pair.askWhereNoneRuns()
        guard case .epoch(let epoch, let isPrimary) = answer else {
            throw Failure(
                "the other server's database does not answer",
                because: "only from one that leads can this one be copied" + (trouble.map { "; \($0)" } ?? ""),
                fix: "on the other server:  kopnik standby;  here:  kopnik logs db")
        }
        guard isPrimary else {
            throw Failure(
                "the other server does not lead", because: "its database follows, in epoch \(epoch)",
                fix: "decide which one is to lead; on that one:  kopnik failover --plan")
        }
        guard record.role != .primary || epoch > record.epoch else {
            throw Failure(
                "this server leads itself", because: "it is in epoch \(record.epoch), the other one in \(epoch)",
                fix: "on the other server:  kopnik rejoin")
        }
        return epoch
    }

    /// Has everything here end, and makes this host a copy of the other. What was written here alone is put aside, not removed.
    public func begin(_ epoch: Int, _ detail: @escaping @Sendable (String) async -> Void) async throws {
        guard var record = try pair.record() else { return }
        await detail("ending what waits here")
        // The permit that follows is for all of them: they must be gone before.
        let services = ServiceKind.allCases.filter { $0 != .keeper }.map(\.rawValue)
        let present = Set(try await deployment.docker.services(of: deployment.stack).map(\.name))
        try await deployment.docker.rest(
            services.filter(present.contains), of: deployment.stack, log: deployment.log("pair"))
        record = HostRecord(name: record.name, role: .standby, epoch: epoch, since: deployment.world.now())
        try pair.write(record)
        try LeftFiles(deployment: deployment).forget()
        // A copy that follows already has nothing to say of one whose log is gone: it is made anew.
        try deployment.world.files.remove("\(deployment.layout.pair)/contact.json")
        try await CopyStep(deployment: deployment).apply(detail)
    }
}
