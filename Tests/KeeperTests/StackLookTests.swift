import Blueprint
import Engine
import Foundation
import Overview
import Testing

@testable import Keeper

private let begin = Date(timeIntervalSince1970: 1_795_000_000)

private func service(_ replicas: Int = 1) -> ServiceState {
    ServiceState(name: "web", id: "s", image: "127.0.0.1:1/kopnik/web:1@sha256:abc", replicas: replicas)
}

private func task(
    _ id: String, _ desired: String, _ state: String, age: Double = 0, slot: Int = 1, code: Int? = nil
) -> TaskDetail {
    TaskDetail(
        id: id, service: "s", slot: slot, node: "n", image: "127.0.0.1:1/kopnik/web:1", desired: desired, state: state,
        since: begin, created: begin.addingTimeInterval(-age), error: code.map { "task: non-zero exit (\($0))" } ?? "",
        exitCode: code, container: "c-\(id)", memoryLimit: 64 << 20)
}

@Suite struct `What is drawn of the stack` {
    private func drawn(_ tasks: [TaskDetail], replicas: Int = 1, _ containers: [ContainerState] = []) -> (
        service: SiteOverview.Condition?, tasks: [String: SiteOverview.Condition]
    ) {
        let look = StackLook(
            services: [service(replicas)], tasks: tasks,
            containers: Dictionary(uniqueKeysWithValues: containers.map { ($0.id, $0) }))
        let (services, tasks) = look.drawn(memory: ["c-a": 1000])
        return (services.first?.condition, Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, $0.condition) }))
    }

    @Test func `a task that runs is up, with its memory and without its registry`() throws {
        let look = StackLook(services: [service()], tasks: [task("a", "running", "running")])
        let (services, tasks) = look.drawn(memory: ["c-a": 1000])
        #expect(
            services == [
                SiteOverview.Service(name: "web", image: "kopnik/web:1", replicas: 1, running: 1, condition: .up)
            ])
        let one = try #require(tasks.first)
        #expect(
            one.condition == .up && one.memory == 1000 && one.memoryLimit == 64 << 20 && one.image == "kopnik/web:1")
        #expect(one.exitCode == nil && one.error == nil)
        #expect(!look.isUnsettled)
    }

    @Test(arguments: ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting"])
    func `one on its way is coming`(state: String) {
        let (service, tasks) = drawn([task("a", "running", state)])
        #expect(service == .coming && tasks == ["a": .coming])
    }

    @Test func `one whose container has ended is down before the swarm has noticed`() {
        let (service, tasks) = drawn([task("a", "running", "running")], [ContainerState(id: "c-a", state: "exited")])
        #expect(service == .down && tasks == ["a": .down])
        #expect(
            drawn([task("a", "running", "running")], [ContainerState(id: "c-a", state: "running", isUnhealthy: true)])
                .service == .down)
    }

    @Test func `one that failed stays until another has taken its place`() {
        let failed = task("a", "shutdown", "failed", age: 50, code: 137)
        let (service, tasks) = drawn([failed, task("b", "running", "starting")])
        #expect(service == .down && tasks == ["a": .down, "b": .coming])
        let after = drawn([failed, task("b", "running", "running")])
        #expect(after.service == .up && after.tasks == ["b": .up])
    }

    @Test func `an earlier failure is not shown beside one that has just happened`() {
        let (service, tasks) = drawn(
            [task("a", "running", "running"), task("old", "shutdown", "failed", age: 300, code: 137)],
            [ContainerState(id: "c-a", state: "exited", exitCode: 137)])
        #expect(service == .down && tasks == ["a": .down])
    }

    @Test func `a failure of long ago is not shown when the service is replaced today`() {
        let (service, tasks) = drawn([
            task("old", "shutdown", "failed", age: 900, code: 1), task("was", "shutdown", "shutdown", age: 100),
            task("new", "running", "preparing"),
        ])
        #expect(service == .coming && tasks == ["new": .coming])
    }

    @Test func `one that is being replaced is going, and nothing is down`() {
        let (service, tasks) = drawn([task("old", "shutdown", "running", age: 100), task("new", "running", "starting")])
        #expect(service == .coming && tasks == ["old": .going, "new": .coming])
        let ended = drawn(
            [task("old", "shutdown", "running", age: 100), task("new", "running", "starting")],
            [ContainerState(id: "c-old", state: "exited", exitCode: 143)])
        #expect(ended.service == .coming && ended.tasks == ["old": .going, "new": .coming])
    }

    @Test func `a refused one is down, with Docker's words`() throws {
        var refused = task("a", "shutdown", "rejected")
        refused.error = "invalid mount config"
        let look = StackLook(services: [service()], tasks: [refused, task("b", "ready", "ready")])
        let drawn = look.drawn(memory: [:])
        #expect(drawn.tasks.first { $0.condition == .down }?.error == "invalid mount config")
        #expect(look.isUnsettled)
    }

    @Test func `a service without replicas is off`() {
        let (service, tasks) = drawn([task("a", "shutdown", "complete", age: 9)], replicas: 0)
        #expect(service == .off && tasks.isEmpty)
    }

    @Test func `each replica is judged by itself`() {
        let (service, tasks) = drawn(
            [
                task("a", "running", "running"), task("b", "running", "running", slot: 2),
                task("c", "shutdown", "failed", slot: 3, code: 1),
            ],
            replicas: 3)
        #expect(service == .down && tasks == ["a": .up, "b": .up, "c": .down])
    }
}

@Suite struct `Tries of links` {
    @Test func `name every link once, with the application's own only where it serves HTTP`() {
        let ways = LinkTrial(applicationPort: 80).ways.map { "\($0.from.rawValue) \($0.to)" }
        #expect(Set(ways).count == ways.count && ways.contains("nginx nodejs"))
        #expect(!LinkTrial(applicationPort: nil).ways.contains { $0.from == .nginx && $0.to == "nodejs" })
    }

    @Test func `are read from what bash said`() {
        #expect(LinkTrial.read("db 431\nuploads -\nnoise\n\na b c\n") == ["db": 431, "uploads": Int?.none])
    }

    @Test func `are real connections: an open port, a closed one, a folder`() async throws {
        // On this computer's loopback address, by the very program that runs in the containers.
        let listener = try ListeningSocket()
        let open = LinkTrial.Way(from: .nginx, to: "db", test: .port("127.0.0.1", listener.port))
        let shut = LinkTrial.Way(from: .nginx, to: "mail", test: .port("127.0.0.1", 1))
        let there = LinkTrial.Way(from: .nginx, to: "uploads", test: .folder("/tmp", mustBeWritable: true))
        let gone = LinkTrial.Way(from: .nginx, to: "dist", test: .folder("/nonexistent/x", mustBeWritable: false))
        let said = try await listener.bash(LinkTrial.program([open, shut, there, gone]))
        let answers = LinkTrial.read(said)
        #expect(Set(answers.keys) == ["db", "uploads"])
        #expect((answers["db"] ?? nil).map { $0 > 0 && $0 < 5_000_000 } == true)
    }
}
