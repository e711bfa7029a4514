import Testing

@testable import Site

@Suite struct `Who is told` {
    @Test func `is read`() throws {
        let text =
            "alerts: {to: anna@example.org, hook: 'https://api.telegram.org/bot12:AbC-d_e/sendMessage?chat_id=7'}"
        let site = try SiteFile.read(text: text, name: "kopnik.yaml")
        #expect(site.alerts.to == "anna@example.org")
        #expect(site.alerts.hook == "https://api.telegram.org/bot12:AbC-d_e/sendMessage?chat_id=7")
        #expect(try SiteFile.read(text: site.yaml, name: "kopnik.yaml") == site)
        let own = try SiteFile.read(text: "alerts: {hook: 'https://10.0.0.7/x', authority: /srv/own.pem}", name: "a")
        #expect(own.alerts.authority == "/srv/own.pem")
        #expect(try SiteFile.read(text: own.yaml, name: "kopnik.yaml") == own)
        #expect(try SiteFile.read(text: "alerts: {hook: 'http://10.0.0.7:8000/x'}", name: "a").alerts.to == nil)
    }

    @Test(arguments: [
        ("alerts: {to: ▶Anna}", "an address has one '@'"), ("alerts: {hook: ▶hooks.example.org/x}", "begins with"),
        ("alerts: {hook: ▶'https://a:b@example.org/x'}", "readable in this file"),
        ("alerts: {authority: ▶own.pem}", "from the root on"), ("alerts: {▶mail: a@example.org}", "unknown key"),
    ])
    func `is refused where it is nobody`(text: String, complaint: String) { expectComplaints(text, complaint) }

    @Test func `is not repeated where it is a secret`() throws {
        let error = try #require(throws: SiteFileErrors.self) {
            _ = try SiteFile.read(text: "alerts: {hook: 'https://example.org/very secret'}", name: "kopnik.yaml")
        }
        #expect(!error.description.contains("very"), "\(error)")
        #expect(error.description.contains("alerts.hook cannot be this"))
    }
}
