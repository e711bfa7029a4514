import Machine
import Site

/// How this server and a second one stand to each other, as this one sees it.
public struct TwoServers: Sendable, Equatable {
    /// Whether this one leads.
    public var leads: Bool
    /// The epoch it knows of.
    public var epoch: Int
    /// Whether the other one leads; `nil`: its database does not answer.
    public var peerLeads: Bool?
    /// Whether a standby followed in this epoch at all.
    public var hasFollowed: Bool
    /// Whether the one that follows streams now.
    public var isStreaming: Bool
    /// Whether each write waits until both have it.
    public var waits: Bool
    /// For how many seconds the one that follows has not had all uploaded files; `nil`: not yet.
    public var filesAge: Double?
    /// Why the uploaded files do not follow; `nil`: they do, or have only just begun.
    public var filesComplaint: String?

    /// Makes one from its parts.
    public init(
        leads: Bool, epoch: Int, peerLeads: Bool?, hasFollowed: Bool, isStreaming: Bool, waits: Bool, filesAge: Double?,
        filesComplaint: String?
    ) {
        self.leads = leads
        self.epoch = epoch
        self.peerLeads = peerLeads
        self.hasFollowed = hasFollowed
        self.isStreaming = isStreaming
        self.waits = waits
        self.filesAge = filesAge
        self.filesComplaint = filesComplaint
    }

    /// A1: one of the two leads, and one only.
    var leading: Judgement {
        switch (leads, peerLeads) {
        case (true, true?):
            .broken("both servers lead", because: "they do not see each other's epoch", fix: "kopnik standby, on both")
        case (true, false?): .holds("this server leads (epoch \(epoch)), and starts by itself after a power cut")
        case (true, nil): .holds("this server leads (epoch \(epoch)); the other one does not answer")
        case (false, true?): .holds("the other server leads (epoch \(epoch))")
        case (false, false?):
            .broken(
                "neither server leads", because: "both databases follow",
                fix: "kopnik standby says which command, on which of them")
        case (false, nil):
            .broken("the main server's database does not answer", fix: "is it down? Here:  kopnik failover --plan")
        }
    }

    /// A2: the other one is ready.
    var readiness: Judgement {
        if isStreaming {
            return .holds(
                leads
                    ? "the other server follows, ready for 'kopnik failover'"
                    : "this server follows, ready to take over")
        }
        return absent("no standby follows")
    }

    /// A3: the databases are the same.
    var replication: Judgement {
        guard isStreaming else { return absent("the databases are not replicated") }
        guard waits else {
            return .broken(
                "writes do not wait for the standby", because: "it catches up, or somebody typed 'degrade'",
                fix: "kopnik standby")
        }
        return .holds("each write is on both servers before it is acknowledged")
    }

    /// A4: so are the attached files.
    var files: Judgement {
        if let filesComplaint { return .broken(filesComplaint, fix: "kopnik standby;  kopnik logs keeper") }
        guard let filesAge else { return absent("no attached files have followed yet") }
        return .holds("all attached files of \(Int(filesAge.rounded(.up))) s ago are on both servers")
    }

    /// One that never followed in this epoch is not there yet; one that did is missing.
    private func absent(_ what: String) -> Judgement {
        guard leads, !hasFollowed else { return .broken(what, fix: "kopnik standby, on both") }
        return .differs(what + " yet", because: "docs/standby.md tells how the second server begins to follow")
    }
}
