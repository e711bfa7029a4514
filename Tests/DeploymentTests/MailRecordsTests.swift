import Blueprint
import Engine
import Site
import Testing

@testable import Deployment

@Suite struct `The DNS records of a site's letters` {
    private let site = Site(domain: "kopnik.org")
    private let key = String(repeating: "A", count: 392)
    private func answer(_ values: String...) -> MailSighting.Answer { MailSighting.Answer(values: values) }
    private func sighting() -> MailSighting {
        MailSighting(
            way: .init(host: "mx.example.org", said: "220 hi", address: "203.0.113.10"), own: "203.0.113.10",
            addresses: answer("203.0.113.10"), names: answer("kopnik.org"), listed: answer(),
            spf: answer("another text", "v=spf1 a ~all"), dkim: answer("v=DKIM1; k=rsa; p=\(key)"),
            dmarc: answer("v=DMARC1; p=none"))
    }
    private func records(_ change: (inout MailSighting) -> Void = { _ in }) -> MailRecords {
        var seen = sighting()
        change(&seen)
        return MailRecords(site, key: key, sighting: seen, silence: nil)
    }
    private func state(_ title: String, _ change: (inout MailSighting) -> Void) -> MailRecords.Record.State? {
        records(change).records.first { $0.title == title }?.state
    }

    @Test func `are complete where all five are there`() {
        #expect(records().areComplete && records().records.map(\.title) == ["A", "PTR", "SPF", "DKIM", "DMARC"])
    }

    @Test func `have strings of 255 bytes at most, which together are the value`() throws {
        let dkim = try #require(records().records.first { $0.title == "DKIM" })
        #expect(dkim.name == "kopnik._domainkey.kopnik.org")
        #expect(dkim.value.allSatisfy { $0.utf8.count <= 255 } && dkim.value.count == 2)
        #expect(dkim.value.joined() == "v=DKIM1; k=rsa; p=\(key)")
        #expect(dkim.text.hasPrefix("\"v=DKIM1") && dkim.text.contains("\" \""))
    }

    @Test func `are each seen missing, different, or unknown`() {
        #expect(state("A") { $0.addresses = answer() } == .missing)
        #expect(state("A") { $0.addresses = answer("203.0.113.11") } == .different)
        #expect(state("PTR") { $0.names = answer() } == .missing)
        #expect(state("PTR") { $0.names = answer("static.example.net") } == .different)
        #expect(state("PTR") { $0.own = nil } == .unknown)
        #expect(state("SPF") { $0.spf = answer("v=spf10 a") } == .missing)
        #expect(state("SPF") { $0.spf = answer("v=spf1 a -all", "v=spf1 mx -all") } == .different)
        #expect(state("DKIM") { $0.dkim = answer("v=DKIM1; k=rsa; p=BBBB") } == .different)
        // Some pages put blanks between the strings.
        #expect(state("DKIM") { $0.dkim = answer("v=DKIM1; k=rsa; p=AA \(String(key.dropFirst(2)))") } == .present)
        #expect(state("DMARC") { $0.dmarc = answer() } == .missing)
        #expect(
            state("DMARC") {
                $0.dmarc = answer(); $0.inherited = answer("v=DMARC1; p=reject")
            } == .present)
        #expect(state("SPF") { $0.spf = MailSighting.Answer(error: "ESERVFAIL") } == .unknown)
    }

    @Test func `are printed where the DNS cannot be asked at all`() {
        let records = MailRecords(site, key: key, sighting: nil, silence: "the site is down")
        #expect(!records.areComplete && records.silence == "the site is down")
        #expect(records.records.allSatisfy { $0.state == .unknown })
    }

    @Test func `say nothing of our address where a smarthost sends`() {
        var site = site
        site.mail.smarthost = Smarthost(host: "smtp.example.org", port: 587)
        let records = MailRecords(site, key: key, sighting: sighting(), silence: nil)
        #expect(records.records.map(\.title) == ["SPF", "DKIM", "DMARC"])
    }

    @Test(arguments: [
        ("v=spf1 a ~all", MailRecords.Record.State.present), ("v=spf1 +a -all", .present),
        ("v=spf1 ip4:203.0.113.0/24 -all", .present), ("V=SPF1 A:kopnik.org -ALL", .present),
        ("v=spf1 -all", .different),
        ("v=spf1 ip4:203.0.114.0/24 -all", .different), ("v=spf1 include:_spf.example.org ~all", .unclear),
        ("v=spf1 mx -all", .unclear), ("v=spf1 ip4:nonsense/99 -all", .different),
    ])
    func `judge who may send`(record: String, state: MailRecords.Record.State) {
        #expect(self.state("SPF") { $0.spf = answer(record) } == state)
    }

    private func wrong(_ title: String, _ change: (inout MailSighting) -> Void) -> String? {
        records(change).records.first { $0.title == title }?.wrong
    }

    @Test func `say in words what is wrong with each`() {
        #expect(records().records.allSatisfy { $0.wrong == nil })
        #expect(wrong("A") { $0.addresses = answer("203.0.113.11") } == "the name leads to another computer")
        #expect(wrong("PTR") { $0.names = answer("static.example.net") } == "the address is called by another name")
        #expect(wrong("SPF") { $0.spf = answer("v=spf1 -all") } == "it does not let 203.0.113.10 send")
        #expect(wrong("SPF") { $0.spf = answer("v=spf1 a -all", "v=spf1 mx -all") }?.hasPrefix("there are 2") == true)
        #expect(wrong("DKIM") { $0.dkim = answer("v=DKIM1; p=BBBB") }?.hasPrefix("it is another key") == true)
        #expect(wrong("DKIM") { $0.dkim = answer("v=DKIM1; k=rsa; p=") } == "there is no key in it")
        #expect(wrong("DKIM") { $0.dkim = answer("v=DKIM1; p=AAAA") } == "the end of the key is missing")
        #expect(wrong("DMARC") { $0.dmarc = answer("v=DMARC1; p=no") }?.hasPrefix("it does not say p=none") == true)
        #expect(wrong("DMARC") { $0.dmarc = answer("v=DMARC1; p=none", "v=DMARC1; p=none") }?.contains("2") == true)
        // Where there is nothing, that is all there is to say.
        #expect(wrong("SPF") { $0.spf = answer() } == nil)
    }

    @Test func `follow what others' records allow, as far as receivers do`() {
        func verdict(_ record: String, _ others: [String: String]) -> SenderPolicy.Verdict {
            SenderPolicy(
                MailIdentity(site), own: "203.0.113.10", addresses: ["203.0.113.10"],
                others: others.mapValues { answer($0) }
            ).verdict(on: record)
        }
        #expect(verdict("v=spf1 include:x.org -all", ["x.org": "v=spf1 ip4:203.0.113.0/24 -all"]) == .allowed)
        #expect(verdict("v=spf1 include:x.org -all", ["x.org": "v=spf1 ip4:192.0.2.0/24 -all"]) == .notAllowed)
        #expect(verdict("v=spf1 include:x.org -all", ["x.org": "v=spf1 mx -all"]) == .unclear)
        #expect(verdict("v=spf1 redirect=x.org", ["x.org": "v=spf1 ip4:203.0.113.10 -all"]) == .allowed)
        #expect(verdict("v=spf1 include:x.org a -all", ["x.org": "no such"]) == .leadsNowhere("x.org"))
        #expect(verdict("v=spf1 -ip4:203.0.113.10 a -all", [:]) == .notAllowed)
        // Ten questions, and no more; what fits before them is not lost by them.
        let ten = (1...10).map { "exists:x\($0).org" }.joined(separator: " ")
        #expect(verdict("v=spf1 \(ten) a -all", [:]) == .tooLong)
        #expect(verdict("v=spf1 a \(ten) -all", [:]) == .allowed)
        #expect(
            verdict("v=spf1 include:x.org include:x.org a ~all", ["x.org": "v=spf1 include:x.org -all"]) == .tooLong)
    }

    @Test func `put one record in the place of several, or of one that leads too far`() {
        let policy = SenderPolicy(
            MailIdentity(site), own: "203.0.113.10", addresses: ["203.0.113.10"], others: ["dead.org": answer("none")])
        #expect(
            policy.wanted(besides: ["v=spf1 mx -all", "v=spf1 a ip4:192.0.2.1 ~all"])
                == "v=spf1 a mx ip4:192.0.2.1 -all")
        #expect(policy.wanted(besides: ["v=spf1 include:dead.org mx ~all"]) == "v=spf1 a mx ~all")
        let ten = (1...10).map { "exists:x\($0).org" }.joined(separator: " ")
        #expect(policy.wanted(besides: ["v=spf1 \(ten) a -all"]) == "v=spf1 a \(ten) -all")
        #expect(policy.verdict(on: policy.wanted(besides: ["v=spf1 \(ten) a -all"])) == .allowed)
    }

    @Test func `keep what another record allows already`() {
        let policy = SenderPolicy(MailIdentity(site), own: "203.0.113.10", addresses: ["203.0.113.10"])
        #expect(policy.wanted(besides: []) == "v=spf1 a ~all")
        #expect(policy.wanted(besides: ["v=spf1 ip4:192.0.2.1 -all"]) == "v=spf1 a ip4:192.0.2.1 -all")
        var elsewhere = site
        elsewhere.mail.from = "post@example.net"
        #expect(
            SenderPolicy(MailIdentity(elsewhere), own: nil, addresses: []).wanted(besides: [])
                == "v=spf1 a:kopnik.org ~all")
    }

    @Test func `and the way out are what doctor speaks of`() {
        #expect(MailFindings.read(sighting(), site).allSatisfy { $0.level == .good })
        var seen = sighting()
        seen.way = .init(error: "mx.example.org:25 does not answer within 8 s", silent: false)
        let closed = MailFindings.read(seen, site)
        #expect(closed.first?.level == .problem && closed.first?.fix?.contains("my server 203.0.113.10") == true)
        seen.way = .init(error: "the DNS did not answer", silent: true)
        #expect(MailFindings.read(seen, site).map(\.level) == [.warning])
        seen = sighting()
        seen.listed = answer("127.0.0.4")
        #expect(MailFindings.read(seen, site).contains { $0.level == .problem && $0.subject == "Mail list" })
        // Spamhaus does not answer to the big public DNS servers: no complaint, and no all-clear.
        seen.listed = answer("127.255.255.254")
        #expect(MailFindings.read(seen, site).contains { $0.level == .warning && $0.subject == "Mail list" })
        #expect(MailFindings.read(records()).map(\.level) == [.good])
        #expect(MailFindings.read(records { $0.dmarc = answer() }).map(\.level) == [.warning])
    }

    @Test func `leave no letter unseen that waits too long or was over the limits`() {
        #expect(MailQueue(waiting: 2, bytes: 9, oldest: 60, taken: 5, refused: 0).alarms.isEmpty)
        #expect(MailQueue(waiting: 2, bytes: 9, oldest: 7200, taken: 5, refused: 0).alarms.count == 1)
        #expect(MailQueue(waiting: 0, bytes: 0, oldest: 0, taken: 5, refused: 3).alarms.count == 1)
        #expect(
            MailQueue(waiting: 1, bytes: 9, oldest: 300, taken: 5, refused: 0).inWords
                == "1 letter waits, the oldest for 5 min")
    }
}
