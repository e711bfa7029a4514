import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Blueprint

@Suite struct `kp-server's settings` {
    private func section(_ site: Site, _ profile: ServerProfile = .plain, keys: [String: String] = [:]) throws
        -> [String: Any]
    {
        let secrets = ApplicationSecrets(
            databasePassword: "p\"w", crossbarPassword: "c", wampTicket: "t\\", keys: keys)
        let text = try ApplicationSettings.server(site, profile, secrets)
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

    /// What `src/Server.js`, `src/model/index.js`, `src/Mailer.js` and `src/file-server.index.js` of branch master read.
    @Test func `of kp-server master have what its sources read`() throws {
        let section = try section(Site(), .wamp, keys: ["vapid-public-key": "P", "captcha-secret": "S"])
        #expect(
            Set(section.keys) == [
                "username", "password", "database", "host", "port", "dialect", "define", "logging", "WAMP",
                "file-server",
                "server",
                "SMTP", "captcha", "FCM", "VAPID",
            ])
        // It listens there, and nginx leads there.
        #expect((section["file-server"] as? [String: Any])?["port"] as? Int == 8484)
        #expect((section["VAPID"] as? [String: Any])?["publicKey"] as? String == "P")
        #expect((section["captcha"] as? [String: Any])?["secret"] as? String == "S")
        // web-push takes null for no key, and ends the process at a missing one.
        #expect((section["FCM"] as? [String: Any])?["serverKey"] is NSNull)
    }

    /// What `src/model/index.js` and `src/route/*.js` of branch v2 read.
    @Test func `of kp-server v2 have what its sources read`() throws {
        let section = try section(Site(), .rest, keys: ["captcha-secret": "S"])
        let database = try #require(section["database"] as? [String: Any])
        #expect(database["password"] as? String == "p\"w" && database["host"] as? String == "db")
        #expect(database["query"] as? [String: String] == ["type": "SELECT"] && database["logging"] as? Bool == false)
        let unittest = try #require(section["unittest"] as? [String: [String: String]])
        #expect(unittest["captcha"]?["secret"] == "S")
        #expect((section["file-server"] as? [String: Any])?["port"] as? Int == 8484)
    }

    @Test func `of Crossbar's authenticator let a person in without a captcha on a local copy alone`() throws {
        let secrets = ApplicationSecrets(databasePassword: "p", crossbarPassword: "c", wampTicket: "t")
        for (site, isOptional) in [(Site(), true), (Site(domain: "kopnik.org"), false)] {
            let text = try ApplicationSettings.authenticator(site, secrets)
            let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
            #expect(root["captcha"]?["optional"] as? Bool == isOptional)
            #expect(root["captcha"]?["secret"] is NSNull)
            #expect(root["server"]?["password"] as? String == "t")
            #expect(root["database"]?["database"] as? String == "kopnik")
            #expect(root["database"]?["username"] as? String == "crossbar")
            #expect(root["database"]?["password"] as? String == "c")
        }
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
    @Test func `with a smarthost logs in over a line whose other end is known`() {
        var site = Plans.open.site
        site.mail.smarthost = Smarthost(host: "smtp.example.org", port: 465)
        #expect(!main(site).contains("sasl"))
        site.mail.smarthostUser = "kopnik"
        let text = main(site)
        for row in [
            "relayhost = [smtp.example.org]:465", "smtp_tls_security_level = verify", "smtp_tls_wrappermode = yes",
            "smtp_sasl_auth_enable = yes",
        ] { #expect(text.contains(row + "\n")) }
        let secrets = ApplicationSecrets(
            databasePassword: "d", crossbarPassword: "c", wampTicket: "w", keys: ["smarthost-password": "p # :s"])
        #expect(ApplicationSettings.mailLogin(site, secrets) == "[smtp.example.org]:465 kopnik:p # :s\n")
        #expect(ApplicationSettings.mailLogin(Site(), secrets) == "# no login\n")
    }
    @Test func `takes no sign in the sender's address for a name of its own`() {
        var site = Plans.open.site
        site.mail.from = "a$mydomain@kopnik.org"
        #expect(main(site).contains("static:a$$mydomain@kopnik.org\n"))
    }
    @Test func `has no setting twice`() {
        var relayed = Plans.open.site
        relayed.mail.smarthost = Smarthost(host: "smtp.example.org", port: 587)
        relayed.mail.smarthostUser = "kopnik"
        for site in [Site(), Plans.open.site, relayed] {
            let names = main(site).split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
                $0.split(separator: " ").first
            }
            #expect(Set(names).count == names.count)
        }
    }
}
