import Foundation
public import Machine

/// Servers on one computer, to break and to watch: each has files, processes and a network of its own, and dies whole.
///
/// They are no containers: each runs a Docker of its own, as a server does. The kernel is this computer's.
public struct Lab: Sendable {
    /// Where its computers' files lie.
    public static let usualFolder = "/var/lib/kopnik-lab"

    let world: World
    let folder: String

    /// - Parameter folder: must not lie below /usr or /etc, which are shown inside.
    public init(_ world: World, folder: String = Lab.usualFolder) {
        self.world = world
        self.folder = folder
    }

    /// One of its computers, which may not have been made yet.
    public func computer(_ name: LabComputer.Name) -> LabComputer {
        LabComputer(world: world, folder: "\(folder)/\(name.rawValue)", name: name)
    }

    /// The ones that were made.
    public var made: [LabComputer] { LabComputer.Name.allCases.map(computer).filter(\.isMade) }

    var network: LabNetwork { LabNetwork(world) }

    /// - Throws: `Failure` where somebody else than root asks, who would not even see what runs.
    public func requireRoot() throws {
        guard world.person.isRoot else {
            throw Failure(
                "only root may use the lab", because: "it has networks, mounts and processes of its own",
                fix: "the same command with sudo before it")
        }
    }

    /// - Throws: `Failure` where this computer cannot have one.
    public func check() async throws {
        try requireRoot()
        for (program, package) in [
            ("unshare", "util-linux"), ("nsenter", "util-linux"), ("ip", "iproute2"), ("iptables", "iptables"),
        ] {
            do {
                _ = try await world.commands.run(Command(program, ["--version"], timeLimit: .seconds(10)))
            } catch let failure as Failure where failure.isMissingProgram {
                throw Failure(
                    "the lab needs '\(program)'", because: "it is not on this computer",
                    fix: "apt-get install \(package)")
            }
        }
        try await network.check()
    }

    /// Makes a computer where there is none, switches it on where it is off, and plugs its network in.
    public func start(_ name: LabComputer.Name) async throws {
        try await network.raise()
        try await network.plug(name)
        let computer = computer(name)
        if try await computer.process() == nil { try await computer.boot() }
        try await computer.giveProgram()
    }

    /// Puts a computer's cable in, or pulls it.
    public func cable(of name: LabComputer.Name, isIn: Bool) async throws {
        guard computer(name).isMade else {
            throw Failure("there is no \(name.rawValue) in the lab", fix: "kopnik lab boot \(name.rawValue)")
        }
        if isIn { try await network.plug(name) } else { try await network.unplug(name) }
    }

    /// Whether a computer's cable is in.
    public func isPlugged(_ name: LabComputer.Name) async throws -> Bool { try await network.isPlugged(name) }

    /// Ends all of them, and removes every trace.
    public func remove() async throws {
        for computer in made { try await computer.kill() }
        // Deleting through a mount would delete what is not ours.
        let mounts = world.files.text(of: "/proc/self/mounts") ?? ""
        guard !mounts.contains(" \(folder)/") else {
            throw Failure(
                "the lab's files were not removed", because: "something is mounted below \(folder)",
                fix: "umount it (findmnt shows what it is), then:  kopnik lab down")
        }
        try await network.remove()
        // Not by our own hands: there are device files and names in any encoding.
        _ = try await world.commands.require(
            Command("rm", ["-rf", "--one-file-system", folder], timeLimit: .seconds(300)),
            toDo: "remove the lab's files")
    }
}
