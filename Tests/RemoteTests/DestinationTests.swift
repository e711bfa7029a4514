import Testing

@testable import Remote

struct DestinationTests {
    @Test(arguments: [
        ("ssh://root@192.0.2.7", ["-l", "root", "192.0.2.7"]), ("192.0.2.7", ["192.0.2.7"]),
        ("ssh://ubuntu@kopnik.org:2222", ["-p", "2222", "-l", "ubuntu", "kopnik.org"]),
        ("root@kopnik.org", ["-l", "root", "kopnik.org"]), ("ssh://[2001:db8::7]:22/", ["-p", "22", "2001:db8::7"]),
        ("ssh://2001:db8::7", ["2001:db8::7"]), ("my-server_1", ["my-server_1"]),
    ])
    func `a server is named as ssh's users name one`(text: String, words: [String]) throws {
        #expect(Destination(text)?.words == words)
    }

    @Test(arguments: [
        "", "ssh://", "ssh://root@", "-oProxyCommand=id", "ssh://-oProxyCommand=id", "ssh://-l@host", "host:0",
        "host:70000", "host:", "host:22x", "ssh://host/path", "a host", "host;id", "$(id)", "ssh://root@[::1", "@host",
    ])
    func `what names no server is refused, above all what would be an option`(text: String) {
        #expect(Destination(text) == nil)
    }
}
