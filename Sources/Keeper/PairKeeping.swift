import Blueprint
import Deployment
import Engine
import Foundation
import Machine
import Site
import Standby
import Synchronization

/// Whether this host's containers may start, as it stands at the moment.
final class Standing: Sendable {
    private let state: Mutex<(isGranted: Bool, words: String)>
    private let deployment: Deployment

    init(_ deployment: Deployment) {
        self.deployment = deployment
        state = Mutex((false, "not decided yet"))
    }

    var words: String { state.withLock { $0.words } }
    var isGranted: Bool { state.withLock { $0.isGranted } }
    /// Why they may not; `nil` where they may.
    var fence: String? { state.withLock { $0.isGranted ? nil : $0.words } }

    private var path: String { "\(deployment.layout.permit)/permit" }

    /// The permit that lies there, if it is one of this boot.
    var written: Permit? {
        deployment.world.files.text(of: path).flatMap(Permit.init(text:)).flatMap {
            $0.boot == Computer.bootID ? $0 : nil
        }
    }

    func grant(epoch: Int, _ words: String) throws {
        let permit = Permit(boot: Computer.bootID, epoch: epoch)
        if written != permit { try deployment.world.files.write(permit.text, to: path) }
        state.withLock { $0 = (true, words) }
    }

    func refuse(_ words: String) throws {
        try deployment.world.files.remove(path)
        state.withLock { $0 = (false, words) }
    }
}

/// What the keeper does for a host of two: asks who leads before anything starts, and goes on asking; on the primary it watches the
/// standby, on the standby it notes when the primary was heard of.
struct PairKeeping: Sendable {
    private let site: @Sendable () -> Deployment
    private let standing: Standing
    private let say: @Sendable (String) -> Void
    private let epochs: EpochKeeping

    init(
        _ site: @escaping @Sendable () -> Deployment, _ standing: Standing, _ epochs: EpochKeeping,
        _ say: @escaping @Sendable (String) -> Void
    ) {
        self.site = site
        self.epochs = epochs
        self.standing = standing
        self.say = say
    }

    private var deployment: Deployment { site() }
    private var pair: Pair { Pair(deployment: deployment) }

    /// The first decision. That of a site of one host is the last too.
    func begin() async throws {
        guard try isPair else {
            guard case .grant(let words) = Gate.decide(nil, .none, boot: Computer.bootID) else { return }
            try standing.grant(epoch: deployment.lastEpoch ?? 1, words)
            return say(words)
        }
        // Started anew in the same boot, with containers that run: they were let in, and only a higher epoch ends that.
        if let record = try? pair.record(), record.role != .fenced, let permit = standing.written,
            permit.epoch == record.epoch
        {
            try standing.grant(epoch: record.epoch, Self.words(record))
            return say(Self.words(record))
        }
        try standing.refuse("asking the other server whether it leads")
        say(standing.words)
    }

    private var isPair: Bool {
        get throws { try pair.record() != nil || deployment.site.hosts.isPair }
    }

    private static func words(_ record: HostRecord) -> String {
        record.role == .primary
            ? "the containers run: this is the main server (epoch \(record.epoch))"
            : "the database runs: this is the standby (epoch \(record.epoch))"
    }

    /// Goes on for ever.
    /// - Parameter report: is told how the two servers stand.
    func run(_ report: @Sendable (KeeperModel.JobReport?) -> Void) async throws {
        var supervisor: Supervisor?
        var mirroring = Mirroring()
        var told = standing.words
        while true {
            var alarm: String?
            do {
                if try isPair {
                    alarm = try await round(&supervisor)
                    let files = try await mirror(&mirroring)
                    alarm = alarm ?? files
                    alarm = alarm ?? epochs.complaint
                    let words = alarm ?? (standing.fence ?? supervisor?.words ?? Self.words(pair))
                    report(
                        KeeperModel.JobReport(
                            name: "pair", at: deployment.world.now(), well: alarm == nil && standing.isGranted,
                            result: words))
                } else {
                    // There was another one until a moment ago.
                    if !standing.isGranted { try await begin() }
                    report(nil)
                }
            } catch let failure as Failure {
                alarm = failure.inOneLine + (failure.fix.map { " (\($0))" } ?? "")
                // Not to know one's part is no leave to go on as before; a Docker that is slow is no reason to end.
                if (try? pair.record()) == nil, (try? isPair) != false { try standing.refuse(alarm ?? "") }
                report(
                    KeeperModel.JobReport(name: "pair", at: deployment.world.now(), well: false, result: alarm ?? ""))
            }
            let words = [standing.words, alarm].compactMap { $0 }.joined(separator: "; ")
            if words != told { say("pair: \(words)") }
            told = words
            try await Task.sleep(for: .seconds(standing.isGranted ? 2 : 1))
        }
    }

    private static func words(_ pair: Pair) -> String { (try? pair.record()).map { words($0) } ?? "" }

    /// - Returns: what a person should look at.
    private func round(_ supervisor: inout Supervisor?) async throws -> String? {
        guard let record = try pair.record() else {
            throw Failure(
                "this server does not know which of the two it is", because: "nothing was written down here (kopnik up)"
            )
        }
        // The standby may start whatever the other one says: it need not be waited for.
        let (answer, trouble) = record.role == .primary ? await pair.inquire() : (.silent, nil)
        epochs.otherIs(silent: record.role == .primary && answer == .silent)
        switch Gate.decide(record, answer, epochs: epochs.answer, boot: Computer.bootID) {
        case .fence(let epoch, _) where answer == .silent && standing.isGranted && record.bond.waits:
            // Nothing is acknowledged here that the other one has not: no reason to end by a word on paper what the other one may have meant to do.
            return
                "beside the backups stands that epoch \(epoch) has begun, and the other server does not answer: writes wait until it does. If no other one leads:  kopnik standby degrade"
        case .fence(let epoch, let words):
            try await fence(record, epoch, words)
            return words
        case .wait(let words):
            // What runs goes on running where the other is only silent: that is the supervisor's matter.
            guard record.role == .primary, standing.isGranted else {
                if standing.fence != words { try standing.refuse(words) }
                return words
            }
        case .grant(let words):
            if !standing.isGranted || standing.written?.epoch != record.epoch {
                // Shut before anything listens.
                try await PeerFirewall(deployment: deployment).raise()
                try standing.grant(epoch: record.epoch, words)
            }
        }
        if record.isSteppingDown == true {
            try await StepDown(deployment: deployment).finish(record)
            say("pair: this server has stepped down, and follows")
        }
        guard record.role == .primary else { return try await follow(record) }
        let alarm = try await supervise(record, &supervisor)
        return record.standbyIsOut == true ? alarm : Pair.distrust(trouble) ?? alarm
    }

    /// Another leads: everything here ends at once, and does not start again.
    private func fence(_ record: HostRecord, _ epoch: Int, _ words: String) async throws {
        let now = deployment.world.now()
        // The permit first: what ends is started again by Swarm, and waits for it.
        try standing.refuse(words)
        // Somebody may have made it a standby in the meantime.
        try pair.change(leading: record) { $0 = HostRecord(name: $0.name, role: .fenced, epoch: epoch, since: now) }
        guard try pair.record()?.role == .fenced else { return }
        let docker = deployment.docker
        let name = "label=com.docker.stack.namespace=\(deployment.stack)"
        let services = ServiceKind.allCases.filter { $0 != .keeper && $0 != .dashboard }.map {
            "\(deployment.stack)_\($0.rawValue)"
        }
        let lines = try await docker.run([
            "ps", "--filter", name, "--format", "{{.ID}} {{.Label \"com.docker.swarm.service.name\"}}",
        ]).lines
        let containers = lines.map { $0.split(separator: " ").map(String.init) }.filter {
            $0.count == 2 && services.contains($0[1])
        }.map { $0[0] }
        if !containers.isEmpty { _ = try await docker.run(["kill"] + containers) }
        say("pair: fenced, \(containers.count) containers were ended")
    }

    private func supervise(_ record: HostRecord, _ supervisor: inout Supervisor?) async throws -> String? {
        // It is about to forget that there was another one: nothing is kept for that, nor waited for.
        guard record.isEnding != true else { return nil }
        let promise = deployment.site.standby.promise
        var now = supervisor ?? Supervisor(promise: promise, bond: record.bond)
        if now.bond != record.bond || now.promise != promise { now = Supervisor(promise: promise, bond: record.bond) }
        if record.isPausing == true {
            try await StepDown(deployment: deployment).takeBack(record)
            try await refuseStepDown("its keeper was interrupted; the site runs there again")
        }
        let look = try? await pair.look()
        // A promotion that is under way is nobody's but its own.
        if look?.isInRecovery == true { return nil }
        let sighting = look?.sighting ?? .silent
        switch StepDownJudgement.of(record, wanted: look?.wanted, sighting) {
        case .no: break
        case .refused(let why): try await refuseStepDown(why)
        case .stepDown(let epoch):
            try await stepDown(record, epoch)
            return nil
        }
        // Somebody works on the other one: it may come and go.
        guard record.standbyIsOut != true else {
            supervisor = nil
            return look?.weakness
        }
        let order = now.saw(sighting, at: BootClock.now)
        switch order {
        case .bind:
            try await pair.bind(now.bond)
            say("pair: the standby follows: from now on each write waits until it has it")
        case .part:
            try await pair.bind(now.bond)
            try await pair.tell(record, together: false)
        case nil:
            // Seen a round after the server was told to wait: now it does.
            if record.bond.waits, let look, look.follower?.sync == "sync",
                look.together != true || look.epoch != record.epoch
            {
                try await pair.tell(record, together: true)
            }
        }
        supervisor = now
        if let look, look.kept == nil || look.slotIsLost && look.follower == nil { try await pair.keepForFollower() }
        if look?.slotIsLost == true {
            return
                "the standby was away too long: the log it needs is gone, and it has to be copied anew (on it: kopnik rejoin)"
        }
        if let weakness = look?.weakness { return weakness }
        // After the two changed places the other one has its time to follow.
        if now.bond == .lost, deployment.world.now().timeIntervalSince(record.since) < 60 { return nil }
        return now.alarm
    }

    /// What is known of the container by which the uploaded files follow.
    private struct Mirroring {
        var part: Mirror.Part?
        /// When it was looked at last.
        var at = Duration.zero
        /// When it was started; it has its time.
        var started = BootClock.now
    }

    /// The uploaded files follow as the database does.
    /// - Returns: what a person should look at.
    private func mirror(_ mirroring: inout Mirroring) async throws -> String? {
        guard let record = try pair.record() else { return nil }
        let mirror = Mirror(deployment: deployment)
        let part = Mirror.Part.of(record)
        let now = BootClock.now
        // What runs is asked for now and then only: a question costs Docker something.
        if part != mirroring.part || now - mirroring.at >= .seconds(10) {
            if try await mirror.keep(part, of: record) { mirroring.started = now }
            (mirroring.part, mirroring.at) = (part, now)
        }
        if record.role == .primary, let words = try LeftFiles(deployment: deployment).take() { say("pair: \(words)") }
        let isEarly = now - mirroring.started < .seconds(Mirror.patience)
        return isEarly || record.standbyIsOut == true ? nil : mirror.complaint(of: record)
    }

    /// A person asked for it on the other server.
    private func stepDown(_ record: HostRecord, _ epoch: Int) async throws {
        guard let lock = try deployment.lockForKeeper("switchover") else {
            return try await refuseStepDown("somebody is at work on the main server: try again when that has ended")
        }
        defer { lock.release() }
        say("pair: the other server is to lead (kopnik switchover, typed there): the site ends here")
        do {
            try await StepDown(deployment: deployment).run(record, epoch: epoch)
            say("pair: this server has stepped down, and follows")
        } catch let failure as Failure {
            // Written down already: there is no way back, and the next round goes on.
            if try pair.record()?.isSteppingDown == true { throw failure }
            try await refuseStepDown(failure.inOneLine)
        }
    }

    private func refuseStepDown(_ why: String) async throws {
        say("pair: this server does not step down: \(why)")
        try await pair.refuseStepDown(why)
    }

    private func follow(_ record: HostRecord) async throws -> String? {
        let look = try? await pair.look()
        if let look, look.steppedDown == record.epoch + 1 {
            return "the main server stepped down for this one, and nobody leads:  kopnik switchover"
        }
        if let stream = look?.stream, stream.isStreaming {
            try pair.noteContact(stream.silence)
            try await settle(record, look)
            return nil
        }
        guard look != nil else { return "the database does not answer yet (kopnik logs db)" }
        guard let silence = pair.silence() else { return "the main server has not been heard of yet" }
        guard silence >= 10 else { return nil }
        let (answer, trouble) = await pair.inquire()
        if let distrust = Pair.distrust(trouble) { return distrust }
        if silence >= 60, case .epoch(_, isPrimary: true) = answer {
            return
                "the main server leads, and nothing of what it writes comes: this one cannot follow as it is (kopnik rejoin)"
        }
        return
            "the main server has not been heard of for \(Int(silence)) s. Is it down? On this server:  kopnik failover --plan"
    }
}

extension PairKeeping {
    /// What a server that follows has left of the time when it led.
    private func settle(_ record: HostRecord, _ look: PairLook?) async throws {
        if let epoch = look?.epoch, epoch > record.epoch {
            try pair.change { if $0.role == .standby { $0.epoch = max($0.epoch, epoch) } }
        }
        // Nobody follows this one; what it would keep for that fills the disk.
        guard look?.kept != nil else { return }
        try await pair.forgetFollower()
    }
}

extension Supervisor {
    /// How the two stand, where nothing is wrong.
    var words: String {
        switch bond {
        case .together: "each write waits until the standby has it"
        case .unpaired: "no standby follows yet"
        case .lost, .degraded: "writes do not wait for the standby"
        }
    }
}
