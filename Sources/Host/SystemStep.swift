public import Machine

/// Whether this is a system that the other steps know. Changes nothing.
struct SystemStep: Step {
    let server: Server
    let name = "System"

    /// Those that were made for it: long-term releases.
    static let known = ["ubuntu": ["24.04", "26.04"], "debian": ["12", "13"]]

    func inspect() async throws -> Inspection {
        let computer = server.computer
        try Server.refuseUnknown(computer)
        guard server.world.person.isRoot else {
            throw Failure(
                "kopnik may not look into this server's settings",
                because: "that takes administrator rights, and this was started without them",
                fix: "sudo ./kopnik host plan")
        }
        guard computer.hasSystemd else {
            throw Failure(
                "kopnik cannot set up this computer as a server",
                because: "systemd is not its first process, so no service could be kept running",
                fix: "use a whole computer or virtual machine; in a container, 'kopnik up' alone works")
        }
        return Inspection(computer.name)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {}
}

extension Server {
    /// - Throws: `Failure` where a computer's system is not one that the steps know.
    public static func refuseUnknown(_ computer: Computer) throws {
        guard SystemStep.known[computer.distribution]?.contains(computer.version) != true else { return }
        throw Failure(
            "kopnik cannot set up this system as a server",
            because: "this is \(computer.name); it knows Ubuntu 24.04 and 26.04, Debian 12 and 13",
            fix: "install one of these, Ubuntu Server 24.04 for instance, then run the same command there")
    }
}
