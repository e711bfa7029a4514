/// What the standby sees of both servers when somebody wants them to change places.
public struct SwitchoverView: Sendable, Equatable {
    /// What the main server's database answered.
    public var answer: PeerAnswer
    /// Whether each of its commits waits for this host, and what it sends comes.
    public var isTogether: Bool
    /// The epoch for which the main server stepped down already; `nil`: it did not.
    public var steppedDown: Int?
    /// What this host would have to make first, such as images: while the site is away is no time for it.
    public var missing: [String]
    /// Why the uploaded files are not here as they are there; `nil`: they are.
    public var filesTrouble: String?

    /// By default nothing is missing, and the main server did not step down.
    public init(
        answer: PeerAnswer, isTogether: Bool, steppedDown: Int? = nil, missing: [String] = [],
        filesTrouble: String? = nil
    ) {
        self.answer = answer
        self.isTogether = isTogether
        self.steppedDown = steppedDown
        self.missing = missing
        self.filesTrouble = filesTrouble
    }
}

/// Whether the two servers may change places without a fault: a pure judgement of the standby.
public enum SwitchoverJudgement: Sendable, Equatable {
    /// Not, why, and what to type instead.
    case refused(because: String, fix: String)
    /// The main server is to be asked.
    case ask
    /// It stepped down already; this host has but to lead.
    case goOn

    /// Whether the other one has stepped down for the next epoch: its last words said so, or it answers as one that follows in that epoch.
    /// Whoever leads, in whatever epoch, has not.
    public static func hasSteppedDown(for record: HostRecord, told: Int?, _ answer: PeerAnswer) -> Bool {
        switch answer {
        case .epoch(_, isPrimary: true): false
        case .epoch(let epoch, isPrimary: false):
            epoch == record.epoch + 1 || epoch <= record.epoch && told == record.epoch + 1
        case .none, .silent: told == record.epoch + 1
        }
    }

    /// Judges, on the host where it was typed.
    public static func of(_ known: HostRecord?, _ view: SwitchoverView) -> SwitchoverJudgement {
        let record: HostRecord
        switch TakingOver(
            known, leading: "type it on the one that is to lead:  kopnik switchover",
            fenced: "kopnik rejoin;  then the same command again")
        {
        case .impossible(let because, let fix): return .refused(because: because, fix: fix)
        case .follower(let it): record = it
        }
        if record.isSteppingDown == true {
            return .refused(
                because: "this server is stepping down itself at the moment", fix: "kopnik standby;  in a minute again")
        }
        if hasSteppedDown(for: record, told: view.steppedDown, view.answer) { return .goOn }
        switch view.answer {
        case .none, .silent:
            return .refused(because: "the main server does not answer", fix: "kopnik failover --plan")
        case .epoch(let epoch, let isPrimary):
            guard isPrimary, epoch == record.epoch else {
                return .refused(
                    because:
                        "the other server does not lead in this server's epoch: it is in epoch \(epoch), this one in \(record.epoch)",
                    fix: "kopnik standby, on both")
            }
        }
        guard view.isTogether else {
            return .refused(
                because: "the main server's writes do not wait for this one: it may not have all of them yet",
                fix: "kopnik standby tells how far it is behind; when that is well, the same command again")
        }
        guard view.missing.isEmpty else {
            return .refused(
                because: "this server would first have to \(view.missing.joined(separator: ", "))",
                fix: "kopnik up;  then the same command again")
        }
        if let trouble = view.filesTrouble {
            return .refused(because: trouble, fix: "kopnik standby;  when the files follow, the same command again")
        }
        return .ask
    }
}

/// Whether a main server that was asked to step down does.
public enum StepDownJudgement: Sendable, Equatable {
    /// Nobody asked, or for something else.
    case no
    /// Not now, and why.
    case refused(String)
    /// It does, for this epoch.
    case stepDown(epoch: Int)

    /// Judges, on the host that leads.
    /// - Parameters:
    ///   - wanted: the epoch that the standby asks to begin.
    ///   - sighting: the standby, as the main server's database sees it.
    public static func of(_ record: HostRecord, wanted: Int?, _ sighting: Supervisor.Sighting) -> StepDownJudgement {
        guard record.role == .primary, let wanted else { return .no }
        guard wanted == record.epoch + 1 else {
            return .refused("epoch \(wanted) was asked for, and this one is \(record.epoch)")
        }
        guard record.bond == .together, case .following = sighting else {
            return .refused("the standby has not all of the writes yet")
        }
        return .stepDown(epoch: wanted)
    }
}
