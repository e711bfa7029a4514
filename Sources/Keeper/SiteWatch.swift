import Blueprint
public import Deployment
import Engine
import Foundation
import Machine
public import Overview
import Site

/// Looks at the whole site, again and again, and writes down what may be shown (`OverviewFolder`), for the dashboard and
/// `status --watch`.
public actor SiteWatch {
    private let site: @Sendable () -> Deployment
    private let trial: LinkTrial
    /// What the keeper's jobs have to say, in words; `nil` while one of them has not run yet.
    private let jobAlarms: @Sendable () -> [String]?
    private let fence: @Sendable () -> String?

    private var look = StackLook()
    private var memory: [String: Int] = [:]
    private var links: [SiteOverview.Link] = []
    /// What was drawn last: what is not known again yet stays as it was.
    private var drawn: SiteOverview
    /// What has to be looked at besides the jobs' own alarms.
    private var complaints: [String: [String]] = [:]
    private var due: [Part: Duration] = [:]
    private var verifiedAt: Date?
    private var restlessUntil = Duration.zero
    /// Whether Docker has answered once: before that, what was known before is better than nothing.
    private var hasLooked = false
    /// Containers whose end was heard of, and with what code: Docker tells it before its own list knows
    /// (moby, daemon/monitor.go, `handleContainerExit`), and a container of a swarm does not begin again.
    private var ended: [String: Int?] = [:]

    /// What is looked at less often than the stack itself, and how often.
    private enum Part: CaseIterable {
        case memory, rooms, nodes, links, mail, certificate

        var period: Duration {
            switch self {
            case .memory, .rooms: .seconds(10)
            case .links: .seconds(20)
            case .nodes, .mail: .seconds(30)
            case .certificate: .seconds(60)
            }
        }
    }

    /// - Parameters:
    ///   - site: the site as it is now.
    ///   - applicationPort: where kp-server answers HTTP; `nil` where it serves none.
    ///   - fence: why the containers may not start; `nil` where they may.
    ///   - jobAlarms: what the keeper's jobs have to say; `nil` while one of them has not run yet.
    public init(
        _ site: @escaping @Sendable () -> Deployment, applicationPort: Int?,
        fence: @escaping @Sendable () -> String? = { nil },
        jobAlarms: @escaping @Sendable () -> [String]? = { [] }
    ) {
        self.site = site
        self.fence = fence
        self.jobAlarms = jobAlarms
        trial = LinkTrial(applicationPort: applicationPort)
        let deployment = site()
        drawn =
            OverviewFolder(deployment).written
            ?? SiteOverview(site: deployment.site.name, address: deployment.address)
        links = drawn.links
    }

    // MARK: - Watching

    /// Watches until it is cancelled: at once when Docker tells that something happened, each second while something is on its way, and
    /// else every ten.
    func run(_ say: @escaping @Sendable (String) -> Void) async throws {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        note(.keeper)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.listen(say) { waker.yield() } }
            group.addTask {
                while true {
                    waker.yield()
                    try await Task.sleep(for: .seconds(1))
                    for _ in 0..<9 where await !self.isRestless { try await Task.sleep(for: .seconds(1)) }
                }
            }
            group.addTask {
                while true {
                    await self.lookFurther()
                    await self.publish(say)
                    try await Task.sleep(for: .seconds(1))
                }
            }
            group.addTask {
                for await _ in wakes {
                    await self.lookAtStack()
                    await self.publish(say)
                    // What happens together is told together.
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private static let events = [
        "create", "start", "die", "oom", "destroy", "health_status", "update", "remove",
    ]

    /// Docker's own events; those of health checks, some each second, are not among them.
    private func listen(
        _ say: @escaping @Sendable (String) -> Void, _ wake: @escaping @Sendable () -> Void
    ) async throws {
        let docker = site().docker
        let filters = ["type=container", "type=service", "type=node"] + Self.events.map { "event=\($0)" }
        let command = docker.command(
            ["events", "--format", DockerEvent.format]
                + filters.flatMap { ["--filter", $0] },
            timeLimit: nil)
        while true {
            // Ended with the daemon: it is asked again until another answers.
            _ = try? await docker.commands.follow(command) { line in
                guard let event = DockerEvent(line), event.concerns(self.site().stack) else { return }
                if await self.heard(event) { await self.publish(say) }
                wake()
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// - Returns: whether that alone is news already: the end of a container is told before anything else is asked.
    private func heard(_ event: DockerEvent) -> Bool {
        restlessUntil = BootClock.now + .seconds(5)
        if event.kind == "node" { due[.nodes] = nil }
        guard event.kind == "container", event.action == "die", look.containers[event.id]?.state == "running" else {
            return false
        }
        ended.updateValue(event.exitCode, forKey: event.id)
        look.containers = withEnds(look.containers)
        return true
    }

    private func withEnds(_ containers: [String: ContainerState]) -> [String: ContainerState] {
        var containers = containers
        for (id, code) in ended where containers[id]?.state == "running" {
            containers[id]?.state = "exited"
            containers[id]?.exitCode = code
        }
        return containers
    }

    private var isRestless: Bool { BootClock.now < restlessUntil || look.isUnsettled }

    // MARK: - Looking

    /// One look at everything, for whoever cannot wait for the keeper.
    public func lookAtAll() async -> SiteOverview {
        await lookAtStack()
        await lookFurther()
        draw()
        return drawn
    }

    private func lookAtStack() async {
        let deployment = site()
        let (docker, stack) = (deployment.docker, deployment.stack)
        do {
            async let services = docker.services(of: stack)
            async let tasks = docker.taskDetails(of: stack)
            async let containers = docker.containerStates(of: stack)
            let was = look.isUnsettled
            let seen = (try await services, try await tasks, try await containers)
            look = StackLook(services: seen.0, tasks: seen.1, containers: withEnds(seen.2))
            ended = ended.filter { seen.2[$0.key] != nil }
            complaints["docker"] = nil
            hasLooked = true
            // Links are tried anew when all is there again, and mail is asked.
            if was, !look.isUnsettled { (due[.links], due[.mail]) = (nil, nil) }
        } catch is CancellationError {
        } catch {
            complaints["docker"] = ["docker: \((error as? Failure)?.what ?? "\(error)")"]
        }
    }

    /// What changes slowly, or costs more to ask.
    private func lookFurther() async {
        let deployment = site()
        readVerification(deployment)
        for part in Part.allCases where due[part].map({ $0 <= BootClock.now }) ?? true {
            due[part] = BootClock.now + part.period
            switch part {
            case .memory:
                let running = look.containers.values.filter { $0.state == "running" }.map(\.id).sorted()
                if let use = try? await deployment.docker.memoryUse(of: running) { memory = use }
                // Before the first look at the stack there was nothing to measure.
                if running.isEmpty { due[.memory] = nil }
            case .rooms:
                readRooms(deployment)
                readBackup(deployment)
            case .nodes:
                if let nodes = try? await deployment.docker.nodes() { drawn.nodes = nodes.map(Self.drawn) }
            case .links:
                guard !look.services.isEmpty else { due[.links] = nil; continue }
                let tried = await trial.run(deployment.docker, stack: deployment.stack)
                links = tried
                // One that failed is tried again soon.
                if tried.contains(where: { $0.condition == .down }) { due[.links] = BootClock.now + .seconds(4) }
            case .mail:
                let queue = await deployment.mailQueue()
                drawn.mail = queue.map {
                    SiteOverview.Mail(
                        waiting: $0.waiting, oldest: $0.oldest, leaves: deployment.site.mail.delivery == .send)
                }
                complaints["mail"] = queue?.alarms
                if queue == nil { due[.mail] = BootClock.now + .seconds(5) }
            case .certificate: await readCertificate(deployment)
            }
        }
    }

    private func readRooms(_ deployment: Deployment) {
        drawn.disk = DiskUse.read(deployment.layout.state).map { SiteOverview.Room(free: $0.free, total: $0.total) }
        drawn.memory = MemoryUse.read().map { SiteOverview.Room(free: $0.available, total: $0.total) }
    }

    private func readBackup(_ deployment: Deployment) {
        let backup = Backup(deployment: deployment)
        drawn.backup =
            backup.isReady
            ? SiteOverview.Backup(made: backup.record.lastGood?.at, proven: Drill(deployment: deployment).lastGood?.at)
            : nil
    }

    private func readCertificate(_ deployment: Deployment) async {
        guard let status = try? await deployment.certificateStatus(), let facts = status.certificate else { return }
        drawn.certificate = SiteOverview.Certificate(
            issuer: facts.issuerName, end: facts.end, renewal: status.renewal)
    }

    private func readVerification(_ deployment: Deployment) {
        let path = deployment.layout.verified
        let changed = deployment.world.files.changed(path)
        guard changed != verifiedAt || drawn.verification == nil else { return }
        verifiedAt = changed
        drawn.verification = VerificationRecord.read(deployment.layout, files: deployment.world.files)
    }

    private static func drawn(_ node: SwarmNode) -> SiteOverview.Node {
        SiteOverview.Node(
            id: node.id, name: node.name, role: node.isLeader ? "leader" : node.isManager ? "manager" : "worker",
            state: node.state, availability: node.availability, cores: node.cores, memory: node.memory,
            engine: node.engine)
    }

    // MARK: - Telling

    private func note(_ kind: SiteOverview.Event.Kind) {
        drawn.events.insert(SiteOverview.Event(kind, at: site().world.now()), at: 0)
    }

    /// Puts all that is known into what is drawn, and tells what happened since.
    private func draw(since before: SiteOverview? = nil) {
        let deployment = site()
        (drawn.services, drawn.tasks) = look.drawn(memory: memory)
        drawn.site = deployment.site.name
        drawn.address = deployment.address
        drawn.fence = fence()
        let conditions = Dictionary(uniqueKeysWithValues: drawn.services.map { ($0.name, $0.condition) })
        drawn.links = links.map { link in
            var link = link
            // A link ends with the service at either end, whatever was last seen of it.
            let ends = [link.from, link.to].compactMap { conditions[$0] }
            if let worst = [.down, .off, .coming].first(where: { ends.contains($0) }) { link.condition = worst }
            return link
        }
        if let jobs = jobAlarms() { drawn.alarms = jobs + complaints.sorted { $0.key < $1.key }.flatMap(\.value) }
        if let before {
            // A proof has its own time, which is past when it is heard of.
            drawn.events = (drawn.happenings(since: before, at: deployment.world.now()) + drawn.events)
                .sorted { $0.at > $1.at }
        }
        drawn.events = Array(drawn.events.prefix(SiteOverview.eventsKept))
    }

    private var published: SiteOverview?
    private var lastFailure: String?

    /// Writes down what is drawn, if it is another picture than before.
    private func publish(_ say: @Sendable (String) -> Void) {
        guard hasLooked else { return }
        let deployment = site()
        draw(since: published ?? OverviewFolder(deployment).written ?? drawn)
        guard drawn != published else { return }
        do {
            try OverviewFolder(deployment).write(drawn)
            published = drawn
            lastFailure = nil
        } catch {
            let words = (error as? Failure).map { "\($0.what): \($0.because ?? "")" } ?? "\(error)"
            if words != lastFailure { say("could not write what may be shown: \(words)") }
            lastFailure = words
        }
    }
}
