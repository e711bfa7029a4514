import Foundation
import Site
import Testing

@testable import Blueprint

@Suite struct `A source's profile` {
    /// As the package.json of kp-server's branches is, in what they are told apart by.
    private static let master = PackageFacts(
        name: "kp-sequelizejs", scripts: ["server": "x", "file-server": "x"], dependencies: ["autobahn": "^0.10.1"],
        devDependencies: ["babel-cli": "^6.26.0"])
    private static let v2 = PackageFacts(
        name: "kp-sequelizejs", scripts: ["server": "x"], dependencies: ["express-async-errors": "^2.1.2"])

    @Test func `is told by what package.json says`() {
        #expect(ServerProfile.of(Self.master) == .wamp)
        #expect(ServerProfile.of(Self.v2) == .rest)
        #expect(ServerProfile.of(PackageFacts(name: "kp-server-demo")) == .plain)
        #expect(ServerProfile.of(PackageFacts()) == .plain)
    }

    @Test func `gives way to the contract, once a source keeps it`() {
        var mended = Self.master
        mended.scripts["server:production"] = "x"
        #expect(ServerProfile.of(mended) == .plain)
    }

    @Test(arguments: [("^2.2.1", true), ("4.1.0", true), ("^5.90.0", false), ("latest", false)])
    func `of a client goes by its webpack`(version: String, isOld: Bool) {
        let package = PackageFacts(name: "kp-client", scripts: ["build": "x"], devDependencies: ["webpack": version])
        #expect((ClientProfile.of(package) == .webpack) == isOld)
    }

    @Test func `asks for npm's scripts only where npm starts it`() {
        #expect(ServerProfile.plain.scripts == ["server:production", "file-server"])
        #expect(ServerProfile.wamp.scripts.isEmpty)
        #expect(ServerProfile.wamp.mainFile == "./src/index.js" && ServerProfile.plain.mainFile == nil)
    }

    @Test func `never opens the debugger's port, and has a reason for each thing it does`() {
        for profile in [ServerProfile.wamp, .rest] {
            for case .words(let words) in [profile.application, profile.fileServer] {
                #expect(!words.contains { $0.contains("inspect") })
            }
            #expect(profile.newerPackages.map(\.name) == ["nan"] && profile.lookedAt?.commit.count == 40)
            #expect(profile.rules.count >= 6 && profile.rules.allSatisfy { $0.contains(": ") })
        }
    }

    private func compose(_ server: ServerProfile) throws -> Blueprint {
        var plan = Plans.local
        plan.server = server
        return try Blueprint(plan)
    }

    @Test func `decides on command, image, probe and tables of the services`() throws {
        let wamp = try compose(.wamp).compose
        #expect(wamp.contains("kopnik/nodejs8:0123456789ab"))
        #expect(wamp.contains("- \"./node_modules/babel-cli/bin/babel-node.js\""))
        #expect(wamp.contains("PROBE_REGISTRATION: \"ru.kopa.model.getKOPNIKByEmail\""))
        // One of the two processes makes the tables.
        #expect(wamp.matches(of: #/KOPNIK_MAKE_TABLES/#).count == 1)
        let rest = try compose(.rest).compose
        #expect(rest.contains("PROBE_PORT: \"8080\"") && rest.contains("PROBE_PORT: \"8484\""))
        #expect(!rest.contains("PROBE_REGISTRATION"))
        #expect(wamp.matches(of: #/KOPNIK_LOG_FOLDER/#).count == 1)
        let plain = try compose(.plain).compose
        #expect(
            !plain.contains("KOPNIK_MAKE_TABLES") && !plain.contains("KOPNIK_LOG_FOLDER") && !plain.contains("nodejs8"))
    }

    @Test func `decides how Postgres lets it in, and what of its words is not logged`() throws {
        func access(_ server: ServerProfile) throws -> String {
            try #require(try compose(server).files.first { $0.path == "db/pg_hba.conf" }).contents
        }
        // pg 6 ends with an error at a request for SCRAM.
        #expect(try access(.wamp).contains("host    all          kopnik    samenet    password\n"))
        #expect(try access(.plain).contains("host    all          kopnik    samenet    scram-sha-256\n"))
        #expect(try compose(.wamp).compose.matches(of: #/silent-settings\.js/#).count == 2)
        #expect(try !compose(.plain).compose.contains("silent-settings"))
    }

    @Test func `may run twice where its own package.json says so, and nothing else is read into that`() throws {
        func profile(_ text: String) throws -> ServerProfile {
            ServerProfile.of(try JSONDecoder().decode(PackageFacts.self, from: Data(text.utf8)))
        }
        #expect(try profile(#"{"kopnik": {"mayOverlap": true}}"#).mayOverlap)
        for text in [#"{}"#, #"{"kopnik": {}}"#, #"{"kopnik": "yes"}"#, #"{"kopnik": {"mayOverlap": false}}"#] {
            #expect(try !profile(text).mayOverlap, "\(text)")
        }
        // The real ones cannot, whatever is written there.
        #expect(
            try !profile(
                #"{"name": "kp-sequelizejs", "dependencies": {"autobahn": "1"}, "kopnik": {"mayOverlap": true}}"#
            )
            .mayOverlap)
        var overlapping = ServerProfile.plain
        overlapping.mayOverlap = true
        #expect(try compose(overlapping).compose.matches(of: #/KOPNIK_DRAIN_SECONDS: "2"/#).count == 2)
        // The dashboard may always.
        #expect(try compose(overlapping).compose.matches(of: #/order: "start-first"/#).count == 3)
        #expect(try compose(.plain).compose.matches(of: #/order: "start-first"/#).count == 1)
    }

    @Test func `decides where /api leads`() throws {
        func nginx(_ server: ServerProfile) throws -> String {
            try #require(try compose(server).files.first { $0.path == "nginx/nginx.conf" }).contents
        }
        #expect(try nginx(.rest).contains("set $upstream nodejs:8080;"))
        let wamp = try nginx(.wamp)
        #expect(!wamp.contains("$upstream nodejs") && wamp.contains("return 503 "))
    }

    @Test func `of the real client names this site where its sources name kopnik.org`() throws {
        let site = Site(domain: "copy.test", ports: Site.Ports(http: 81, https: 8443))
        let text = try ClientProfile.privateSettings(site, captchaKey: nil)
        #expect(text.contains(#""host" : "copy.test""#) && text.contains(#""port" : "8443""#))
        #expect(text.hasPrefix("//") && text.contains("module.exports = {") && !text.contains("captcha"))
        #expect(try ClientProfile.privateSettings(site, captchaKey: "K").contains(#""key" : "K""#))
    }
}
