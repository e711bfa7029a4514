import Machine
import TestSupport
import Testing

@testable import Host

@Suite struct `The user of a server` {
    let folder = TemporaryFolder()

    private func step(_ access: Server.Access) -> UserStep {
        let computer = Computer(
            cores: 1, memory: 1, distribution: "debian", version: "12", name: "Debian 12", hasSystemd: true,
            isWSL: false)
        let runner = ScriptedRunner([(["getent", "passwd"], CommandOutput(exitCode: 2))])
        return UserStep(
            server: Server(
                world: .test(runner, person: .testRoot), wish: .init(access: access), computer: computer,
                root: folder.path))
    }

    @Test func `is made`() async throws {
        #expect(try await step(.owner).inspect().changes == [Change("make the user ubuntu")])
    }

    @Test func `is not made where nobody could log in afterwards`() async throws {
        let words = "command=\"echo log in as ubuntu\" ssh-ed25519 AAAA provider\n# ssh-ed25519 AAAA\n"
        try Files().write(words, to: folder.path + "/root/.ssh/authorized_keys")
        let failure = await #expect(throws: Failure.self) { try await step(.internet).inspect() }
        #expect(failure?.what == "nobody could log in to this server any more")
    }

    @Test func `gets the keys of whoever set up the server`() async throws {
        try Files().write("ssh-ed25519 AAAA anna\n", to: folder.path + "/root/.ssh/authorized_keys")
        #expect(
            try await step(.internet).inspect().changes.map(\.summary).last == "let ubuntu log in with the key of root")
    }
}

@Suite struct `Packages that somebody else installs` {
    let folder = TemporaryFolder()

    @Test func `are waited for, and it is said whose they are`() async throws {
        let lock = folder.path + "/lock"
        try Files().write("", to: lock)
        let apt = Apt(commands: ScriptedRunner(), log: folder.path + "/log", lockFile: lock)
        #expect(apt.holder() == nil)
        let hold = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(60)"
        let holder = Task { try await LocalCommandRunner().run(Command("python3", ["-c", hold, lock])) }
        let name = try await poll(for: .seconds(20)) { apt.holder() }
        #expect(name?.hasPrefix("python3 (process ") == true)
        var told: [String] = []
        let failure = await #expect(throws: Failure.self) {
            try await apt.waitForOthers(for: .milliseconds(500)) { told.append($0) }
        }
        #expect(told.count == 1 && failure?.because?.hasPrefix("python3 (process ") == true)
        holder.cancel()
        _ = try? await holder.value
        try await apt.waitForOthers { _ in }
    }
}
