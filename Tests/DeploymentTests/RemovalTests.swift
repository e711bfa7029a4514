import Blueprint
import Deployment
import Machine
import Synchronization
import TestSupport
import Testing

@Suite struct `Taking the stack down` {
    let folder = TemporaryFolder("down")

    /// Docker whose services are gone and whose network is held by ended tasks when first asked to remove it.
    private func runner(refusals: Int, saying words: String) -> ScriptedRunner {
        let left = Mutex(refusals)
        let isGone = Mutex(false)
        return ScriptedRunner(answers: [
            (["docker", "service", "ls"], { _ in CommandOutput() }),
            (["docker", "ps"], { _ in CommandOutput() }),
            (
                ["docker", "network", "ls"],
                { _ in CommandOutput(standardOutput: isGone.withLock { $0 } ? "" : "a1b2\n") }
            ),
            (
                ["docker", "stack", "rm"],
                { _ in
                    guard
                        left.withLock({ count in
                            count -= 1; return count < 0
                        })
                    else {
                        return CommandOutput(exitCode: 1, standardError: words)
                    }
                    isGone.withLock { $0 = true }
                    return CommandOutput()
                }
            ),
        ])
    }

    @Test func `waits for a network that ended tasks still use`() async throws {
        let runner = runner(
            refusals: 3,
            saying: "Failed to remove network x: Error response from daemon: rpc error: code = FailedPrecondition "
                + "desc = network x is in use by task yFailed to remove some resources from stack: kopnik")
        #expect(try await deployment(in: folder, runner).down() == 0)
        #expect(runner.log.count { $0.arguments.starts(with: ["stack", "rm"]) } == 4)
    }

    @Test func `tells any other reason at once`() async throws {
        let runner = runner(refusals: 1, saying: "permission denied")
        await #expect(throws: Failure.self) { try await deployment(in: folder, runner).down() }
        #expect(runner.log.count { $0.arguments.starts(with: ["stack", "rm"]) } == 1)
    }
}
