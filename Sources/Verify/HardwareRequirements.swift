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
                guard let speed = seen.linkSpeed else {
                    return .differs(
                        "no speed to be read",
                        because: "the network card is virtual or wireless, and says nothing of its speed")
                }
                return speed >= 100
                    ? .holds("\(speed) Mbit/s")
                    : .differs("\(speed) Mbit/s", because: "the network card is slower than a server's should be")
            }
        },
    ]

    private static func disk(_ seen: ComputerSighting) -> Judgement {
        guard let total = seen.disk else {
            return .differs("no size to be read", because: "the file system says nothing of its size")
        }
        let size = "\(total / 1_000_000_000) GB"
        let kind = seen.isRotating.map { $0 ? "a turning disk" : "SSD" } ?? "of a kind that cannot be seen"
        let mirror = seen.mirrors.isEmpty ? "no RAID 1 to be seen" : "RAID 1 (\(seen.mirrors.joined(separator: ", ")))"
        var lacks: [String] = []
        // Makers count in thousands, and a file system takes its own part.
        if total < 225_000_000_000 { lacks.append("it is smaller than a server's") }
        if seen.isRotating ?? true {
            lacks.append(seen.isRotating == nil ? "a virtual disk hides what it is" : "it turns")
        }
        if seen.mirrors.isEmpty { lacks.append("RAID may be the hypervisor's, where it cannot be seen from here") }
        let evidence = "\(size), \(kind), \(mirror)"
        return lacks.isEmpty ? .holds(evidence) : .differs(evidence, because: lacks.joined(separator: "; "))
    }

    static let origin: [Requirement] = [
        Requirement("P1", "VMware ESXi") { _ in .notApplicable("this computer is no virtual machine that kopnik made")
        },
        Requirement("P2", "Vagrant creates the machines") { _ in
            .notApplicable("on a person's own computer no machines are created")
        },
    ]
}
