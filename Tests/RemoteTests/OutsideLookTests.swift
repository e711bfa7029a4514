import Machine
import TestSupport
import Testing

@testable import Remote

struct OutsideLookTests {
    /// - Parameter open: ports that take a connection.
    private func look(
        open: Set<String> = ["443"], secure: CommandOutput = .init(standardOutput: "200"),
        plain: CommandOutput = .init(standardOutput: "301 https://kopnik.test/"),
        settings: String = "hostname 192.0.2.7\nport 22\n",
        isBehindAnother: Bool = false
    ) async throws -> OutsideLook.Sight {
        let runner = ScriptedRunner(answers: [
            (["ssh", "-G"], { _ in CommandOutput(standardOutput: settings) }),
            (["curl"], { $0.arguments.last?.hasPrefix("https") == true ? secure : plain }),
            (
                ["timeout", "3", "bash", "-c"],
                { CommandOutput(exitCode: open.contains($0.arguments.last ?? "") ? 0 : 1) }
            ),
        ])
        let destination = try #require(Destination("root@kopnik.test"))
        let shell = SecureShell(
            destination: destination, world: .test(runner), folder: "/nonexistent", target: destination.words)
        return try await OutsideLook(
            shell, domain: "kopnik.test", http: 80, https: 443, authority: nil, isBehindAnother: isBehindAnother
        ).look()
    }

    @Test func `a site that answers, with nothing else open, is as it should be`() async throws {
        #expect(try await look().faults.isEmpty)
    }

    @Test func `each fault is told`() async throws {
        let open = try await look(open: ["443", "5432", "8080"])
        #expect(open.faults.map { $0.prefix(9) } == ["port 5432", "port 8080"])
        let refused = CommandOutput(exitCode: 7, standardError: "curl: (7) Failed to connect")
        #expect(
            try await look(secure: refused).faults == [
                "https://kopnik.test does not answer here: curl: (7) Failed to connect"
            ])
        #expect(try await look(secure: .init(standardOutput: "502")).faults.first?.contains("HTTP 502") == true)
        #expect(try await look(plain: .init(standardOutput: "301 https://elsewhere/")).faults.count == 1)
        #expect(try await look(plain: .init(standardOutput: "200 ")).faults.count == 1)
    }

    @Test func `sshd's own port may answer, wherever it is`() async throws {
        #expect(try await look(open: ["8080"], settings: "hostname 192.0.2.7\nport 8080\n").faults.isEmpty)
    }

    @Test func `what only another host reaches is not looked at, and that is said`() async throws {
        let sight = try await look(open: [], isBehindAnother: true)
        #expect(sight.faults.isEmpty && sight.summary.contains("not looked at"))
        #expect(try await look(open: [], settings: "proxyjump gate\n").summary.contains("not looked at"))
        // Where it can be reached all the same, it is looked at.
        #expect(try await look(open: ["443", "25"], isBehindAnother: true).faults.count == 1)
    }
}
