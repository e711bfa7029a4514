/// What is known of the other host.
public enum PeerAnswer: Sendable, Equatable {
    /// The site has one host.
    case none
    /// It does not answer.
    case silent
    /// Its database says in which epoch it is, and whether it takes writes.
    case epoch(Int, isPrimary: Bool)
}

/// What is written down beside the backups of the epochs that have begun.
public enum EpochsAnswer: Sendable, Equatable {
    /// Nothing is written down anywhere.
    case none
    /// Where it is written nobody answers.
    case silent
    /// The highest epoch that is written there; 0: none.
    case highest(Int)

    /// The highest epoch that is known to be written; `nil`: none is.
    public var epoch: Int? {
        if case .highest(let epoch) = self, epoch > 0 { epoch } else { nil }
    }
}

/// Whether the site's containers may start on this host: a pure decision.
public enum Gate {
    public enum Decision: Sendable, Equatable {
        /// They may, and why.
        case grant(String)
        /// Not now, and what a person is told; it is asked again.
        case wait(String)
        /// Never again as the primary of this epoch.
        case fence(epoch: Int, String)
    }

    /// - Parameters:
    ///   - record: what this host knows of itself; `nil` for a site of one host.
    ///   - epochs: what is written beside the backups; asked for where the other host is silent.
    ///   - boot: this boot's id.
    public static func decide(
        _ record: HostRecord?, _ answer: PeerAnswer, epochs: EpochsAnswer = .none, boot: String
    ) -> Decision {
        guard let record else { return .grant("the containers may start: this is the only server (epoch 1)") }
        switch record.role {
        case .fenced:
            return .wait(fenced(record.epoch))
        case .standby:
            // It takes no writes, whoever leads.
            return .grant("the database may start: this is the standby (epoch \(record.epoch))")
        case .primary:
            return primary(record, answer, epochs, boot: boot)
        }
    }

    private static func fenced(_ epoch: Int) -> String {
        "another server was made the main one (epoch \(epoch)): nothing starts here, so that nothing is written twice. To make this one its standby:  kopnik rejoin;  if the site was restored elsewhere:  kopnik destroy"
    }

    private static func primary(
        _ record: HostRecord, _ answer: PeerAnswer, _ epochs: EpochsAnswer, boot: String
    ) -> Decision {
        let granted = Decision.grant("the containers may start: this is the main server (epoch \(record.epoch))")
        switch answer {
        case .none: return granted
        case .epoch(let epoch, let isPrimary):
            // Of two that lead in one epoch neither is right by its number; the one that asks gives way.
            if epoch > record.epoch || (isPrimary && epoch == record.epoch) {
                return .fence(epoch: epoch, fenced(epoch))
            }
            return granted
        case .silent:
            if let epoch = epochs.epoch, epoch > record.epoch {
                return .fence(epoch: epoch, fenced(epoch))
            }
            // Nobody can have been promoted: no host has followed in this epoch, or the one that does was told to stay where it is.
            if record.bond == .unpaired || record.standbyIsOut == true { return granted }
            if record.forcedBoot == boot {
                return .grant("the containers may start, as somebody decided without an answer of the other server")
            }
            // The other one would have written its epoch there first.
            if record.recordedIn != nil, epochs == .highest(record.epoch) {
                return .grant(
                    "the containers may start: the other server does not answer, and by what is written beside the backups this is the main server still (epoch \(record.epoch))"
                )
            }
            let more =
                record.recordedIn != nil && epochs == .silent
                ? ", and neither does the repository of backups, where it would be written" : ""
            return .wait(
                "the other server does not answer, and may have been made the main one\(more): nothing starts here until it does. If you know that it was not:  kopnik standby force-primary"
            )
        }
    }
}
