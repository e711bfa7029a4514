import Machine
import TestSupport
import Testing

@testable import Host

@Suite struct `Settings of a service` {
    let folder = TemporaryFolder()
    private let path = "/etc/some.conf"

    private func settings(
        _ text: String = "a\nb\n", check: CommandOutput = CommandOutput(), load: CommandOutput = CommandOutput(),
        drift: [Change] = []
    ) -> ServiceSettings {
        let runner = ScriptedRunner([(["check"], check), (["load"], load)])
        let computer = Computer(
            cores: 1, memory: 1, distribution: "debian", version: "12", name: "Debian 12", hasSystemd: true,
            isWSL: false)
        return ServiceSettings(
            server: Server(world: .test(runner), wish: .init(), computer: computer, root: folder.path), name: "Some",
            summary: "well", files: [ManagedFile(path: path, contents: text, mode: 0o640)],
            check: Command("check"), load: [Command("load")], drift: { drift })
    }

    private func apply(_ settings: ServiceSettings) async throws { try await settings.apply { _ in } }
    private var file: String { folder.path + path }

    @Test func `are written once, and then there is nothing to do`() async throws {
        #expect(try await settings().inspect().changes == [Change("write /etc/some.conf")])
        try await apply(settings())
        #expect(Files().text(of: file) == "a\nb\n" && Files().mode(of: file) == 0o640)
        #expect(try await settings().inspect() == Inspection("well"))
    }

    @Test func `that this program would write otherwise now are changed without a question`() async throws {
        try await apply(settings())
        let change = try #require(try await settings("a\nc\n").inspect().changes.first)
        #expect(change.conflict == nil && change.difference?.contains("- b\n+ c") == true)
    }

    @Test func `that somebody edited are shown and in conflict`() async throws {
        try await apply(settings())
        try Files().write("a\nmine\n", to: file, mode: 0o640)
        let change = try #require(try await settings().inspect().changes.first)
        #expect(change.conflict == "/etc/some.conf was changed by hand")
        #expect(change.difference?.contains("- mine\n+ b") == true)
    }

    @Test func `with other rights are seen`() async throws {
        try await apply(settings())
        try Files().setMode(file, 0o666)
        #expect(try await settings().inspect().changes == [Change("set the rights of /etc/some.conf to 640, root's")])
        try await apply(settings())
        #expect(try await settings().inspect().isClean)
    }

    @Test func `that are refused leave what was before, and no edit`() async throws {
        try await apply(settings())
        let failure = await #expect(throws: Failure.self) {
            try await apply(
                settings(
                    "bad\n",
                    check: CommandOutput(exitCode: 1, standardError: "some.conf:1: Error: what is bad?\nbad\n^^^\n")))
        }
        #expect(failure?.because == "some.conf:1: Error: what is bad?")
        #expect(Files().text(of: file) == "a\nb\n")
        #expect(try await settings().inspect() == Inspection("well"))
    }

    @Test func `that are refused at first are not there afterwards`() async throws {
        await #expect(throws: Failure.self) { try await apply(settings(check: CommandOutput(exitCode: 1))) }
        #expect(!Files().exists(file))
        #expect(try await settings().inspect().changes == [Change("write /etc/some.conf")])
    }

    @Test func `that nobody has loaded yet are loaded by the next run`() async throws {
        await #expect(throws: Failure.self) { try await apply(settings(load: CommandOutput(exitCode: 1))) }
        #expect(try await settings().inspect().changes == [Change("load the new settings")])
        try await apply(settings())
        #expect(try await settings().inspect().isClean)
    }

    @Test func `are not all: the service itself is asked`() async throws {
        try await apply(settings())
        #expect(try await settings(drift: [Change("mend it")]).inspect().changes == [Change("mend it")])
    }
}
