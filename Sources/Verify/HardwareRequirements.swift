import Machine

extension Requirements {
    static let hardware: [Requirement] = [
        Requirement("H1", "4–6 cores", at: [.computer]) { sightings in
            sightings.computer.judged { seen in
                let cores = seen.computer.cores
                return cores >= 4
                    ? .holds("\(cores) cores")
                    : .differs(
                        "\(cores) core\(cores == 1 ? "" : "s")",
                        because: "this computer has fewer than a server should: everything runs, only slower")
            }
        },
        Requirement("H2", "4–6 GB of memory", at: [.computer]) { sightings in
            sightings.computer.judged { seen in
                // A machine of 4 GB shows a little less: the kernel keeps its part.
                let tenths = seen.computer.memory / ((1 << 30) / 10)
                let words = "\(tenths / 10).\(tenths % 10) GB"
                return tenths >= 36
                    ? .holds(words)
                    : .differs(
                        words, because: "this computer has less than a server should: many users at once would not fit")
            }
        },
        Requirement("H3", "250 GB SSD in RAID 1", at: [.computer]) { sightings in sightings.computer.judged(disk) },
        Requirement("H4", "100 Mbit/s network", at: [.computer]) { sightings in
            sightings.computer.judged { seen in
                guard let link = seen.link else {
                    return .differs("no card leads out", because: "there is no default route")
                }
                switch link.speed {
                case .agreed(let speed) where speed >= 100: return .holds("\(speed) Mbit/s (\(link.card))")
                case .agreed(let speed):
                    return .differs(
                        "\(speed) Mbit/s (\(link.card))",
                        because: "the card, the cable or the other end is slower than a server's should be")
                case .played(let player):
                    return .differs(
                        "no speed to be read (\(link.card))",
                        because: "\(player) plays that card, and its figure measures nothing")
                case .unknown:
                    return .differs(
                        "no speed to be read (\(link.card))",
                        because: "the card shows none, as one without a cable or a wireless one does")
                }
            }
        },
    ]

    private static func disk(_ seen: ComputerSighting) -> Judgement {
        let storage = seen.storage
        let size = storage.total.map { "\($0 / 1_000_000_000) GB" } ?? "no size to be read"
        let evidence = "\(size), \(storage.kindWords), \(storage.mirrorWords)"
        var lacks: [String] = []
        // Makers count in thousands, and a file system takes its own part.
        if (storage.total ?? 0) < 225_000_000_000 { lacks.append("it is smaller than a server's") }
        switch storage.kind {
        case .solid: break
        case .turning: lacks.append("it turns")
        case .hidden(let owner): lacks.append("\(owner) hides what the disks are")
        case .unknown: lacks.append("the file system does not tell which disk it lies on")
        }
        switch storage.mirror {
        case .whole: break
        case .degraded(let array, _, _, let isRebuilding):
            // Small or slow is as it was bought; this is something that broke.
            guard isRebuilding else {
                return .broken(
                    evidence, because: "the loss of another disk would lose the site",
                    fix: "sudo mdadm --detail /dev/\(array)  (shows which disk to replace)")
            }
            lacks.append("until the mirror is rebuilt the loss of another disk loses the site")
        case .hidden: lacks.append("RAID is set up there, where it cannot be seen from here")
        case .none: lacks.append("the loss of one disk loses the site")
        }
        return lacks.isEmpty ? .holds(evidence) : .differs(evidence, because: lacks.joined(separator: "; "))
    }

    static let origin: [Requirement] = [
        Requirement("P1", "VMware ESXi", at: [.computer]) { sightings in
            sightings.computer.judged { seen in
                switch seen.provider {
                case "vmware_esxi": .holds("a machine of an ESXi server")
                case let other?:
                    .differs("a machine of \(other)", because: "kopnik.yaml asks for that: machines.provider")
                case nil: .notApplicable("this computer is no virtual machine that kopnik made")
                }
            }
        },
        Requirement("P2", "Vagrant creates the machines", at: [.computer]) { sightings in
            sightings.computer.judged { seen in
                seen.provider.map { .holds("Vagrant made this one, on \($0)") }
                    ?? .notApplicable("this computer is no virtual machine that kopnik made")
            }
        },
    ]
}
