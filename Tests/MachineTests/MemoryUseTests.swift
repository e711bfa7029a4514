import Synchronization
import Testing

@testable import Machine

@Suite struct `Memory` {
    @Test func `is read from the kernel's table, in bytes`() {
        let table = "MemTotal:       2000 kB\nMemFree:         100 kB\nMemAvailable:    500 kB\n"
        #expect(MemoryUse(table: table)?.available == 500 << 10 && MemoryUse(table: table)?.total == 2000 << 10)
        #expect(MemoryUse(table: "MemTotal: 2000 kB\n") == nil && MemoryUse(table: "") == nil)
    }

    @Test func `of this computer is told`() throws {
        let use = try #require(MemoryUse.read())
        #expect(use.available > 0 && use.total > use.available)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A program that goes on talking` {
    private final class Heard: Sendable { let lines = Mutex<[String]>([]) }

    @Test func `is heard line by line, and ended with its listener`() async throws {
        let heard = Heard()
        let task = Task {
            try await LocalCommandRunner(redaction: Redaction()).follow(
                Command("sh", ["-c", "echo one; echo two; sleep 600; echo three"])
            ) { line in heard.lines.withLock { $0.append(line) } }
        }
        let both = try await poll(for: .seconds(20), every: .milliseconds(20)) {
            heard.lines.withLock { $0.count } == 2 ? true : nil
        }
        #expect(both == true && heard.lines.withLock { $0 } == ["one", "two"])
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `ends with its code and what it said on standard error`() async throws {
        let output = try await LocalCommandRunner().follow(Command("sh", ["-c", "echo why >&2; exit 3"])) { _ in }
        #expect(output.exitCode == 3 && output.lastWords == "why")
    }

    @Test func `that is not there is a failure that says so`() async throws {
        do {
            _ = try await LocalCommandRunner().follow(Command("no-such-program-here")) { _ in }
            Issue.record("it ran")
        } catch let failure as Failure { #expect(failure.isMissingProgram) }
    }
}
