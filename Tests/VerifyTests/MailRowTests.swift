import Machine
import Site
import Testing

@testable import Verify

@Suite struct `The row of port 25` {
    private func judged(_ change: (inout Recorded) -> Void = { _ in }) async throws -> RequirementResult {
        var recorded = Recorded()
        recorded.site.mail.delivery = .send
        change(&recorded)
        return try #require(try await recorded.report(only: ["M2"]).results.first)
    }

    @Test func `holds where a mail server of the world answers and the names agree`() async throws {
        let row = try await judged()
        #expect(row.outcome == .holds && row.evidence.contains("mx.example.org answers"))
    }

    @Test func `is broken where none answers`() async throws {
        let row = try await judged {
            $0.world = $0.world.replacing(
                #""way":{"host":"mx.example.org","said":"220 mx","address":"203.0.113.10"}"#,
                with: #""way":{"error":"mx.example.org:25 does not answer within 8 s","silent":false}"#)
        }
        #expect(row.outcome == .broken && row.fix == "kopnik doctor" && row.because?.contains("providers") == true)
    }

    @Test func `differs where the DNS does not answer, for then nobody knows`() async throws {
        let row = try await judged {
            $0.world = $0.world.replacing(
                #""way":{"host":"mx.example.org","said":"220 mx","address":"203.0.113.10"}"#,
                with: #""way":{"error":"the DNS answered ESERVFAIL","silent":true}"#)
        }
        #expect(row.outcome == .differs)
    }

    @Test func `differs where the address is on a block list or called otherwise`() async throws {
        let listed = try await judged {
            $0.world = $0.world.replacing(#""listed":{"values":[]}"#, with: #""listed":{"values":["127.0.0.2"]}"#)
        }
        #expect(listed.outcome == .differs && listed.evidence.contains("block list"))
        let nameless = try await judged {
            $0.world = $0.world.replacing(#""names":{"values":["kopnik.localhost"]}"#, with: #""names":{"values":[]}"#)
        }
        #expect(nameless.outcome == .differs && nameless.fix == "kopnik mail records")
    }

    @Test func `with a smarthost asks for that one alone`() async throws {
        let row = try await judged {
            $0.site.mail.smarthost = Smarthost(host: "mx.example.org", port: 587)
            $0.world = $0.world.replacing(#""names":{"values":["kopnik.localhost"]}"#, with: #""names":{"values":[]}"#)
        }
        #expect(row.outcome == .holds)
    }

    @Test func `asks nothing of the world in a copy that sends no letters`() async throws {
        let (_, commands) = try await Recorded().run(only: ["M2"])
        #expect(!commands.contains { ($0.standardInput ?? "").contains("zen.spamhaus.org") })
    }
}
