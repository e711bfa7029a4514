import Foundation
import Machine
import Testing

@testable import Deployment

/// certbot 4.0, as it really answered; the last two are Let's Encrypt's own words (letsencrypt.org/docs/rate-limits).
@Suite struct `What certbot says` {
    private static let end = """
        Ask for help or search for solutions at https://community.letsencrypt.org. See the logfile /x/letsencrypt.log or re-run Certbot with -v for more details.
        """
    private func refusal(_ said: String, type: String? = nil) -> AskingHistory.Refusal {
        CertbotAnswer.refusal(
            "Saving debug log to /x/letsencrypt.log\n\(said)\n\(Self.end)", type: type, server: "Let's Encrypt",
            now: Date(timeIntervalSince1970: 1_795_000_000))
    }
    private func problem(_ type: String, _ detail: String) -> String {
        """
        Renewing an existing certificate for kopnik.example.net and www.kopnik.example.net

        Certbot failed to authenticate some domains (authenticator: webroot). The Certificate Authority reported these problems:
          Domain: www.kopnik.example.net
          Type:   \(type)
          Detail: \(detail)

        Hint: The Certificate Authority failed to download the temporary challenge files created by Certbot.

        Some challenges have failed.
        """
    }

    @Test func `of a closed port is told as what to open`() {
        let said = problem("connection", "Get \"http://www…\": dial tcp 10.213.79.1:80: connect: connection refused")
        let refusal = refusal(said, type: "connection")
        #expect(refusal.what == "Let's Encrypt could not see that www.kopnik.example.net is yours")
        #expect(refusal.because.hasSuffix("connection refused"))
        #expect(refusal.fix.contains("open port 80"))
        #expect(refusal.wasAsked)
        #expect(CertbotAnswer.problems(said).map(\.domain) == ["www.kopnik.example.net"])
    }

    @Test(arguments: [
        ("dns", "add an A record of www.kopnik.example.net"), ("unauthorized", "lead to this server alone"),
        ("caa", #"CAA 0 issue "letsencrypt.org""#), ("tls", "see the log"),
    ])
    func `of each kind of problem is told as what to do`(type: String, fix: String) {
        #expect(refusal(problem(type, "no"), type: type).fix.contains(fix))
    }

    @Test func `of a lost account is told from other failures`() {
        let lost = "An unexpected error occurred:\nAccount https://acme.example.net:14000/my-account/43d5 not found."
        #expect(CertbotAnswer.isAccountGone(lost, type: nil))
        #expect(CertbotAnswer.isAccountGone("x", type: "accountDoesNotExist"))
        #expect(CertbotAnswer.isAccountGone("Account is not valid, has status \"deactivated\"", type: "unauthorized"))
        #expect(!CertbotAnswer.isAccountGone(problem("unauthorized", "404"), type: "unauthorized"))
    }

    @Test func `of an https that is of another time is told as the clock`() {
        let refusal = refusal(
            "requests.exceptions.SSLError: HTTPSConnectionPool(host='acme.example.net', port=14000): Max retries exceeded with url: /dir (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1029)')))"
        )
        #expect(refusal.because.contains("clock says 2026-11-18 "), "\(refusal)")
        #expect(!refusal.wasAsked)
    }

    @Test func `of an https that nobody vouches for is told as a proxy`() {
        let refusal = refusal("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer")
        #expect(refusal.fix.contains("proxy"))
    }

    @Test func `of a server that is away is told as the network`() {
        let refusal = refusal("ValueError: Requesting acme.example.net/dir: Connection refused")
        #expect(refusal.because == "it cannot be reached from here" && !refusal.wasAsked)
    }

    @Test func `of a limit is kept until the time that it names`() {
        let refusal = refusal(
            "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-11-20 05:06:07 UTC: see https://letsencrypt.org/docs/rate-limits/",
            type: "rateLimited")
        #expect(refusal.notBefore == (try? Date("2026-11-20T05:06:07Z", strategy: .iso8601)))
        #expect(refusal.fix.contains("2026-11-20 05:06 UTC"))
    }

    @Test func `of a limit without a time is a refusal like others`() {
        let refusal = refusal("Service busy; retry later.", type: "rateLimited")
        #expect(refusal.notBefore == nil && refusal.wasAsked)
    }

    @Test func `of anything else is handed on`() {
        #expect(
            refusal("Something new.", type: "serverInternal").because == "it answers 'serverInternal': Something new.")
        #expect(refusal("Something new.").because == "Something new.")
        #expect(refusal("").because == "certbot did not say why")
    }
}

@Suite struct `What came of asking` {
    private let start = Date(timeIntervalSince1970: 1_795_000_000)
    private let refusal = AskingHistory.Refusal("no", because: "so", fix: "then", wasAsked: true)

    @Test func `waits twice as long each time, and a day at most`() {
        var history = AskingHistory()
        #expect(history.mayTry(at: start) && history.nextTry == nil)
        var waits: [Double] = []
        for _ in 1...9 {
            history.failed(refusal, at: start)
            waits.append((history.nextTry?.timeIntervalSince(start) ?? 0) / 60)
        }
        #expect(waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440])
        // Fewer than five an hour, which Let's Encrypt allows.
        #expect(!history.mayTry(at: start.addingTimeInterval(86399)))
        #expect(history.mayTry(at: start.addingTimeInterval(86400)))
    }

    @Test func `of a look that asked nobody does not wait longer and longer`() {
        var history = AskingHistory()
        for _ in 1...5 { history.failed(AskingHistory.Refusal("no", because: "so", fix: "then"), at: start) }
        #expect(history.nextTry == start.addingTimeInterval(900))
    }

    @Test func `counts as refused what was broken off`() {
        let history = AskingHistory().brokenOff(at: start)
        #expect(history.refusedLately(at: start) == 1 && !history.mayTry(at: start) && history.failures == 1)
    }

    @Test func `keeps to the authority's own word`() {
        var history = AskingHistory()
        let until = start.addingTimeInterval(500_000)
        history.failed(
            AskingHistory.Refusal("no", because: "so", fix: "then", wasAsked: true, notBefore: until), at: start)
        #expect(history.nextTry == until)
    }

    @Test func `of a time to come, for the clock was set back, holds nothing up`() {
        var history = AskingHistory()
        history.failed(refusal, at: start)
        #expect(history.mayTry(at: start.addingTimeInterval(-86400)))
    }

    @Test func `is forgotten after a success, which counts for a week`() {
        var history = AskingHistory()
        history.failed(refusal, at: start)
        history.succeeded(at: start)
        #expect(history.refusal == nil && history.failures == 0 && history.mayTry(at: start))
        history.succeeded(at: start.addingTimeInterval(6 * 86400))
        #expect(history.issuedLately(at: start.addingTimeInterval(6 * 86400 + 1)) == 2)
        #expect(history.issuedLately(at: start.addingTimeInterval(7 * 86400 + 1)) == 1)
    }
}

@Suite struct `Where a name leads` {
    private func seen(
        _ fetched: [Reachability.Fetched] = [], dnsError: String? = nil, caa: [String]? = nil
    ) -> Reachability {
        Reachability(
            name: "kopnik.org", dnsError: dnsError, fetched: fetched,
            caa: caa.map { Reachability.Authorization(name: "org", records: $0) })
    }
    private func fix(_ seen: Reachability, own: [String] = ["203.0.113.5"], asksLetsEncrypt: Bool = true) -> String? {
        if case .wrong(let refusal) = seen.verdict(own: own, asksLetsEncrypt: asksLetsEncrypt) {
            refusal.fix
        } else {
            nil
        }
    }
    private let here = Reachability.Fetched(address: "203.0.113.5", isHere: true, status: 200)
    private let other = Reachability.Fetched(address: "198.51.100.7", isHere: false, status: 404, server: "Apache")
    private let silent = Reachability.Fetched(address: "203.0.113.5", isHere: false, error: "timed out")
    private let other6 = Reachability.Fetched(address: "2001:db8::7", isHere: false, status: 200)
    private let silent6 = Reachability.Fetched(address: "2001:db8::7", isHere: false, error: "unreachable")

    @Test func `is here where our own token comes back from each address`() {
        #expect(seen([here]).verdict(own: [], asksLetsEncrypt: true) == .here)
    }

    @Test func `is nowhere without an address, and the record to add is told`() {
        #expect(fix(seen()) == "at your domain's provider, add the record:  kopnik.org. A 203.0.113.5")
        #expect(fix(seen(), own: [])?.hasSuffix("A THE PUBLIC ADDRESS OF THIS SERVER") == true)
    }

    @Test(
        arguments: [
            ([], "timed out"),
            (
                [Reachability.Fetched(address: "2001:db8::7", isHere: false, error: "unreachable", cannotTell: true)],
                nil
            ),
            (
                [
                    Reachability.Fetched(
                        address: "203.0.113.5", isHere: false, status: 301, location: "https://kopnik.org/")
                ], nil
            ),
        ] as [([Reachability.Fetched], String?)])
    func `is for the authority to see where this server cannot`(fetched: [Reachability.Fetched], dnsError: String?) {
        let seen = seen(fetched, dnsError: dnsError)
        guard case .unclear = seen.verdict(own: ["203.0.113.5"], asksLetsEncrypt: true) else {
            Issue.record("not unclear")
            return
        }
    }

    @Test func `is no other server where another program of this one answers`() {
        let own = Reachability.Fetched(address: "203.0.113.5", isHere: false, status: 404)
        #expect(fix(seen([own]))?.contains("sport = :80") == true)
    }

    @Test func `is not refused for an IPv6 address that a container cannot reach`() {
        let six = Reachability.Fetched(address: "2001:db8::7", isHere: false, error: "unreachable", cannotTell: true)
        #expect(fix(seen([here, six])) == nil)
    }

    @Test func `is another server, and the record to change is told`() {
        #expect(fix(seen([other])) == "at your domain's provider, change the record to:  kopnik.org. A 203.0.113.5")
        #expect(fix(seen([here, other6]))?.contains("remove the record:  kopnik.org. AAAA 2001:db8::7") == true)
        #expect(fix(seen([here, silent6]))?.contains("remove the record:  kopnik.org. AAAA 2001:db8::7") == true)
    }

    @Test func `cannot be told from inside where nothing answers`() {
        guard case .unclear = seen([silent]).verdict(own: [], asksLetsEncrypt: true) else {
            Issue.record("not unclear")
            return
        }
    }

    @Test func `does not matter where the DNS forbids it`() {
        #expect(
            fix(seen([here], caa: [#"0 issue "other.example""#]))?.hasSuffix(#"org. CAA 0 issue "letsencrypt.org""#)
                == true)
        #expect(fix(seen([here], caa: [#"0 issue ";""#])) != nil)
        #expect(fix(seen([here], caa: [#"0 issue "letsencrypt.org; validationmethods=http-01""#])) == nil)
        #expect(fix(seen([here], caa: [#"0 iodef "mailto:a@b.c""#])) == nil)
        #expect(fix(seen([here], caa: [#"0 issue "other.example""#]), asksLetsEncrypt: false) == nil)
    }
}

@Suite struct `A certificate's own words` {
    private static let text = """
        notBefore=2026-11-25 12:38:25Z
        notAfter=2027-02-23 12:38:24Z
        issuer=CN=E7,O=Let's Encrypt,C=US
        X509v3 Subject Alternative Name:\u{20}
            DNS:www.kopnik.org, DNS:Kopnik.org
        """

    @Test func `are read`() throws {
        let facts = try #require(CertificateFacts.parse(Self.text))
        #expect(facts.names == ["kopnik.org", "www.kopnik.org"])
        #expect(facts.issuerName == "Let's Encrypt")
        #expect(facts.daysLeft(at: facts.begin) == 89)
        #expect(facts.timeLeft(at: facts.end.addingTimeInterval(-7200)) == "2 hours left")
        #expect(facts.timeLeft(at: facts.end) == "expired")
        #expect(CertificateFacts.parse("unable to load certificate") == nil)
    }

    @Test(arguments: [(90.0, 60.0, 69.0), (45, 30, 33.75), (6, 4, 4.5)])
    func `give the days of renewal and of alarm, however long it lasts`(life: Double, renewal: Double, alarm: Double) {
        let begin = Date(timeIntervalSince1970: 0)
        let facts = CertificateFacts(names: [], begin: begin, end: begin.addingTimeInterval(life * 86400), issuer: "")
        #expect(facts.renewal.timeIntervalSince(begin) / 86400 == renewal)
        #expect(facts.alarm.timeIntervalSince(begin) / 86400 == alarm)
    }
}
