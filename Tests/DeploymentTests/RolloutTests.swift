import Machine
import Synchronization
import TestSupport
import Testing

@testable import Deployment

/// A step that does what a test says.
private final class FakeStep: Step {
    let name: String
    private let journal: Journal
    private let sticks: Bool
    private let failure: Failure?
    private let cancels: Bool
    private let isDone: Mutex<Bool>

    init(
        _ name: String, _ journal: Journal, done: Bool = false, sticks: Bool = true, failure: Failure? = nil,
        cancels: Bool = false
    ) {
        (self.name, self.journal, self.sticks, self.failure, self.cancels) = (name, journal, sticks, failure, cancels)
        isDone = Mutex(done)
    }

    func inspect() async throws -> Inspection {
        journal.note("inspect \(name)")
        return isDone.withLock { $0 }
            ? Inspection("\(name) done") : Inspection("to do", changes: [Change("do \(name)")])
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        journal.note("apply \(name)")
        await detail("doing \(name)")
        if let failure { throw failure }
        if sticks { isDone.withLock { $0 = true } }
        if cancels { withUnsafeCurrentTask { $0?.cancel() } }
    }
}

private final class Journal: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    func note(_ line: String) { kept.withLock { $0.append(line) } }
}

@Suite struct `A rollout` {
    private let journal = Journal()
    private let progress = RecordedProgress()
    private func rollout(_ steps: [FakeStep]) -> Rollout { Rollout(steps: steps, world: .test(progress: progress)) }

    @Test func `plans by looking alone`() async throws {
        let findings = try await rollout([FakeStep("a", journal), FakeStep("b", journal, done: true)]).plan()
        #expect(journal.lines == ["inspect a", "inspect b"])
        #expect(findings.map(\.inspection.isClean) == [false, true])
    }

    @Test func `applies in order what is not as it should be, and looks again`() async throws {
        let changed = try await rollout([
            FakeStep("a", journal), FakeStep("b", journal, done: true), FakeStep("c", journal),
        ]).apply()
        #expect(changed == 2)
        #expect(
            journal.lines == ["inspect a", "apply a", "inspect a", "inspect b", "inspect c", "apply c", "inspect c"])
    }

    @Test func `has nothing to do the second time`() async throws {
        let steps = [FakeStep("a", journal), FakeStep("b", journal)]
        #expect(try await rollout(steps).apply() == 2)
        #expect(try await rollout(steps).apply() == 0)
    }

    @Test func `stops at the first failure`() async {
        let failure = Failure("no network")
        await #expect(throws: failure) {
            try await rollout([FakeStep("a", journal, failure: failure), FakeStep("b", journal)]).apply()
        }
        #expect(journal.lines == ["inspect a", "apply a"])
        let last = progress.events.last
        guard case .failed(step: "a", took: _) = last else {
            Issue.record("the failure was not shown: \(String(describing: last))")
            return
        }
    }

    @Test func `names a step that does not become as it should be`() async {
        let failure = await #expect(throws: Failure.self) {
            try await rollout([FakeStep("a", journal, sticks: false), FakeStep("b", journal)]).apply()
        }
        #expect(failure?.what.contains("'a'") == true)
        #expect(failure?.because == "still to do: do a")
        #expect(!journal.lines.contains("inspect b"))
    }

    @Test func `ends between two steps when it is cancelled, and what was done stays`() async throws {
        let steps = [FakeStep("a", journal, cancels: true), FakeStep("b", journal)]
        let rollout = rollout(steps)
        let result = await Task { try await rollout.apply() }.result
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(journal.lines == ["inspect a", "apply a", "inspect a"])
        #expect(try await steps[0].inspect().isClean)
    }

    @Test func `tells what it does`() async throws {
        _ = try await rollout([FakeStep("a", journal)]).apply()
        #expect(progress.events.count == 3)
        #expect(progress.events.prefix(2) == [.started(step: "a"), .detail(step: "a", "doing a")])
        guard case .finished(step: "a", summary: "a done", changed: true, took: _) = progress.events[2] else {
            throw Failure("no end was told")
        }
    }
}
