import Blueprint
import Engine
import Foundation
public import Machine

/// Whether this computer can hold the site: a pure judgement over facts.
public struct ComputerCheck: Sendable {
    /// Less free space than this and nothing is begun: the images alone take 3 GB.
    static let leastSpace = 6 << 30
    static let leastMemory = 3 << 30

    /// What was read of it.
    public var computer: Computer
    /// Bytes free where the site lies.
    public var freeSpace: Int?
    /// Bytes free where Docker keeps its images, if that is another disk.
    public var freeDockerSpace: Int?
    /// Whoever holds a port that the site wants, without the site itself.
    public var takenPorts: [ListeningPort]
    /// Which of the ports is the one for https.
    public var httpsPort: Int
    /// Whether the site has been raised here before: then the images are there, and less space will do.
    public var isRaised: Bool
    /// Whether the site's own nginx holds the ports.
    var holdsPorts = false

    /// Makes one from its parts; whether the site's own nginx holds the ports is set afterwards.
    public init(
        computer: Computer, freeSpace: Int?, freeDockerSpace: Int? = nil, takenPorts: [ListeningPort],
        httpsPort: Int = 443, isRaised: Bool = false
    ) {
        self.computer = computer
        self.freeSpace = freeSpace
        self.freeDockerSpace = freeDockerSpace
        self.takenPorts = takenPorts
        self.httpsPort = httpsPort
        self.isRaised = isRaised
    }

    /// Everything that was looked at, good or not; a port only if it is taken.
    public var findings: [Finding] {
        [system, cores, memory, space("Disk", freeSpace), freeDockerSpace.map { space("Docker's disk", $0) }].compactMap
        { $0 } + ports
    }

    /// A few words for the progress line.
    public var summary: String {
        let space = freeSpace.map { "\($0 >> 30) GB free" } ?? "unknown space"
        return "\(computer.cores) cores, \(Self.gigabytes(computer.memory)) GB, \(space)"
    }

    /// The first thing that makes raising the site impossible.
    public var obstacle: Failure? {
        findings.first { $0.level == .problem }.map { Failure($0.what, because: $0.because, fix: $0.fix) }
    }

    private static func gigabytes(_ bytes: Int) -> Int { Int((Double(bytes) / Double(1 << 30)).rounded()) }

    private var system: Finding {
        let known = ["debian": 12.0, "ubuntu": 24.04]
        if let least = known[computer.distribution], (Double(computer.version) ?? least) >= least {
            return Finding(.good, "System", computer.name)
        }
        return Finding(
            .warning, "System", "\(computer.name) is not a system that kopnik is tried on",
            because: "it is tried on Debian 12 and 13 and made for Ubuntu 24.04 and later",
            fix: "install Docker yourself, then 'kopnik up' does the rest; or use one of those systems")
    }

    private var cores: Finding {
        computer.cores >= 4
            ? Finding(.good, "Processor", "\(computer.cores) cores")
            : Finding(
                .warning, "Processor", "\(computer.cores) cores, the specification asks for 4 (H1)",
                because: "it works with fewer, slower under load")
    }

    private var memory: Finding {
        let text = "\(Self.gigabytes(computer.memory)) GB of memory"
        if computer.memory < Self.leastMemory {
            return Finding(
                .problem, "Memory", "\(text) is too little",
                because: "the database alone reserves 512 MB, all services up to 4 GB",
                fix: "use a computer with 4 GB or more")
        }
        return computer.memory >= 30 << 27  // 4 GB less what the firmware keeps for itself
            ? Finding(.good, "Memory", text)
            : Finding(
                .warning, "Memory", "\(text), the specification asks for 4 (H2)", because: "it may get tight under load"
            )
    }

    private func space(_ subject: String, _ bytes: Int?) -> Finding {
        guard let bytes else { return Finding(.warning, subject, "the free space could not be read") }
        let text = bytes >= 1 << 30 ? "\(bytes >> 30) GB free" : "\(bytes >> 20) MB free"
        let least = isRaised ? 1 << 30 : Self.leastSpace
        guard bytes >= least else {
            return Finding(
                .problem, subject, "\(subject.lowercased() == "disk" ? "the disk" : subject) is nearly full: \(text)",
                because:
                    "\(isRaised ? "a running site" : "the images, the sources and the database") need\(isRaised ? "s" : "") \(least >> 30) GB",
                fix: "free some space ('df -h' shows where it is), then run the same command again")
        }
        return Finding(.good, subject, text)
    }

    private var ports: [Finding] {
        takenPorts.map { taken in
            let who =
                taken.program.map { "'\($0)'" + (taken.process.map { " (process \($0))" } ?? "") } ?? "another program"
            let flag =
                taken.port == httpsPort
                ? "--https-port \(taken.port == 8443 ? 9443 : 8443)" : "--http-port \(taken.port == 8080 ? 9080 : 8080)"
            return Finding(
                .problem, "Port \(taken.port)", "port \(taken.port) is taken by \(who)",
                because: "the site's nginx has to listen there",
                fix: "stop that program, or choose another port: kopnik up \(flag)")
        }
    }
}
