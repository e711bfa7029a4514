import FoundationEssentials
import Machine
import TestSupport
import Testing

@testable import Engine

/// `Recorded/` holds what a real daemon (20.10.24 with the client 28.2.2) said of a running demo.
@Suite struct `What Docker answers` {
    @Test func `of itself is read from a recording`() throws {
        #expect(
            Docker.info(from: try fixture("Recorded/info.json"))
                == DockerInfo(version: "20.10.24+dfsg1", root: "/var/lib/docker", swarm: .manager, nodes: 1))
    }

    @Test(arguments: [
        (#"{"LocalNodeState":"inactive","ControlAvailable":false}"#, DockerInfo.SwarmState.inactive),
        (#"{"LocalNodeState":"active","ControlAvailable":false}"#, .worker),
        (#"{"LocalNodeState":"locked","ControlAvailable":false}"#, .unusable("locked")),
        (#"{"LocalNodeState":"error","ControlAvailable":false,"Error":"x"}"#, .unusable("error")),
    ])
    func `of its swarm decides what can be done in it`(swarm: String, state: DockerInfo.SwarmState) {
        #expect(Docker.info(from: #"{"ServerVersion":"20.10.24","Swarm":\#(swarm)}"#)?.swarm == state)
    }

    @Test(arguments: ["", "{}", "[]", #"{"ServerVersion":""}"#, #"{"ServerErrors":["Cannot connect"]}"#])
    func `without a version is no answer`(text: String) { #expect(Docker.info(from: text) == nil) }

    @Test func `of the services is read from a recording`() throws {
        let services = Docker.services(from: try fixture("Recorded/service-inspect.json"), stack: "kopnik")
        #expect(services.map(\.name) == ["db", "nginx"])
        let nginx = try #require(services.last)
        #expect(nginx.image.hasPrefix("kopnik/nginx:") && nginx.replicas == 1 && nginx.updateState == nil)
        #expect(nginx.ports.sorted() == [80, 443])
        #expect(nginx.labels["org.kopnik.site"] == "kopnik")
        #expect(services[0].ports.isEmpty)
    }

    @Test func `of tasks and nodes is read from a recording`() throws {
        let tasks = Docker.taskDetails(from: try fixture("Recorded/task-inspect.json"))
        #expect(tasks.map(\.state) == ["running", "running", "shutdown"])
        #expect(tasks.map(\.desired) == ["running", "running", "shutdown"])
        let first = try #require(tasks.first)
        #expect(
            first.container.count == 64 && first.slot == 1 && !first.node.isEmpty && first.memoryLimit ?? 0 > 1 << 20)
        #expect(first.since.timeIntervalSince(first.created) == 17)
        #expect(Docker.taskDetails(from: "").isEmpty && Docker.taskDetails(from: "[{}]").isEmpty)
        let node = try #require(Docker.nodes(from: try fixture("Recorded/node-inspect.json")).first)
        #expect(node.name == "main" && node.isLeader && node.isManager && node.state == "ready")
        #expect(node.availability == "active" && node.cores == 2 && node.memory == 25_276_510_208)
        #expect(node.engine == "20.10.24+dfsg1")
    }

    @Test func `of containers tells those that ended, with their code, and the unhealthy`() {
        func read(_ line: String) -> ContainerState? { Docker.containerState(line) }
        #expect(read("a1 running Up 3 minutes (healthy)") == ContainerState(id: "a1", state: "running"))
        #expect(
            read("a1 running Up 3 minutes (unhealthy)") == ContainerState(id: "a1", state: "running", isUnhealthy: true)
        )
        #expect(
            read("a1 exited Exited (137) 3 seconds ago") == ContainerState(id: "a1", state: "exited", exitCode: 137))
        #expect(read("a1 created Created") == ContainerState(id: "a1", state: "created"))
        #expect(read("") == nil)
    }

    @Test func `of memory is counted in bytes`() {
        let text = "a1 12.5MiB / 256MiB\nb2 1.5GiB / 2GiB\nc3 -- / --\nd4 0B / 0B\ne5 900KiB / 1GiB\n"
        #expect(Docker.memoryUse(from: text) == ["a1": 13_107_200, "b2": 1_610_612_736, "e5": 921_600])
    }

    @Test func `of a service changes its specification when anything of it is changed, and not else`() throws {
        let text = try fixture("Recorded/service-inspect.json")
        let before = Docker.services(from: text, stack: "kopnik")
        // The version counts each write, also of the same; it is not part of the specification.
        let touched = Docker.services(from: text.replacing("\"Index\": ", with: "\"Index\": 1"), stack: "kopnik")
        #expect(before == touched)
        let changed = Docker.services(from: text.replacing("\"Replicas\": 1", with: "\"Replicas\": 0"), stack: "kopnik")
        #expect(changed.map(\.replicas) == [0, 0])
        #expect(zip(before, changed).allSatisfy { $0.specification != $1.specification })
    }

    @Test func `of an update gives its state`() {
        let text = #"[{"ID":"x","Spec":{"Name":"k_db"},"UpdateStatus":{"State":"paused"}}]"#
        #expect(Docker.services(from: text, stack: "k").map(\.updateState) == ["paused"])
    }

    @Test(arguments: ["", "null", "[]", "{}", "Error response"]) func `that is no list of services is none`(
        text: String
    ) {
        #expect(Docker.services(from: text, stack: "k").isEmpty)
    }

    @Test func `of the tasks is read from a recording`() throws {
        let tasks = Docker.tasks(from: try fixture("Recorded/stack-ps.jsonl"), stack: "kopnik")
        #expect(tasks.map(\.service) == ["crossbar", "db", "files", "keeper", "mail", "nginx", "nodejs"])
        #expect(tasks.allSatisfy { $0.isUp && !$0.hasFailed && $0.since == "8 minutes ago" && $0.id.count == 25 })
    }

    @Test func `of a failed task says why`() {
        let line =
            #"{"CurrentState":"Failed 3 seconds ago","DesiredState":"Shutdown","Error":"task: non-zero exit (1)","ID":"a","Name":"k_db.1"}"#
        #expect(
            Docker.tasks(from: line + "\nnot json\n", stack: "k") == [
                TaskState(
                    id: "a", service: "db", desired: "Shutdown", current: "Failed", since: "3 seconds ago",
                    error: "task: non-zero exit (1)")
            ])
    }
}

@Suite struct `Asking Docker` {
    private func docker(_ script: [([String], CommandOutput)]) -> (Docker, ScriptedRunner) {
        let runner = ScriptedRunner(script)
        return (Docker(commands: runner), runner)
    }

    @Test func `tells a silent daemon from a missing program`() async {
        let (silent, _) = docker([
            (["docker", "info"], CommandOutput(exitCode: 1, standardError: "Cannot connect to the Docker daemon\n"))
        ])
        #expect(await silent.presence() == .silent(reason: "Cannot connect to the Docker daemon"))
        #expect(await Docker(commands: MissingProgram()).presence() == .notInstalled)
    }

    private struct MissingProgram: CommandRunner {
        func run(_ command: Command) async throws -> CommandOutput {
            var failure = Failure("could not run 'docker'")
            failure.isMissingProgram = true
            throw failure
        }
    }

    @Test func `for a stack that is not there gives nothing`() async throws {
        let (docker, runner) = docker([
            (["docker", "service", "ls"], CommandOutput()),
            (["docker", "stack", "ps"], CommandOutput(exitCode: 1, standardError: "nothing found in stack: kopnik\n")),
        ])
        #expect(try await docker.services(of: "kopnik").isEmpty)
        #expect(try await docker.tasks(of: "kopnik").isEmpty)
        #expect(runner.log.count == 2)
    }

    @Test func `for tasks of a daemon that stopped is a failure, not an empty list`() async {
        let (docker, _) = docker([
            (["docker", "stack", "ps"], CommandOutput(exitCode: 1, standardError: "Cannot connect"))
        ])
        await #expect(
            throws: Failure("could not list the stack's tasks", because: "Cannot connect", fix: "kopnik doctor")
        ) {
            try await docker.tasks(of: "kopnik")
        }
    }

    @Test func `for images names those that are there`() async throws {
        let output = CommandOutput(
            exitCode: 1, standardOutput: "[\"kopnik/db:1\",\"x:y\"]\n", standardError: "No such image: kopnik/db:12\n")
        let (docker, runner) = docker([(["docker", "image", "inspect"], output)])
        #expect(try await docker.presentImages(["kopnik/db:1", "kopnik/db:12"]) == ["kopnik/db:1"])
        #expect(try await docker.presentImages([]) == [])
        #expect(runner.log.count == 1)
    }

    @Test func `for the images of a site leaves those of a similar name out`() async throws {
        let (docker, _) = docker([
            (["docker", "image", "ls"], CommandOutput(standardOutput: "kopnik2/db:1\nkopnik/db:1\nkopnik/base:1\n"))
        ])
        #expect(
            try await docker.imageTags(withPrefix: "kopnik/", label: "org.kopnik.image") == [
                "kopnik/base:1", "kopnik/db:1",
            ])
    }

    @Test func `that cannot build an image says what apt said, not the whole command`() {
        let log =
            "Step 3/9 : RUN apt-get update\nErr:1 http://mirror.test trixie\nE: Failed to fetch x  Could not resolve 'mirror.test'\nThe command '/bin/sh -c apt' returned a non-zero code: 100\n"
        #expect(Docker.reason(forFailedBuild: log) == "E: Failed to fetch x  Could not resolve 'mirror.test'")
        #expect(Docker.reason(forFailedBuild: "Step 1/2\nno space\n") == nil)
    }

    @Test func `to keep a secret never puts it into an argument`() async throws {
        let (docker, runner) = docker([(["docker", "secret", "create"], CommandOutput())])
        try await docker.createSecret("kopnik_db", value: "hunter2", labels: ["a=b"])
        #expect(runner.log[0].arguments == ["secret", "create", "--label", "a=b", "kopnik_db", "-"])
        #expect(runner.log[0].standardInput == "hunter2")
    }

    @Test func `to keep a secret that is there already is no failure, anything else is`() async throws {
        let (there, _) = docker([
            (["docker"], CommandOutput(exitCode: 1, standardError: "rpc error: code = AlreadyExists desc = x"))
        ])
        try await there.createSecret("s", value: "v", labels: ["l"])
        let (broken, _) = docker([(["docker"], CommandOutput(exitCode: 1, standardError: "no manager"))])
        await #expect(throws: Failure.self) { try await broken.createSecret("s", value: "v", labels: ["l"]) }
    }

    @Test func `to build names arguments and labels in order, and its log`() async throws {
        let (docker, runner) = docker([(["docker", "build"], CommandOutput())])
        try await docker.build("k/db:1", from: "/f", arguments: ["B": "2", "A": "1"], labels: ["l": "x"], log: "/log")
        #expect(runner.lines == ["docker build --tag k/db:1 --force-rm --build-arg A --build-arg B --label l=x /f"])
        #expect(runner.log[0].log == "/log")
    }

    @Test func `to remove images passes over those that are gone, and tells which are kept`() async throws {
        let (docker, _) = docker([
            (
                ["docker", "image", "rm", "gone"],
                CommandOutput(exitCode: 1, standardError: "Error: No such image: gone")
            ),
            (["docker", "image", "rm", "used"], CommandOutput(exitCode: 1, standardError: "conflict: in use")),
            (["docker", "image", "rm", "free"], CommandOutput()),
        ])
        #expect(try await docker.removeImages(["gone", "used", "free"]) == ["used": "conflict: in use"])
    }

    @Test func `never asks for more than docker`() async throws {
        #expect(Docker(commands: ScriptedRunner()).command(["ps"]).executable == "docker")
        #expect(Docker(commands: ScriptedRunner()).command(["ps"]).timeLimit != nil)
    }
}
