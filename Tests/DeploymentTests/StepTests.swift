import Blueprint
import Engine
import Foundation
import Machine
import Site
import Synchronization
import TestSupport
import Testing

@testable import Deployment

/// As much of Docker as the steps before the stack ask for, kept in memory.
private final class FakeDocker: Sendable {
    struct State {
        var secrets: Set<String> = []
        var images: Set<String> = []
        var answers = true
        var swarm = "inactive"
        var npm: @Sendable (Command) -> CommandOutput = { _ in CommandOutput() }
    }

    let state = Mutex(State())

    var runner: ScriptedRunner {
        ScriptedRunner(
            real: ["sha256sum", "cp", "openssl"],
            answers: [
                (["docker", "info"], { _ in self.info }),
                (["docker", "swarm", "init"], { _ in self.set { $0.swarm = "active" } }),
                (
                    ["docker", "secret", "ls"],
                    { _ in CommandOutput(standardOutput: self.read { $0.secrets.sorted().joined(separator: "\n") }) }
                ),
                (
                    ["docker", "secret", "create"],
                    { command in self.set { _ = $0.secrets.insert(command.arguments[command.arguments.count - 2]) } }
                ),
                (
                    ["docker", "image", "inspect"],
                    { command in
                        let found = self.read { state in command.arguments.filter { state.images.contains($0) } }
                        return CommandOutput(
                            exitCode: 0, standardOutput: "[" + found.map { "\"\($0)\"" }.joined(separator: ",") + "]")
                    }
                ),
                (["docker", "image", "ls"], { _ in CommandOutput() }),
                (["docker", "image", "tag"], { command in self.set { _ = $0.images.insert(command.arguments[3]) } }),
                (["docker", "pull"], { _ in CommandOutput() }),
                (["docker", "build"], { command in self.set { _ = $0.images.insert(command.arguments[2]) } }),
                (["docker", "rm"], { _ in CommandOutput() }),
                (["docker", "run"], { command in self.read { $0.npm }(command) }),
            ])
    }

    private var info: CommandOutput {
        read { state in
            state.answers
                ? CommandOutput(
                    standardOutput:
                        #"{"ServerVersion":"20.10.24","DockerRootDir":"/d","Swarm":{"LocalNodeState":"\#(state.swarm)","ControlAvailable":\#(state.swarm == "active"),"Nodes":1}}"#
                )
                : CommandOutput(exitCode: 1, standardError: "Cannot connect to the Docker daemon")
        }
    }
    func set(_ body: (inout State) -> Void) -> CommandOutput {
        state.withLock { body(&$0) }
        return CommandOutput()
    }
    func read<Value: Sendable>(_ body: (inout sending State) -> sending Value) -> Value { state.withLock(body) }
}

@Suite struct `A step of up` {
    let folder = TemporaryFolder("Мой сайт, $x")
    private let docker = FakeDocker()
    let files = Files()

    private func site(_ runner: ScriptedRunner? = nil, person: Operator = .test) -> Deployment {
        deployment(in: folder, runner ?? docker.runner, person: person)
    }

    /// Applied once it is clean, applied twice nothing more is asked for; broken, it is seen, and mended.
    private func keepsItsContract(_ step: any Step, break: () async throws -> Void) async throws {
        #expect(try await !step.inspect().isClean)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
        try await `break`()
        #expect(try await !step.inspect().isClean)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
    }

    @Test func `that keeps the secrets holds its contract`() async throws {
        try await keepsItsContract(SecretsStep(deployment: site())) {
            #expect(docker.read { $0.secrets.count } == 7)
            _ = docker.set { $0.secrets.removeFirst() }
        }
        try files.remove(site().layout.secrets + "/db-password")
        #expect(try await !SecretsStep(deployment: site()).inspect().isClean)
    }

    @Test func `that makes the swarm holds its contract, and notes what it made`() async throws {
        let site = site()
        try await keepsItsContract(DockerStep(deployment: site)) {
            #expect(Manifest.read(site.layout.manifest).madeSwarm)
            _ = docker.set { $0.swarm = "inactive" }
        }
    }

    @Test func `that builds the images holds its contract, and builds nothing twice`() async throws {
        let runner = docker.runner
        let site = site(runner)
        try await keepsItsContract(ImagesStep(deployment: site)) {
            #expect(runner.log.count { $0.arguments.first == "build" } == 8)
            #expect(
                runner.log.first { $0.arguments.first == "build" }?.arguments[2].hasPrefix("127.0.0.1:1/kopnik/base:")
                    == true)
            _ = docker.set { state in state.images = state.images.filter { !$0.hasPrefix("127.0.0.1:1/kopnik/mail:") } }
        }
        #expect(runner.log.count { $0.arguments.first == "build" } == 9)
        #expect(files.exists(site.layout.unpacked + "/images/db/Dockerfile"))
    }

    @Test func `that places the sources holds its contract`() async throws {
        let site = site()
        try await keepsItsContract(SourcesStep(deployment: site)) {
            try files.remove("\(site.layout.releases)/\(try #require(site.release()).client)")
        }
    }

    @Test func `that installs and builds holds its contract`() async throws {
        let site = site()
        try await SourcesStep(deployment: site).apply { _ in }
        let release = try #require(site.release())
        let client = "\(site.layout.releases)/\(release.client)"
        let server = "\(site.layout.releases)/\(release.server)"
        _ = docker.set { state in
            state.npm = { command in
                if command.arguments.suffix(2) == ["run", "build"] {
                    try? Files().write("<html>", to: client + "/dist/index.html")
                } else {
                    for name in ["pg", "ws", "nodemailer"] { try? Files().makeFolder(server + "/node_modules/" + name) }
                }
                return CommandOutput()
            }
        }
        try await keepsItsContract(DependenciesStep(deployment: site)) {
            try files.write("{\"lockfileVersion\":9}", to: client + "/package-lock.json")
        }
        // A package that somebody removed is seen and put back.
        try files.remove(server + "/node_modules/ws")
        #expect(try await DependenciesStep(deployment: site).inspect().changes.count == 1)
        try await DependenciesStep(deployment: site).apply { _ in }
        #expect(try await DependenciesStep(deployment: site).inspect().isClean)
        try await keepsItsContract(ClientStep(deployment: site)) { try files.remove(client + "/dist") }
        // Other scripts, another image or another domain: it is done anew.
        let other = deployment(in: folder, site: Site(domain: "kopnik.test", sources: Site.demo.sources), docker.runner)
        #expect(try await !ClientStep(deployment: other).inspect().isClean)
    }

    @Test func `that installs puts newer packages in place for a source that needs them, and for no other`()
        async throws
    {
        let package = #"{"name":"kp-sequelizejs","scripts":{"build":"x"},"dependencies":{"autobahn":"1"}}"#
        for name in ["server", "client"] { try files.write(package, to: "\(folder.path)/../\(name)/package.json") }
        let runner = docker.runner
        let site = deployment(
            in: folder, site: .folders(folder.path + "/../server", folder.path + "/../client"), runner)
        try await SourcesStep(deployment: site).apply { _ in }
        try await DependenciesStep(deployment: site).apply { _ in }
        let runs = runner.log.filter { $0.arguments.first == "run" }.map(\.arguments)
        #expect(runs.count == 2)
        #expect(
            runs[0].suffix(4) == ["/usr/local/lib/kopnik/install-packages.js", "nan", "2.6.2", "2.14.2"]
                && runs[0].contains("node"))
        #expect(runs[1].last == "install" && runs[1].contains("npm"))
    }

    @Test func `that npm fails says npm's own reason, and is not taken for done`() async throws {
        let site = site()
        try await SourcesStep(deployment: site).apply { _ in }
        let said =
            "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://registry/x\nnpm ERR! A complete log of this run can be found in: /tmp/_logs/x\n"
        _ = docker.set { $0.npm = { _ in CommandOutput(exitCode: 1, standardOutput: said) } }
        let failure = await #expect(throws: Failure.self) {
            try await DependenciesStep(deployment: site).apply { _ in }
        }
        #expect(failure?.what == "'npm install' failed for kp-server")
        #expect(failure?.because == "404 Not Found - GET https://registry/x")
        #expect(failure?.log?.hasSuffix("npm-kp-server.log") == true)
        #expect(try await DependenciesStep(deployment: site).inspect().changes.count == 2)
    }

    @Test func `whose build makes no page says so`() async throws {
        let site = site()
        try await SourcesStep(deployment: site).apply { _ in }
        let failure = await #expect(throws: Failure.self) { try await ClientStep(deployment: site).apply { _ in } }
        #expect(failure?.what.contains("no dist/index.html") == true)
        #expect(try await !ClientStep(deployment: site).inspect().isClean)
    }

    @Test(arguments: [
        (#"{"scripts":{"server:production":"x"}}"#, "kp-server has no npm script 'file-server'"),
        (#"{}"#, "kp-server has no npm script 'server:production', 'file-server'"),
        ("{", "the package.json of kp-server cannot be read"),
    ])
    func `tells of a missing script before npm is asked for it`(package: String, what: String) async throws {
        let server = folder.path + "/server"
        try files.write(package, to: server + "/package.json")
        let site = deployment(in: folder, site: .folders(server, server))
        let failure = await #expect(throws: Failure.self) { try await SourcesStep(deployment: site).inspect() }
        #expect(failure?.what == what)
    }

    @Test func `mounts a folder of any name`() {
        #expect(NodeTask.bind("/a b/ё$", to: "/t") == "type=bind,source=/a b/ё$,target=/t")
        #expect(NodeTask.bind("/a,b", to: "/t", isReadOnly: true) == "type=bind,\"source=/a,b\",target=/t,readonly")
        #expect(NodeTask.bind("/a\"b", to: "/t") == "type=bind,\"source=/a\"\"b\",target=/t")
    }
}

@Suite struct `The Docker step` {
    let folder = TemporaryFolder()
    private func inspect(_ output: CommandOutput, environment: [String: String] = ["PATH": "/usr/bin"]) async throws
        -> Inspection
    {
        let site = deployment(in: folder, ScriptedRunner([(["docker", "info"], output)]), environment: environment)
        return try await DockerStep(deployment: site).inspect()
    }
    private func swarm(_ state: String, control: Bool = false) -> CommandOutput {
        CommandOutput(
            standardOutput:
                #"{"ServerVersion":"1","Swarm":{"LocalNodeState":"\#(state)","ControlAvailable":\#(control),"Nodes":2}}"#
        )
    }

    @Test func `starts a daemon that is silent`() async throws {
        let found = try await inspect(CommandOutput(exitCode: 1, standardError: "Cannot connect to the Docker daemon"))
        #expect(found.changes.first?.summary == "start Docker")
    }
    @Test func `does not start one that only refuses this user`() async {
        let failure = await #expect(throws: Failure.self) {
            try await inspect(
                CommandOutput(
                    exitCode: 1, standardError: "permission denied while trying to connect to the Docker daemon socket")
            )
        }
        #expect(failure?.because == "anna is not in the group 'docker'" && failure?.fix == "sudo ./kopnik up")
    }
    @Test func `does not start one that DOCKER_HOST names elsewhere`() async {
        let failure = await #expect(throws: Failure.self) {
            try await inspect(
                CommandOutput(exitCode: 1, standardError: "no route"), environment: ["DOCKER_HOST": "tcp://x:1"])
        }
        #expect(failure?.what == "Docker does not answer at tcp://x:1")
    }
    @Test func `is content as a manager`() async throws {
        #expect(try await inspect(swarm("active", control: true)) == Inspection("1, swarm of 2 nodes"))
    }
    @Test(arguments: ["active", "locked", "pending", "error"]) func `does not touch a swarm that is not its own`(
        state: String
    ) async {
        let failure = await #expect(throws: Failure.self) { try await inspect(swarm(state)) }
        #expect(failure?.fix?.contains("docker swarm") == true)
    }
    @Test func `does not start Docker without rights`() async {
        let runner = ScriptedRunner([(["docker", "info"], CommandOutput(exitCode: 1, standardError: "Cannot connect"))])
        let failure = await #expect(throws: Failure.self) {
            try await DockerStep(deployment: deployment(in: folder, runner)).apply { _ in }
        }
        #expect(failure?.because == "starting it takes administrator rights")
        #expect(runner.log.allSatisfy { $0.executable == "docker" })
    }
}

@Suite struct `The stack step` {
    let folder = TemporaryFolder()

    private func inspect(_ services: String, site: Site = .demo) async throws -> Inspection {
        let runner = ScriptedRunner(
            [
                (["docker", "service", "ls"], CommandOutput(standardOutput: "kopnik_db\n")),
                (["docker", "service", "inspect"], CommandOutput(standardOutput: services)),
            ], real: ["sha256sum"])
        return try await StackStep(deployment: deployment(in: folder, site: site, runner)).inspect()
    }

    private func lookOver(_ services: String) async throws {
        let runner = ScriptedRunner([
            (["docker", "service", "ls"], CommandOutput(standardOutput: "kopnik_db\n")),
            (["docker", "service", "inspect"], CommandOutput(standardOutput: services)),
        ])
        _ = try await ComputerStep(deployment: deployment(in: folder, runner)).inspect()
    }

    @Test func `keeps its hands off a stack of the same name that others made`() async {
        let failure = await #expect(throws: Failure.self) {
            try await lookOver(#"[{"ID":"x","Spec":{"Name":"kopnik_db","Labels":{}}}]"#)
        }
        #expect(failure?.what.contains("stack named 'kopnik' already") == true)
        #expect(failure?.because == "its service 'db' does not carry kopnik's mark")
        #expect(failure?.fix == "give this copy another name: kopnik up --name kopnik2")
    }

    @Test func `keeps its hands off a site of the same name in another folder`() async {
        let labels = #"{"org.kopnik.site":"kopnik","org.kopnik.prefix":"/elsewhere"}"#
        let failure = await #expect(throws: Failure.self) {
            try await lookOver(#"[{"ID":"x","Spec":{"Name":"kopnik_db","Labels":\#(labels)}}]"#)
        }
        #expect(failure?.because == "it belongs to the site of that name in /elsewhere")
    }

    @Test func `takes its own, and plans to raise what is missing`() async throws {
        let labels = #"{"org.kopnik.site":"kopnik","org.kopnik.prefix":"\#(folder.path)"}"#
        #expect(try await inspect(#"[{"ID":"x","Spec":{"Name":"kopnik_db","Labels":\#(labels)}}]"#).changes.count == 3)
    }
}

@Suite struct `The site that is remembered` {
    let folder = TemporaryFolder()

    @Test func `is the one that was asked for`() throws {
        let site = Site(name: "two", domain: "a.test", ports: .init(http: 81, https: 444), sources: Site.demo.sources)
        let kept = deployment(in: folder, site: site)
        try kept.remember()
        let text = try #require(Files().text(of: kept.layout.rememberedSite))
        #expect(try SiteFile.read(text: text, name: "x") == site)
        #expect(kept.address == "https://a.test:444" && deployment(in: folder).address == "https://kopnik.localhost")
    }

    @Test func `can be rendered before anything is there`() async throws {
        let files = try await deployment(in: folder, ScriptedRunner(real: ["sha256sum"])).rendered()
        #expect(files.map(\.path).contains("compose.yaml") && Files().names(in: folder.path).isEmpty)
    }
}
