import Blueprint
import Engine
import Machine
import Site
public import Standby

/// The two servers change places while both are well. Typed on the one that is to lead.
public struct Switchover: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var pair: Pair { Pair(deployment: deployment) }

    /// What was looked at before.
    public struct Finding: Sendable {
        /// Whether they may change places.
        public var judgement: SwitchoverJudgement
        /// What this host takes over with.
        var failover: Failover.Finding
        /// The epoch that begins; `nil` for a site of one server.
        public var epoch: Int? { failover.record.map { failover.isUnfinished ? $0.epoch : $0.epoch + 1 } }
    }

    /// Looks, and changes nothing.
    public func look() async throws -> Finding {
        let record = try pair.record()
        guard let record, record.role != .fenced else { return Self.finding(record, .of(record, Self.nothingSeen)) }
        if record.role == .primary {
            let isUnfinished = try await pair.look().isInRecovery
            let judgement = isUnfinished ? .goOn : SwitchoverJudgement.of(record, Self.nothingSeen)
            return Self.finding(record, judgement, isUnfinished: isUnfinished)
        }
        async let images = ImagesStep(deployment: deployment).inspect()
        let look = try await pair.look()
        // One that has stepped down need not answer; but one that leads again must be heard.
        let patience = look.steppedDown == record.epoch + 1 ? .seconds(5) : Pair.patience
        let view = SwitchoverView(
            answer: try await pair.ask(for: patience).answer,
            isTogether: look.together == true && look.epoch == record.epoch && look.isStreaming,
            steppedDown: look.steppedDown, missing: try await images.changes.map(\.summary),
            filesTrouble: Mirror(deployment: deployment).complaint(of: record))
        return Self.finding(record, .of(record, view))
    }

    private static let nothingSeen = SwitchoverView(answer: .none, isTogether: false)

    private static func finding(
        _ record: HostRecord?, _ judgement: SwitchoverJudgement, isUnfinished: Bool = false
    ) -> Finding {
        Finding(
            judgement: judgement,
            failover: Failover.Finding(
                record: record, view: StandbyView(together: true, silence: 0), judgement: Failover.steppedDown,
                isUnfinished: isUnfinished, isAfterStepDown: true))
    }

    /// Asks the main server to step down, waits for it, and leads.
    /// - Throws: `Failure` where it does not: then it leads on.
    public func run(_ finding: Finding, _ detail: @escaping @Sendable (String) async -> Void) async throws
        -> Failover.Outcome
    {
        if finding.judgement == .ask, let epoch = finding.epoch {
            await detail("asking the main server to step down")
            try await waitForStepDown(epoch, detail)
        } else {
            // The other one may have led again since it stepped down.
            if let known = finding.failover.record?.epoch,
                let highest = await EpochRecord(deployment: deployment).ask().epoch, highest > known
            {
                throw Failure(
                    "this server does not take over",
                    because:
                        "beside the backups stands that epoch \(highest) has begun, and this one knows of \(known)",
                    fix: "on the other server:  kopnik standby;  to insist, if it is gone:  kopnik failover --plan")
            }
            await detail("waiting for the last writes")
            try await waitForLastWrites()
        }
        return try await Failover(deployment: deployment).run(finding.failover, detail)
    }

    /// How long the main server may take: its services end within three minutes, or it goes on leading.
    private static let patience = Duration.seconds(420)
    /// How long the last files may take, while the site is away; the main server waits a little longer.
    private static let filesPatience = Duration.seconds(45)

    private func waitForStepDown(_ epoch: Int, _ detail: @escaping @Sendable (String) async -> Void) async throws {
        let asked = try await pair.there("request", "\(epoch)")
        let words = asked.text.split(separator: " ")
        guard words.count == 2, words[0] == "\(epoch)" else {
            throw Failure(
                "the main server could not be asked",
                because: asked.succeeded ? "it is in another epoch" : asked.lastWords,
                fix: "kopnik standby, on both")
        }
        await detail("the main server stops the site")
        do {
            try await pair.waitForReplay(String(words[1]))
            try await follow(epoch, since: .now, detail)
        } catch {
            // Whoever is told so goes on leading at once.
            _ = try? await pair.there("withdraw")
            throw error
        }
    }

    private func follow(
        _ epoch: Int, since start: ContinuousClock.Instant, _ detail: @escaping @Sendable (String) async -> Void
    ) async throws {
        let pair = pair
        var repeated = start
        var isConfirmed = false
        let end = try await poll(for: Self.patience, every: .milliseconds(100)) { () -> Bool? in
            let look = try await pair.look()
            if look.steppedDown == epoch {
                await detail("the main server has stepped down; its last writes come")
                return look.isStreaming ? nil : true
            }
            if look.quiet == epoch, !isConfirmed {
                await detail("fetching the last files")
                try await fetchLastFiles()
                isConfirmed = try await pair.there("confirm", "\(epoch)").text == "\(epoch)"
            }
            if let answer = look.answer {
                throw Failure(
                    "the main server did not step down, and leads on", because: answer,
                    fix: "kopnik standby, on both;  then the same command again")
            }
            // It forgets what was asked some seconds ago: whoever asked may be gone.
            if look.quiet == nil, .now - repeated > .seconds(4), look.isStreaming {
                repeated = .now
                _ = try await pair.there("repeat", "\(epoch)")
                if .now - start > .seconds(15), look.wanted == epoch {
                    await detail("the main server's keeper has not taken it up yet (there: kopnik logs keeper)")
                }
            }
            return nil
        }
        guard end == nil else { return }
        throw Failure(
            "the main server did not step down",
            because: "\(Self.patience.components.seconds / 60) minutes have passed",
            fix: "on the main server:  kopnik standby;  kopnik logs keeper")
    }

    /// A main server whose database was stopped in order has sent all of it before it ended.
    private func waitForLastWrites() async throws {
        let pair = pair
        _ = try await poll(for: .seconds(30)) { () -> Bool? in
            guard try await pair.look().isStreaming else { return true }
            if case .epoch(_, isPrimary: false) = await pair.ask() { return true }
            return nil
        }
    }

    private func fetchLastFiles() async throws {
        let mirror = Mirror(deployment: deployment)
        guard try await !mirror.hasPassFromNow(within: Self.filesPatience) else { return }
        throw Failure(
            "the last uploaded files did not come, and the main server leads on",
            because: mirror.trouble()
                ?? "a look at all of them takes longer than \(Self.filesPatience.components.seconds) seconds",
            fix: "kopnik standby;  when the files follow, the same command again")
    }
}
