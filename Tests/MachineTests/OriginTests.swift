import Testing

@testable import Machine

@Suite struct `Where somebody sits` {
    @Test func `is the address of their SSH session`() {
        #expect(Origin.read(["SSH_CONNECTION": "203.0.113.7 50122 10.0.0.1 22"]).address == "203.0.113.7")
        #expect(Origin.read(["SSH_CONNECTION": "fe80::1%eth0 50122 fe80::2%eth0 22"]).address == "fe80::1%eth0")
    }

    @Test(arguments: ["", "203.0.113.7", "\u{1B}[2J 1 2 3", "a\nb 1 2 3", "$(id) 1 2 3"])
    func `is nothing that somebody made up to do harm`(text: String) {
        #expect(Origin.address(of: text) == nil)
    }
}
