import Testing

@testable import Engine

@Suite struct `What Swarm has to replace` {
    private let service = ServiceState(name: "files", id: "s", image: "i", replicas: 1)
    private func task(_ id: String, desired: String = "Running", _ current: String = "Running") -> TaskState {
        TaskState(id: id, service: "files", desired: desired, current: current)
    }
    private func replacement(_ tasks: [TaskState], made: [String: String], before: String? = "new") -> Replacement {
        Replacement(
            tasks: tasks, made: made, before: before.map { ["files": $0] } ?? [:], wanted: ["files": "new"])
    }
    private func verdict(_ replacement: Replacement, _ now: [TaskState]) -> Convergence.Verdict? {
        Convergence(services: [service], tasks: now, known: replacement.known, replaced: replacement.services)
            .verdicts["files"]
    }

    @Test func `is nothing where all that runs is what is wanted`() {
        let replacement = replacement([task("a")], made: ["a": "new"])
        #expect(replacement == Replacement(tasks: [], made: [:], before: [:], wanted: [:]))
        #expect(verdict(replacement, [task("a")]) == .healthy)
    }

    @Test func `is what the change itself asks for`() {
        let replacement = replacement([task("a")], made: ["a": "old"], before: "old")
        #expect(verdict(replacement, [task("a")]) == .coming("waiting for a place"))
        #expect(verdict(replacement, [task("b"), task("a", desired: "Shutdown")]) == .healthy)
    }

    @Test func `is also what a change that was broken off has begun, whatever the service says of itself`() {
        // The old one runs on while the new one starts; the service's own word of an update is not there yet.
        let before = [task("b", "Starting"), task("a")]
        let replacement = replacement(before, made: ["a": "old", "b": "new"])
        #expect(verdict(replacement, before) == .coming("starting"))
        #expect(verdict(replacement, [task("b"), task("a", desired: "Shutdown")]) == .healthy)
    }

    @Test func `is not the old one that is wanted again`() {
        let replacement = replacement(
            [task("b", "Starting"), task("a")], made: ["a": "new", "b": "bad"], before: "bad")
        #expect(verdict(replacement, [task("a")]) == .healthy)
    }

    @Test func `has no say where the service is a new one`() {
        #expect(replacement([], made: [:], before: nil).services.isEmpty)
    }
}
