public import Machine

/// Whether the disks and the network card are what the specification asks of a server (H3, H4): a pure judgement over facts.
/// Only a mirror that lost a disk is something to mend; the rest is worth knowing.
public struct HardwareCheck: Sendable {
    /// What the site lies on.
    public var storage: Storage
    /// The card that leads out; `nil` where none does.
    public var link: NetworkLink?

    /// Makes one from its parts.
    public init(storage: Storage, link: NetworkLink?) {
        self.storage = storage
        self.link = link
    }

    /// Everything that was looked at, good or not.
    public var findings: [Finding] { [kind, mirror, network].compactMap { $0 } }

    private var kind: Finding? {
        switch storage.kind {
        case .solid: Finding(.good, "Disk's kind", storage.kindWords)
        case .turning:
            Finding(
                .warning, "Disk's kind", "\(storage.kindWords), the specification asks for an SSD (H3)",
                because: "the database writes to it at every change, and waits for it")
        // Said with the mirror, which the same one hides.
        case .hidden, .unknown: nil
        }
    }

    private var mirror: Finding {
        switch storage.mirror {
        case .whole: Finding(.good, "RAID", storage.mirrorWords)
        case .degraded(let array, _, _, true):
            Finding(
                .warning, "RAID", storage.mirrorWords,
                because:
                    "until it is rebuilt the loss of another disk loses the site; 'cat /proc/mdstat' shows how far \(array) is"
            )
        case .degraded(let array, _, _, false):
            Finding(
                .problem, "RAID", storage.mirrorWords, because: "the loss of another disk would lose the site",
                fix:
                    "sudo mdadm --detail /dev/\(array)  (shows which disk is missing); replace it, then: sudo mdadm /dev/\(array) --add /dev/NEW"
            )
        case .hidden(let owner):
            Finding(
                .warning, "RAID", "\(owner) hides whether there is RAID 1, which the specification asks for (H3)",
                because: "the disks under it cannot be seen from here",
                fix: "look at its own page of disks once, and have it send you letters when one fails")
        case .none:
            Finding(
                .warning, "RAID", "\(storage.mirrorWords), the specification asks for it (H3)",
                because: "if the disk dies, the site and its database die with it"
                    + (storage.kind == .unknown
                        ? " (which disk it is cannot be seen: ZFS and Btrfs mirror on their own)" : ""))
        }
    }

    private var network: Finding {
        guard let link else {
            return Finding(
                .warning, "Network", "nothing leads out of this computer", because: "there is no default route",
                fix: "ip route  (shows which networks it is in)")
        }
        switch link.speed {
        case .agreed(let speed) where speed >= 100: return Finding(.good, "Network", "\(speed) Mbit/s (\(link.card))")
        case .agreed(let speed):
            return Finding(
                .warning, "Network", "\(speed) Mbit/s (\(link.card)), the specification asks for 100 (H4)",
                because: "often it is the cable or the other end: the slower of the two decides")
        case .played(let player):
            return Finding(
                .warning, "Network", "the speed of \(link.card) cannot be seen (H4)",
                because: "\(player) plays that card, and its figure measures nothing")
        case .unknown:
            return Finding(
                .warning, "Network", "\(link.card) shows no speed (H4)",
                because: "wireless cards do not, and a card without a cable does not")
        }
    }
}
