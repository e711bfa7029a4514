public import Site

/// What the standby knows of the primary, when somebody wants it to take over.
public struct StandbyView: Sendable, Equatable, Codable {
    /// Whether the last thing heard of the primary was that each of its commits waits for this host.
    public var together: Bool
    /// For how many seconds nothing was heard of it; `nil`: never heard.
    public var silence: Double?
    /// Whether the primary had this host taken out, and relies on its staying where it is.
    public var isBarred: Bool

    public init(together: Bool, silence: Double?, isBarred: Bool = false) {
        self.together = together
        self.silence = silence
        self.isBarred = isBarred
    }
}

/// Whether this host may take over, and what that may cost: a pure judgement.
public enum FailoverJudgement: Sendable, Equatable {
    /// Not at all, why, and what to type instead.
    case refused(because: String, fix: String)
    /// It may; everything that was acknowledged is here.
    case complete(String)
    /// It may, with a word of the person's: something may be missing, and why.
    case mayLose(String)

    /// - Parameters:
    ///   - signs: every way by which the primary still answers, in words.
    public static func of(
        _ record: HostRecord?, _ promise: Promise, _ view: StandbyView, signs: [String]
    ) -> FailoverJudgement {
        if case .impossible(let because, let fix) = TakingOver(
            record,
            leading: "kopnik standby status; on the other server, if it is to follow this one:  kopnik rejoin",
            fenced: "kopnik rejoin")
        {
            return .refused(because: because, fix: fix)
        }
        guard signs.isEmpty else {
            return .refused(
                because: "the main server still answers: \(signs.joined(separator: "; "))",
                fix:
                    "if it is broken all the same, switch it off first (power, not network), then the same command again"
            )
        }
        guard !view.isBarred else {
            return .mayLose(
                "the main server has taken this one out (kopnik standby maintenance): what it wrote since is not here, and it starts without asking this one. See to it that it never starts again"
            )
        }
        guard view.together else {
            return .mayLose(
                "when it was last heard of, the main server's writes did not wait for this one: the newest may be missing here"
            )
        }
        switch promise {
        case .strict:
            return .complete(
                "each write was acknowledged only after it was here. That holds unless somebody typed 'kopnik standby degrade' on the main server since"
            )
        case .available:
            // It goes on alone only after it missed this host for so long.
            if let silence = view.silence, silence < Double(Supervisor.patience.components.seconds) {
                return .complete("the main server was heard of \(Int(silence)) s ago, and each write waited until then")
            }
            return .mayLose(
                "the main server was last heard of \(words(view.silence)); by its promise (available) it may have gone on writing alone for a while, and that would be missing here"
            )
        }
    }

    private static func words(_ silence: Double?) -> String {
        guard let silence else { return "never" }
        return silence < 120 ? "\(Int(silence)) seconds ago" : "\(Int(silence / 60)) minutes ago"
    }
}
