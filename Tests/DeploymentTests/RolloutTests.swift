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

/// Where some wait until all of them are there.
private actor Meeting {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    init(of count: Int) { missing = count }

    func join() async {
        missing -= 1
        guard missing > 0 else {
            for one in waiting { one.resume() }
            waiting = []
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }
}

/// A step whose looking ends when others look too.
private struct MeetingStep: Step {
    let name: String
    let meeting: Meeting
    let delay: Duration
    let failure: Failure?

    init(_ name: String, _ meeting: Meeting, after delay: Duration = .zero, failure: Failure? = nil) {
        (self.name, self.meeting, self.delay, self.failure) = (name, meeting, delay, failure)
    }

    func inspect() async throws -> Inspection {
        await meeting.join()
        try await Task.sleep(for: delay)
        if let failure { throw failure }
        return Inspection(name)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {}
}

private final class Journal: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    func note(_ line: String) { kept.withLock { $0.append(line) } }
}

@Suite struct `A rollout` {
    private let journal = Journal()
    private let progress = RecordedProgress()
    private func rollout(_ steps: [FakeStep]) -> Rollout {
        Rollout(steps: steps, world: .test(progress: progress), verb: .up)
    }

    @Test func `plans by looking alone`() async throws {
        let findings = try await rollout([FakeStep("a", journal), FakeStep("b", journal, done: true)]).plan()
        #expect(journal.lines == ["inspect a", "inspect b"])
        #expect(findings.map(\.inspection.isClean) == [false, true])
    }

    @Test func `looks at everything at once where it may, and tells what it found in the order of the steps`()
        async throws
    {
        let (gate, opened) = (Meeting(of: 3), FakeStep("c", journal))
        let steps: [any Step] = [MeetingStep("a", gate), MeetingStep("b", gate), MeetingStep("d", gate), opened]
        let rollout = Rollout(steps: steps, world: .test(progress: progress), verb: .up, looksAtOnce: true)
        // Each of the three waits for both others: one after the other they would never end.
        #expect(try await rollout.plan().map(\.step) == ["a", "b", "d", "c"])
        let failing: [any Step] = [
            MeetingStep("late", Meeting(of: 1), after: .milliseconds(50), failure: Failure("the first")),
            MeetingStep("early", Meeting(of: 1), failure: Failure("the second")),
        ]
        await #expect(throws: Failure("the first")) {
            _ = try await Rollout(steps: failing, world: .test(progress: progress), verb: .up, looksAtOnce: true).plan()
        }
    }

    @Test func `what is worked out once is worked out once, however many ask`() async throws {
        let (once, count) = (Once<String, Int>(), Journal())
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await once.value("a") {
                        count.note("worked")
                        try await Task.sleep(for: .milliseconds(20))
                        return 7
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 7, count: 20) && count.lines.count == 1)
        await #expect(throws: Failure("not yet")) { _ = try await once.value("b") { throw Failure("not yet") } }
        #expect(try await once.value("b") { 8 } == 8)
        await once.set("a", to: 9)
        #expect(try await once.value("a") { 10 } == 9)
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
