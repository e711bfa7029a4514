import Machine
import Testing

@testable import Remote

struct RemoteComputerTests {
    @Test func `a server says who logged in, what it is and which kopnik it has`() throws {
        let answer = """
            user admin
            home /home/admin
            machine Linux x86_64
            administration asks
            free 2048 /home/admin
            free  /tmp
            digest abc
            version 0.1.0
            os ID=debian
            os VERSION_ID="12"
            os PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
            """
        let computer = try #require(RemoteComputer(answer: answer))
        #expect(computer.user == "admin" && computer.home == "/home/admin" && computer.administration == .asks)
        #expect(computer.free == ["/home/admin": 2048 << 10])
        #expect(computer.installed == RemoteComputer.Program(digest: "abc", version: "0.1.0"))
        #expect(computer.computer.distribution == "debian" && computer.computer.version == "12")
        #expect(RemoteComputer(answer: "This account is not available.") == nil)
    }

    @Test(arguments: [
        ("0.2.0", "0.1.9", true), ("0.10.0", "0.9.0", true), ("1.0", "0.9", true), ("0.1.0", "0.1.0", false),
        ("0.1.0", "0.2.0", false), ("0.1.1", "0.1", true),
    ])
    func `versions are compared number by number`(one: String, other: String, isNewer: Bool) {
        #expect(RemoteComputer.isNewer(one, than: other) == isNewer)
    }
}
