import TestSupport
import Testing

@testable import Machine

@Suite struct `A standstill` {
    private func reading(_ received: Int, _ free: Int = 0, worked: Duration = .zero) -> Standstill.Reading {
        .init(received: received, free: free, worked: worked)
    }

    @Test func `is reached when nothing arrives and nothing is written for that long`() {
        var standstill = Standstill(after: .seconds(60), from: reading(0), at: .zero)
        let is1 = standstill.isReached(reading(1000), at: .seconds(59))
        #expect(!is1)
        let is2 = standstill.isReached(reading(2000), at: .seconds(60))
        #expect(is2)
    }

    @Test func `is put off by what arrives, and by what is written or removed`() {
        var standstill = Standstill(after: .seconds(60), from: reading(0, 10 << 20), at: .zero)
        let is3 = standstill.isReached(reading(1 << 20, 10 << 20), at: .seconds(50))
        #expect(!is3)
        let is4 = standstill.isReached(reading(1 << 20, 8 << 20), at: .seconds(100))
        #expect(!is4)
        let is5 = standstill.isReached(reading(1 << 20, 9 << 20), at: .seconds(150))
        #expect(!is5)
        let is6 = standstill.isReached(reading(1 << 20, 9 << 20), at: .seconds(210))
        #expect(is6)
    }

    @Test func `is put off by what is worked out, as a slow computer does for minutes`() {
        var standstill = Standstill(after: .seconds(60), from: reading(0), at: .zero)
        let is1 = standstill.isReached(reading(0, worked: .seconds(30)), at: .seconds(59))
        let is2 = standstill.isReached(reading(0, worked: .seconds(60)), at: .seconds(118))
        #expect(!is1 && !is2)
        // Asking again for a network that is not there.
        let is3 = standstill.isReached(reading(0, worked: .seconds(62)), at: .seconds(178))
        #expect(is3)
    }

    @Test func `sees what children and theirs have worked`() throws {
        let folder = TemporaryFolder()
        func process(_ number: Int, _ parent: Int, _ ticks: String) throws {
            let stat = "\(number) (a) b (c) R \(parent) 1 1 0 -1 4194304 100 0 0 0 \(ticks) 20 0 1 0 500 0 0\n"
            try Files().write(stat, to: "\(folder.path)/\(number)/stat")
        }
        try process(10, 1, "900 900 0 0")
        try process(11, 10, "100 50 0 0")
        try process(12, 11, "20 20 5 5")
        try process(13, 1, "700 0 0 0")
        try Files().write("x", to: folder.path + "/meminfo")
        // A tick is a hundredth of a second on every Linux that this runs on.
        #expect(ProcessorUse.ofChildren(in: folder.path, of: 10) == .seconds(2))
        #expect(ProcessorUse.ofChildren(in: folder.path, of: 13) == .zero)
    }

    @Test func `counts small amounts together`() {
        var standstill = Standstill(after: .seconds(60), from: reading(0), at: .zero)
        for second in 1...10 { _ = standstill.isReached(reading(second * 10_000), at: .seconds(second * 5)) }
        // The last was not enough again by itself.
        let is7 = standstill.isReached(reading(100_000), at: .seconds(94))
        #expect(!is7)
        let is8 = standstill.isReached(reading(100_000), at: .seconds(95))
        #expect(is8)
    }

    @Test func `looks at every card but the loopback`() {
        let table = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo: 5000 50 0 0 0 0 0 0 5000 50 0 0 0 0 0 0
              eth0:  700  7 0 0 0 0 0 0   90  1 0 0 0 0 0 0
             wlan0:30 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0

            """
        #expect(Standstill.Reading.received(in: table) == 730)
        #expect(Standstill.Reading.now(disk: "/").free > 0)
    }

    @Test func `ends the program`() async throws {
        let output = try await LocalCommandRunner().run(
            Command("sleep", ["600"]), disk: "/proc", untilStandstillOf: .zero)
        #expect(output.exitCode == 124 && output.standardError.contains("nothing has arrived"))
        let well = try await LocalCommandRunner().run(
            Command("true"), disk: "/proc", untilStandstillOf: .seconds(60))
        #expect(well.succeeded)
    }
}
