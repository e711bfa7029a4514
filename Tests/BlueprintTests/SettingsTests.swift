import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Blueprint

@Suite struct `kp-server's settings` {
    private func section(_ site: Site) throws -> [String: Any] {
        let text = try ApplicationSettings.rendered(site: site, databasePassword: "p\"w", wampTicket: "t\\")
        let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
        #expect(Array(root.keys) == ["production"])
        return try #require(root["production"])
    }

    @Test func `have the keys that its sources read, and no others`() throws {
        let section = try section(Site())
        #expect(
            Set(section.keys) == [
                "username", "password", "database", "host", "port", "dialect", "WAMP", "file-server", "server", "SMTP",
            ])
        #expect(section["password"] as? String == "p\"w")
        #expect(section["database"] as? String == "kopnik")
        #expect(section["WAMP"] as? NSDictionary == ["schema": "ws", "host": "crossbar", "port": 8080, "path": "ws"])
        #expect(section["server"] as? NSDictionary == ["username": "server", "password": "t\\"])
        #expect(section["SMTP"] as? NSDictionary == ["host": "mail", "from": "noreply@kopnik.localhost"])
    }

    @Test func `name the address that people see`() throws {
        let site = Plans.open.site
        let section = try section(site)
        #expect(
            section["file-server"] as? NSDictionary
                == [
                    "schema": "https", "host": "kopnik.org", "port": 8443, "upload-path": "upload",
                    "download-path": "download",
                ])
        #expect(section["database"] as? String == "main")
        #expect((section["SMTP"] as? [String: Any])?["from"] as? String == "post@kopnik.org")
    }
}

@Suite struct `postgresql.conf` {
    private func settings(_ plan: StackPlan) throws -> [String: String] {
        let text = try #require(PostgresSettings.files(plan).first { $0.path == "db/postgresql.conf" }).contents
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " = ", maxSplits: 1)
            let value = try #require(parts.last).split(separator: "'", omittingEmptySubsequences: false)
            #expect(values.updateValue(String(value[1]), forKey: String(parts[0])) == nil, "\(line) twice")
        }
        return values
    }

    @Test func `has the figures of the specification`() throws {
        let values = try settings(Plans.local)
        #expect(values["max_connections"] == "1000" && values["shared_buffers"] == "512MB")
        #expect(values["effective_cache_size"] == "1GB" && values["work_mem"] == "40MB" && values["port"] == "5432")
    }

    @Test func `writes amounts in units that Postgres reads`() throws {
        let values = try settings(Plans.open)
        #expect(
            values["shared_buffers"] == "1GB" && values["work_mem"] == "1536kB" && values["max_connections"] == "200")
    }
}

@Suite struct `Postfix` {
    private func main(_ site: Site) -> String {
        MailSettings.files(Plans.plan(site, prefix: "")).first { $0.path == "mail/main.cf" }?.contents ?? ""
    }
    @Test func `in a local copy lets no letter out`() {
        let text = main(Site())
        #expect(text.contains("default_transport = virtual\n") && text.contains("relayhost = [127.0.0.1]:1\n"))
        #expect(!text.contains("= smtp\n"))
    }
    @Test func `on a public site sends`() {
        let text = main(Plans.open.site)
        #expect(
            text.contains("default_transport = smtp\n") && text.contains("myhostname = kopnik.org\n")
                && !text.contains("caught"))
    }
    @Test func `has no setting twice`() {
        for site in [Site(), Plans.open.site] {
            let names = main(site).split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
                $0.split(separator: " ").first
            }
            #expect(Set(names).count == names.count)
        }
    }
}
