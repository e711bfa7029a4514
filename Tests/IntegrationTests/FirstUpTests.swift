import Machine
import Testing

/// The first of all, in a run of its own: only once is the computer bare.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct FirstUpTests {
    let host = BareHost.shared

    @Test(.timeLimit(.minutes(30)))
    func `up raises everything from nothing, and a second up has nothing to do`() async throws {
        try #require(try await !host.shell("command -v docker").succeeded, "this computer is not bare")
        let first = try await host.kopnik("up", "--demo", "--yes")
        #expect(first.succeeded, "\(first.standardError)\(first.standardOutput)")
        #expect(first.standardError.contains(" 0 broken"), "\(first.standardError)")
        let plan = try await host.kopnik("plan", "--demo")
        #expect(plan.exitCode == 0, "\(plan.standardOutput)")
        let second = try await host.kopnik("up", "--demo")
        #expect(second.succeeded)
        #expect(second.standardError.contains("nothing to do"), "\(second.standardError)")
        #expect(!second.standardError.contains("↻"))
    }
}
