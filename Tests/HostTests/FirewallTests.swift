import Testing

@testable import Host

@Suite struct `The firewall` {
    @Test func `opens what is named, and no port of Docker's but the site's`() {
        let text = FirewallStep.text(open: [22, 80, 443], published: [80, 443])
        #expect(text.contains("policy drop;") && text.contains("tcp dport { 22, 80, 443 } accept"))
        #expect(text.contains("ct original proto-dst { 80, 443 } accept\n        ct status dnat drop"))
        // Loading it again replaces it whole, and nobody else's rules.
        #expect(text.contains("delete table inet kopnik\n") && !text.contains("flush ruleset"))
    }
}
