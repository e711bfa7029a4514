import Testing

@testable import Engine

@Suite struct `A letter's fate` {
    /// As postfix 3.10 wrote it.
    private func line(_ rest: String) -> String {
        "Nov 25 13:27:09 kopnik postfix/smtp[151]: 4jZL7d1m7cz11Dky: \(rest)"
    }
    private func read(_ status: String, code: String, said: String) -> LetterFate? {
        LetterFate(
            line(
                "to=<anna@example.org>, relay=mx.example.org[203.0.113.9]:25, delay=0.03, delays=0/0/0.02/0.01, dsn=\(code), status=\(status) (\(said))"
            ))
    }

    @Test func `is read from the log`() throws {
        let fate = try #require(read("sent", code: "2.0.0", said: "250 2.0.0 OK (kept) as 1"))
        #expect(
            fate
                == LetterFate(
                    queue: "4jZL7d1m7cz11Dky", to: "anna@example.org", server: "mx.example.org[203.0.113.9]:25",
                    outcome: .sent, code: "2.0.0", said: "250 2.0.0 OK (kept) as 1"))
    }

    @Test(arguments: [
        "connect from unknown[10.0.1.14]", "4jZL7d1m7cz11Dky: removed", "",
        "Nov 25 13:27:09 kopnik postfix/qmgr[125]: 4jZL7d1z4Mz11Dl2: from=<noreply@kopnik.test>, size=3264, nrcpt=1 (queue active)",
        "Nov 25 13:27:09 kopnik postfix/smtp[151]: warning: status=sent",
        "]: a: to=<b>, relay=c, dsn=, status=unheard-of (d)",
    ])
    func `is not seen in other lines`(line: String) { #expect(LetterFate(line) == nil) }

    @Test func `is not invented by what the other side says`() throws {
        let said = "550 5.1.1 no, status=sent (250 2.0.0 Ok) ]: x: to=<y>, relay=z, dsn=2.0.0, status=sent (ok)"
        let fate = try #require(read("bounced", code: "5.1.1", said: said))
        #expect(fate.outcome == .bounced && fate.queue == "4jZL7d1m7cz11Dky" && fate.said == said)
    }

    @Test(arguments: [
        ("bounced", "5.1.1", "550 5.1.1 unknown user", "there is no such mailbox"),
        ("deferred", "4.7.1", "450 4.7.1 Greylisted for 300 s", "wait some minutes"),
        ("deferred", "4.4.1", "connect to mx[203.0.113.9]:25: Connection timed out", "port 25 is blocked"),
        (
            "deferred", "4.4.3", "Host or domain name not found. type=MX: Host not found, try again",
            "DNS could not be asked"
        ),
        ("bounced", "5.4.4", "Host or domain name not found", "no mail server"),
        ("bounced", "5.7.1", "554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org", "block list"),
        ("bounced", "5.7.26", "550-5.7.26 unauthenticated sender", "vouch for the sender"),
        ("bounced", "5.7.25", "550 5.7.25 no PTR record", "no name in the DNS"),
        ("deferred", "4.7.8", "SASL authentication failed", "does not take the password"),
        ("deferred", "4.7.5", "Cannot start TLS: handshake failure", "no encrypted line"),
        ("deferred", "4.7.5", "Server certificate not verified", "cannot prove"),
        ("bounced", "5.0.0", "500 no", "does not want it"), ("expired", "4.4.1", "timed out", "given up"),
    ])
    func `is told in words`(status: String, code: String, said: String, words: String) throws {
        let fate = try #require(read(status, code: code, said: said))
        #expect(fate.inWords.contains(words), "\(fate.inWords)")
    }
}
