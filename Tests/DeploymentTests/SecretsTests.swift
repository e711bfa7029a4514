import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite struct `The secrets` {
    let folder = TemporaryFolder()
    private var site: Deployment { deployment(in: folder, ScriptedRunner(real: ["openssl"])) }
    private var secrets: Secrets { Secrets(deployment: site) }
    private func drawn(_ name: String) throws -> String {
        try #require(Files().text(of: "\(site.layout.secrets)/\(name)"))
    }

    @Test func `are three numbers of 256 bits that only their owner may read`() async throws {
        #expect(try await secrets.values() == nil)
        #expect(try await secrets.names() == nil)
        try await secrets.create()
        let values = try #require(try await secrets.values())
        for name in ["db-password", "crossbar-password", "wamp-ticket"] {
            let value = try drawn(name)
            #expect(value.count == 64 && value.allSatisfy { $0.isHexDigit && !$0.isUppercase })
            #expect(mode(of: "\(site.layout.secrets)/\(name)") == 0o600)
        }
        let (password, ticket) = (try drawn("db-password"), try drawn("wamp-ticket"))
        #expect(password != ticket)
        #expect(mode(of: site.layout.secrets) == 0o700)
        #expect(values[.databasePassword] == password)
        #expect(
            values[.serverSettings]?.contains(password) == true && values[.serverSettings]?.contains(ticket) == true)
        // Crossbar does not get the owner's password.
        #expect(values[.authenticator]?.contains(ticket) == true && values[.authenticator]?.contains(password) == false)
        #expect(values[.authenticator]?.contains(try drawn("crossbar-password")) == true)
    }

    @Test func `have a password for the dashboard only where nginx shows it, drawn once, hashed as nginx checks it`()
        async throws
    {
        try await secrets.create()
        #expect(DashboardLogin(deployment: site).password == nil)
        var shown = Site()
        shown.dashboard.path = "/dashboard"
        let deployment = Deployment(world: site.world, site: shown, layout: site.layout)
        let login = DashboardLogin(deployment: deployment)
        #expect(login.isMissing && Secrets(deployment: deployment).missingNames() == ["dashboard-password"])
        try await login.makeIfMissing()
        let (password, line) = (try #require(login.password), try #require(login.line))
        #expect(password.count == 32 && !login.isMissing)
        #expect(mode(of: "\(site.layout.secrets)/dashboard-password") == 0o600)
        let parts = line.split(separator: ":", maxSplits: 1)[1].split(separator: "$").map(String.init)
        // What nginx does: crypt(3) with the same salt.
        let again = try await LocalCommandRunner().run(
            Command("openssl", ["passwd", "-6", "-salt", parts[1], "-stdin"], standardInput: password + "\n"))
        #expect(line == "kopnik:" + again.text)
        try await login.makeIfMissing()
        #expect(login.password == password && login.line == line)
        #expect(!deployment.world.redaction.apply(to: "it is \(password)").contains(password))
    }

    @Test func `are drawn once`() async throws {
        try await secrets.create()
        let names = try await secrets.names()
        try await secrets.create()
        #expect(try await secrets.names() == names)
        #expect(names?.count == 7)
    }

    @Test func `have names that follow from their contents, and fit the swarm`() async throws {
        try await secrets.create()
        let before = try #require(try await secrets.names())
        try Files().write(String(repeating: "a", count: 64), to: site.layout.secrets + "/wamp-ticket", mode: 0o600)
        let after = try #require(try await secrets.names())
        #expect(before[.databasePassword] == after[.databasePassword])
        #expect(before[.serverSettings] != after[.serverSettings] && before[.authenticator] != after[.authenticator])
        let long = deployment(
            in: folder, site: Site(name: String(repeating: "n", count: 30), sources: Site.demo.sources))
        let names = try #require(try await Secrets(deployment: long).names())
        #expect(names.values.allSatisfy { $0.count <= 64 })
    }

    @Test func `change with a key that the person gives`() async throws {
        try await secrets.create()
        let before = try #require(try await secrets.names())
        try Keys(deployment: site).set(.captchaSecret, to: "a secret of nobody")
        let after = try #require(try await secrets.names())
        #expect(before[.authenticator] != after[.authenticator])
    }

    @Test func `are never shown once they were read`() async throws {
        try await secrets.create()
        let site = site
        _ = try await Secrets(deployment: site).values()
        #expect(site.world.redaction.apply(to: "ticket \(try drawn("wamp-ticket"))") == "ticket ‹secret›")
    }

    @Test func `are drawn anew where the file is cut`() async throws {
        try await secrets.create()
        try Files().write("short", to: site.layout.secrets + "/wamp-ticket", mode: 0o600)
        #expect(secrets.missingNames() == ["wamp-ticket"])
        #expect(try await secrets.values() == nil)
        try await secrets.create()
        #expect(secrets.missingNames().isEmpty)
    }
}
