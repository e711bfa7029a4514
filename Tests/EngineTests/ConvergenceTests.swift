import Machine
import Testing

@testable import Engine

@Suite struct `A service on its way` {
    private func service(replicas: Int = 1, update: String? = nil) -> ServiceState {
        ServiceState(name: "db", id: "s", image: "i", replicas: replicas, updateState: update)
    }
    private func up(_ id: String = "up") -> TaskState {
        TaskState(id: id, service: "db", desired: "Running", current: "Running")
    }
    private func failed(_ id: String, _ error: String = "exit (1)", state: String = "Failed") -> TaskState {
        TaskState(id: id, service: "db", desired: "Shutdown", current: state, error: error)
    }
    private func verdict(_ service: ServiceState, _ tasks: [TaskState], known: Set<String> = []) -> Convergence.Verdict?
    {
        Convergence(services: [service], tasks: tasks, known: known).verdicts["db"]
    }

    @Test func `is healthy when its task runs`() { #expect(verdict(service(), [up()]) == .healthy) }

    @Test func `is not there while Swarm waits for its health check`() {
        let starting = TaskState(id: "a", service: "db", desired: "Running", current: "Starting")
        #expect(verdict(service(), [starting]) == .coming("starting"))
    }

    @Test func `is not helped by a task that Swarm wants gone`() {
        let leaving = TaskState(id: "a", service: "db", desired: "Shutdown", current: "Running")
        #expect(verdict(service(), [leaving]) == .coming("waiting for a place"))
    }

    @Test func `waits for a place when it has no task`() {
        #expect(verdict(service(), []) == .coming("waiting for a place"))
    }

    @Test func `needs as many tasks as it has replicas`() {
        #expect(verdict(service(replicas: 2), [up("a")]) == .coming("running"))
        #expect(verdict(service(replicas: 2), [up("a"), up("b")]) == .healthy)
        #expect(verdict(service(replicas: 0), []) == .healthy)
    }

    @Test func `is being replaced while its update goes on, though the old task runs`() {
        #expect(verdict(service(update: "updating"), [up()]) == .coming("replacing"))
        #expect(verdict(service(update: "completed"), [up()]) == .healthy)
    }

    @Test(arguments: ["paused", "rollback_started", "rollback_completed"])
    func `has failed when its update stopped, whatever still runs`(state: String) {
        #expect(verdict(service(update: state), [up(), failed("f", "no such image")]) == .failed("no such image"))
        #expect(verdict(service(update: state), [up()]) == .failed("its update stopped"))
    }

    @Test func `gives a reason also where a stopped update left none`() {
        do {
            #expect(verdict(service(update: "paused"), [failed("f", "")]) == .failed("its update stopped"))
        }
    }

    @Test func `has failed at its third failure, for the newest reason`() {
        let two = [failed("a", "newest"), failed("b", "older")]
        #expect(verdict(service(), two) == .coming("waiting for a place"))
        #expect(verdict(service(), two + [failed("c", "oldest", state: "Rejected")]) == .failed("newest"))
        #expect(verdict(service(), ["a", "b", "c"].map { failed($0, "") }) == .failed("it ended 3 times"))
    }

    @Test func `is not judged by what failed before the change`() {
        let tasks = [up(), failed("a"), failed("b"), failed("c")]
        #expect(verdict(service(), tasks, known: ["a"]) == .healthy)
        #expect(verdict(service(), Array(tasks.dropFirst()), known: ["a"]) == .coming("waiting for a place"))
        #expect(verdict(service(), Array(tasks.dropFirst()), known: []) == .failed("exit (1)"))
    }

    @Test func `is healthy now, whatever failed before it came up`() {
        #expect(verdict(service(), [up(), failed("a"), failed("b"), failed("c")], known: []) == .healthy)
    }

    @Test func `is not judged by another's tasks`() {
        let other = TaskState(id: "x", service: "db2", desired: "Running", current: "Running")
        #expect(verdict(service(), [other]) == .coming("waiting for a place"))
    }
}

@Suite struct `A stack on its way` {
    private let services = ["b", "a", "c"].map { ServiceState(name: $0, id: $0, image: "i", replicas: 1) }

    @Test func `is complete when all are healthy`() {
        let tasks = services.map { TaskState(id: $0.name, service: $0.name, desired: "Running", current: "Running") }
        let now = Convergence(services: services, tasks: tasks)
        #expect(now.isComplete && now.healthy == ["a", "b", "c"] && now.waiting.isEmpty && now.failures.isEmpty)
    }

    @Test func `names those it waits for and those that failed, in order`() {
        let tasks =
            [TaskState(id: "1", service: "c", desired: "Running", current: "Running")]
            + (0..<3).map {
                TaskState(id: "f\($0)", service: "b", desired: "Shutdown", current: "Failed", error: "bad")
            }
        let now = Convergence(services: services, tasks: tasks)
        #expect(!now.isComplete)
        #expect(now.waiting == ["a", "b"])
        #expect(now.failures.map(\.service) == ["b"] && now.failures.map(\.reason) == ["bad"])
    }
}
