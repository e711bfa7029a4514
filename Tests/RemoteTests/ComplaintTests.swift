import Machine
import Testing

@testable import Remote

/// What OpenSSH 9.2 said when it was tried.
struct ComplaintTests {
    private func failure(_ said: String, jump: String? = nil, key: String? = nil) throws -> Failure {
        let destination = try #require(Destination("ssh://root@192.0.2.7:2222"))
        return Complaint(said: said, destination: destination, way: .init(jump: jump, hostKey: key)).failure
    }

    @Test(arguments: [
        ("ssh: Could not resolve hostname nowhere: Name or service not known", "nobody knows an address", "slip"),
        ("ssh: connect to host 192.0.2.7 port 2222: Connection refused", "not at port 2222", "sshd running"),
        (
            "ssh: connect to host 192.0.2.7 port 2222: Connection timed out", "nothing answers at 192.0.2.7, port 2222",
            "switched on"
        ),
        ("ssh: connect to host 192.0.2.7 port 2222: No route to host", "nothing answers", "switched on"),
        ("root@192.0.2.7: Permission denied (publickey,password).", "the password was wrong", "Caps Lock"),
        ("root@192.0.2.7: Permission denied (publickey).", "keys alone (publickey)", "ssh-copy-id"),
        ("kex_exchange_identification: Connection closed by remote host", "ended the connection", "wait a minute"),
        ("Host key verification failed.", "nobody confirmed", "--host-key SHA256:"),
        ("something else", "something else", "-v"),
    ])
    func `each reason has its own words and its own remedy`(said: String, because: String, fix: String) throws {
        let failure = try failure(said + "\n")
        #expect(failure.because?.contains(because) == true, "\(failure)")
        #expect(failure.fix?.contains(fix) == true, "\(failure)")
    }

    @Test func `a key that changed is no reason to go on`() throws {
        let said = """
            @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
            The fingerprint for the ED25519 key sent by the remote host is
            SHA256:abc.
            Host key verification failed.
            """
        let failure = try failure(said)
        #expect(failure.what.contains("is not the server it was") && failure.because?.contains("SHA256:abc.") == true)
        #expect(failure.fix?.contains("ssh-keygen -R '[192.0.2.7]:2222'") == true)
    }

    @Test func `another key than the given one is told as that`() throws {
        #expect(
            try failure("Host key verification failed.", key: "SHA256:x").what.contains(
                "another key than the one that was given"))
    }

    @Test func `a way that does not open is not the server's fault`() throws {
        let said = "ssh: connect to host gate port 22: Connection refused\nConnection closed by UNKNOWN port 65535\n"
        #expect(try failure(said, jump: "gate").because?.contains("the way through gate did not open") == true)
    }
}
