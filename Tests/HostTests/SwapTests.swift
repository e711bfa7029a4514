import Machine
import TestSupport
import Testing

@testable import Host

@Suite struct `Swap of a server` {
    private let folder = TemporaryFolder()

    private func step(memory: Int, swaps: String = "", runner: ScriptedRunner = ScriptedRunner()) throws -> SwapStep {
        try Files().write("Filename Type Size Used Priority\n" + swaps, to: folder.path + "/proc/swaps")
        let computer = Computer(
            cores: 4, memory: memory, distribution: "debian", version: "12", name: "Debian 12", hasSystemd: true,
            isWSL: false)
        return SwapStep(
            server: Server(
                world: .test(runner, person: .testRoot), wish: .init(), computer: computer, root: folder.path))
    }

    @Test func `is made where memory is short, once, and from each start on`() async throws {
        try Files().write("/dev/sda1 / ext4 defaults 0 1", to: folder.path + "/etc/fstab")
        let runner = ScriptedRunner([(["fallocate"], .init()), (["mkswap"], .init()), (["swapon"], .init())])
        let swap = try step(memory: 4 << 30, runner: runner)
        #expect(try await swap.inspect().changes.count == 2)
        try await swap.apply { _ in }
        #expect(runner.log.map(\.executable) == ["fallocate", "mkswap", "swapon"])
        #expect(Files().mode(of: folder.path + "/swapfile.kopnik") == 0o600)
        let table = Files().text(of: folder.path + "/etc/fstab")
        #expect(table == "/dev/sda1 / ext4 defaults 0 1\n/swapfile.kopnik none swap sw 0 0\n")
        let again = try step(memory: 4 << 30, swaps: "/swapfile.kopnik file 2097148 0 -2\n")
        #expect(try await again.inspect().isClean)
        // Broken off before the table was written: the rest is done, and no second file is made.
        try Files().write("", to: folder.path + "/etc/fstab")
        #expect(try await again.inspect().changes.count == 1)
        try await again.apply { _ in }
        #expect(try await again.inspect().isClean)
        // After a start without it, it is not forgotten for lack of need.
        #expect(try await step(memory: 16 << 30).inspect().changes.count == 1)
    }

    @Test func `is left alone where there is some, where memory is enough, and in a container`() async throws {
        #expect(try await step(memory: 4 << 30, swaps: "/dev/sda2 partition 1 0 -2\n").inspect().isClean)
        #expect(try await step(memory: 6_000_000_000).inspect().isClean)
        #expect(try await !step(memory: 5 << 30).inspect().isClean)
        try Files().write("systemd-nspawn", to: folder.path + "/run/systemd/container")
        #expect(try await step(memory: 1 << 30).inspect().isClean)
    }
}

@Suite struct `Sums of downloaded files` {
    @Test func `are read as sha256sum writes them, and of no other file`() {
        let sums = "aa  nvm.sh.asc\nbb *nvm-exec\ncc  nvm.sh\nbroken\n"
        #expect(NodeStep.digest(of: "nvm.sh", in: sums) == "cc")
        #expect(NodeStep.digest(of: "nvm-exec", in: sums) == "bb")
        #expect(NodeStep.digest(of: "node", in: sums) == nil)
    }
}
