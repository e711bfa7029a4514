import Foundation
@testable import Machine
import TestSupport
import Testing

@Suite struct `Reading this computer` {
    @Test func `takes os-release apart, quoted or not`() {
        let release = Computer.osRelease(
            "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian\"\n# VERSION_ID=9\nVERSION_ID=\"13\"\nID=debian\n\nEMPTY=\nURL=\"https://x/?a=b\"\n"
        )
        #expect(release["PRETTY_NAME"] == "Debian GNU/Linux 13 (trixie)")
        #expect(release["VERSION_ID"] == "13")
        #expect(release["ID"] == "debian")
        #expect(release["URL"] == "https://x/?a=b")
    }

    @Test func `understands single quotes, which os-release(5) allows`() {
        do {
            #expect(Computer.osRelease("ID='ubuntu'\n")["ID"] == "ubuntu")
        }
    }

    @Test func `gives figures that can be true`() {
        let computer = Computer.read()
        #expect(computer.cores > 0 && computer.memory > 1 << 28)
        #expect(computer.distribution != "unknown")
        #expect(UUID(uuidString: Computer.bootID) != nil)
    }

    @Test func `finds the free space of a folder that is yet to be made`() throws {
        let there = try #require(Computer.freeSpace(at: "/"))
        let later = try #require(Computer.freeSpace(at: "/no-such-folder/a/b"))
        #expect(abs(there - later) < 1 << 30)
    }

    @Test func `the clock since boot goes on`() {
        let before = BootClock.now
        #expect(before > .zero && BootClock.now >= before)
    }
}

@Suite struct `The disk's use` {
    @Test(arguments: [(100, 100, 0), (1, 100, 99), (0, 100, 100), (995, 1000, 1), (0, 0, 100), (1, 3, 67)])
    func `is rounded up, as df does`(free: Int, total: Int, percent: Int) {
        #expect(DiskUse(free: free, total: total).percent == percent)
    }

    @Test func `agrees with df`() async throws {
        let output = try await LocalCommandRunner().run(Command("df", ["--output=pcent", "/"]))
        let theirs = try #require(output.lines.last.flatMap { Int($0.trimmed.dropLast()) })
        let own = try #require(DiskUse.read("/"))
        #expect(abs(own.percent - theirs) <= 1)
    }

    @Test func `is unknown where there is no such path`() { #expect(DiskUse.read("/no/such/path") == nil) }
}

@Suite struct `The person at the keyboard` {
    @Test func `is whoever asked sudo`() throws {
        try #require(getuid() == 0, "these tests run as root; another user has no sudo to look through")
        // uid 1 is `daemon` on every Debian and Ubuntu.
        let person = Operator.read(environment: [
            "SUDO_UID": "1", "SUDO_USER": "daemon", "HOME": "/root", "USER": "root",
        ])
        #expect(person == Operator(name: "daemon", user: 1, group: 1, home: "/usr/sbin", isRoot: true))
    }

    @Test func `is root itself without sudo`() throws {
        try #require(getuid() == 0)
        let person = Operator.read(environment: ["HOME": "/somewhere"])
        #expect(person == Operator(name: "root", user: 0, group: 0, home: "/somewhere", isRoot: true))
    }

    @Test func `may be a number without a name`() throws {
        try #require(getuid() == 0)
        let person = Operator.read(environment: ["SUDO_UID": "54321", "HOME": "/h"])
        #expect(person.user == 54321 && person.home == "/h" && !person.name.isEmpty)
    }

    @Test func `is not taken from nonsense`() throws {
        #expect(Operator.read(environment: ["SUDO_UID": "root"]).user == Int(getuid()))
    }
}

@Suite struct `Asking again and again` {
    @Test func `ends with the first answer`() async throws {
        var asked = 0
        let answer = try await poll(for: .seconds(10), every: .microseconds(1)) { () -> Int? in
            asked += 1
            return asked == 3 ? asked : nil
        }
        #expect(answer == 3)
    }
    @Test func `asks at least once, and gives up in time`() async throws {
        var asked = 0
        let answer = try await poll(for: .zero) { () -> Int? in
            asked += 1
            return nil
        }
        #expect(answer == nil && asked == 1)
    }
    @Test func `ends when the task is cancelled`() async {
        let task = Task { try await poll(for: .seconds(3600), every: .seconds(3600)) { nil as Int? } }
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
    }
    @Test func `ends with a failure`() async {
        await #expect(throws: Failure("no")) { try await poll(for: .seconds(10)) { () -> Int? in throw Failure("no") } }
    }

    @Test(arguments: [
        ("8.8.8.8", true), ("172.15.0.1", true), ("172.16.0.1", false), ("10.213.79.2", false), ("192.168.1.1", false),
        ("100.64.0.1", false), ("169.254.1.1", false), ("127.0.0.1", false), ("224.0.0.1", false), ("::1", false),
    ])
    func `knows which addresses the internet can reach`(address: String, isPublic: Bool) {
        #expect(Computer.isPublic(address) == isPublic)
        #expect(!Computer.publicAddresses.contains("127.0.0.1"))
    }
}
