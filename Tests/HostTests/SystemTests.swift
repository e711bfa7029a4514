import Machine
import TestSupport
import Testing

@testable import Host

private func computer(_ distribution: String, _ version: String, systemd: Bool = true) -> Computer {
    Computer(
        cores: 4, memory: 4 << 30, distribution: distribution, version: version, name: "\(distribution) \(version)",
        hasSystemd: systemd, isWSL: false)
}

@Suite struct `The system of a server` {
    private func inspect(_ computer: Computer, person: Operator = .testRoot) async throws -> Inspection {
        try await SystemStep(server: Server(world: .test(person: person), wish: .init(), computer: computer)).inspect()
    }

    @Test(arguments: [("ubuntu", "24.04"), ("ubuntu", "26.04"), ("debian", "12"), ("debian", "13")])
    func `may be`(distribution: String, version: String) async throws {
        #expect(try await inspect(computer(distribution, version)).isClean)
    }

    @Test(arguments: [("ubuntu", "22.04"), ("ubuntu", "25.10"), ("debian", "11"), ("fedora", "42"), ("unknown", "")])
    func `may not be, and it is said which may`(distribution: String, version: String) async {
        let failure = await #expect(throws: Failure.self) { try await inspect(computer(distribution, version)) }
        #expect(failure?.because?.contains("Ubuntu 24.04 and 26.04, Debian 12 and 13") == true)
    }

    @Test func `is not looked at without rights, nor without systemd`() async {
        let rights = await #expect(throws: Failure.self) { try await inspect(computer("debian", "12"), person: .test) }
        #expect(rights?.fix == "sudo ./kopnik host plan")
        await #expect(throws: Failure.self) { try await inspect(computer("debian", "12", systemd: false)) }
    }
}
