import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

/// With the real openssl.
@Suite(.timeLimit(.minutes(1))) struct `The local authority` {
    let folder = TemporaryFolder("сайт 'x' $y")
    let files = Files()
    private let runner = ScriptedRunner([(["docker", "ps"], CommandOutput())], real: ["openssl"])

    private func site(_ domain: String = "kopnik.localhost", now: @escaping @Sendable () -> Date = { Date() })
        -> Deployment
    {
        deployment(in: folder, site: Site(domain: domain), runner, now: now)
    }
    private func live(_ domain: String = "kopnik.localhost") -> String {
        "\(folder.path)/etc/letsencrypt/live/\(domain)"
    }
    private func openssl(_ arguments: [String]) async throws -> CommandOutput {
        try await LocalCommandRunner().run(Command("openssl", arguments))
    }

    @Test func `has nothing before it was asked, and a year's certificate after`() async throws {
        let authority = LocalAuthority(deployment: site())
        #expect(try await authority.certificate() == .missing)
        try await authority.issue()
        guard case .valid(let days) = try await authority.certificate() else { throw Failure("not valid") }
        #expect((395...397).contains(days))
        #expect(files.names(in: live()).sorted() == ["cert.pem", "fullchain.pem", "privkey.pem"])
        #expect(files.link(at: live())?.hasPrefix("../archive/kopnik.localhost-") == true)
    }

    @Test func `lets nobody else read its keys`() async throws {
        let site = site()
        try await LocalAuthority(deployment: site).issue()
        #expect(mode(of: site.layout.authority) == 0o700)
        for path in [site.layout.authority + "/ca.key", live() + "/privkey.pem"] {
            #expect(mode(of: path) == 0o600, "\(path)")
        }
    }

    @Test func `issues for the site and its www, for servers only`() async throws {
        try await LocalAuthority(deployment: site()).issue()
        let text = try await openssl([
            "x509", "-in", live() + "/fullchain.pem", "-noout", "-ext",
            "subjectAltName,basicConstraints,extendedKeyUsage",
        ]).text
        #expect(text.contains("DNS:kopnik.localhost, DNS:www.kopnik.localhost") && text.contains("CA:FALSE"))
        #expect(text.contains("TLS Web Server Authentication") && !text.contains("Client"))
    }

    @Test func `counts the days that are left by the clock it is given`() async throws {
        try await LocalAuthority(deployment: site()).issue()
        let later = site { Date().addingTimeInterval(380 * 86400) }
        guard case .valid(let days) = try await LocalAuthority(deployment: later).certificate() else {
            throw Failure("not valid")
        }
        #expect((15...17).contains(days))
        #expect(
            try await CertificatesStep(deployment: later).inspect().changes.map(\.summary) == [
                "renew the certificate: \(days) days left"
            ])
    }

    @Test func `keeps its own certificate when it issues again`() async throws {
        let site = site()
        let authority = LocalAuthority(deployment: site)
        try await authority.issue()
        let first = (files.text(of: authority.authorityCertificate), files.text(of: live() + "/cert.pem"))
        try await LocalAuthority(deployment: self.site { Date().addingTimeInterval(5) }).issue()
        #expect(files.text(of: authority.authorityCertificate) == first.0)
        #expect(files.text(of: live() + "/cert.pem") != first.1)
    }

    @Test func `sees another name's certificate, a damaged one, a missing key`() async throws {
        let authority = LocalAuthority(deployment: site())
        try await authority.issue()
        let chain = try #require(files.text(of: live() + "/fullchain.pem"))
        try files.write("-----BEGIN CERTIFICATE-----\nrubbish\n", to: live() + "/fullchain.pem")
        guard case .unfit = try await authority.certificate() else { throw Failure("damaged, and taken") }
        try files.write(chain, to: live() + "/fullchain.pem")
        guard case .valid = try await authority.certificate() else { throw Failure("not valid") }
        try files.remove(live() + "/privkey.pem")
        #expect(try await authority.certificate() == .missing)
    }

    @Test func `sees a certificate of another name in the site's place`() async throws {
        try await LocalAuthority(deployment: site()).issue()
        try files.makeLink(at: live("other.localhost"), to: "kopnik.localhost")
        guard case .unfit(let reason) = try await LocalAuthority(deployment: site("other.localhost")).certificate()
        else { throw Failure("taken") }
        do {
            #expect(reason.lowercased().contains("hostname mismatch"))
        }
    }

    @Test func `sees an expired certificate`() async throws {
        let site = site()
        try await LocalAuthority(deployment: site).issue()
        let own = site.layout.authority
        let request = folder.path + "/r.csr"
        let key = live() + "/privkey.pem"
        _ = try await openssl([
            "req", "-new", "-key", key, "-subj", "/CN=kopnik.localhost", "-addext",
            "subjectAltName=DNS:kopnik.localhost", "-out", request,
        ])
        let made = try await openssl([
            "x509", "-req", "-in", request, "-CA", own + "/ca.crt", "-CAkey", own + "/ca.key", "-days", "0",
            "-copy_extensions", "copy", "-out",
            live() + "/fullchain.pem",
        ])
        try #require(made.succeeded, "\(made.lastWords)")
        guard case .unfit = try await LocalAuthority(deployment: site).certificate() else {
            throw Failure("expired, and taken")
        }
        try await CertificatesStep(deployment: self.site { Date().addingTimeInterval(3) }).apply { _ in }
        guard case .valid = try await LocalAuthority(deployment: site).certificate() else {
            throw Failure("not issued anew")
        }
    }

    @Test func `cannot sign for another name than the site's`() async throws {
        let site = site()
        try await LocalAuthority(deployment: site).issue()
        let own = site.layout.authority
        let (certificate, request, key) = (
            folder.path + "/evil.crt", folder.path + "/evil.csr", folder.path + "/evil.key"
        )
        for (name, isTrusted) in [("bank.example", false), ("api.kopnik.localhost", true)] {
            _ = try await openssl([
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", key,
                "-subj", "/CN=\(name)", "-addext",
                "subjectAltName=DNS:\(name)", "-out", request,
            ])
            let signed = try await openssl([
                "x509", "-req", "-in", request, "-CA", own + "/ca.crt", "-CAkey", own + "/ca.key", "-days", "9",
                "-copy_extensions", "copy", "-out", certificate,
            ])
            try #require(signed.succeeded, "\(signed.lastWords)")
            let verdict = try await openssl(["verify", "-CAfile", own + "/ca.crt", certificate])
            #expect(verdict.succeeded == isTrusted, "\(name): \(verdict.standardError)")
            if !isTrusted { #expect(verdict.standardError.contains("permitted subtree violation")) }
        }
    }

    @Test func `serves a site that gets another domain`() async throws {
        try await CertificatesStep(deployment: site()).apply { _ in }
        let step = CertificatesStep(deployment: site("kopnik.test"))
        #expect(try await !step.inspect().isClean)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
    }

    @Test func `serves a domain as long as domains may be`() async throws {
        let label = String(repeating: "a", count: 30)
        let domain = "\(label).\(label).\(label).example.org"
        do {
            let step = CertificatesStep(deployment: site(domain))
            try await step.apply { _ in }
            #expect(try await step.inspect().isClean)
        }
    }

    @Test(arguments: ["ca.crt", "ca.key"]) func `is made anew where a part of it is gone`(name: String) async throws {
        let authority = LocalAuthority(deployment: site())
        try await authority.issue()
        try files.remove("\(site().layout.authority)/\(name)")
        // A missing key is seen only when the next certificate is due; a missing certificate at once.
        try files.remove(live())
        let step = CertificatesStep(deployment: site())
        do {
            try await step.apply { _ in }
            #expect(try await step.inspect().isClean)
        }
    }

    @Test func `is made anew where its own certificate is damaged`() async throws {
        let authority = LocalAuthority(deployment: site())
        try await authority.issue()
        try files.write("rubbish", to: authority.authorityCertificate)
        let step = CertificatesStep(deployment: site())
        #expect(try await !step.inspect().isClean)
        do {
            try await step.apply { _ in }
            #expect(try await step.inspect().isClean)
        }
    }

    @Test func `twice asked is once done; broken, it is seen`() async throws {
        let step = CertificatesStep(deployment: site())
        #expect(try await step.inspect().changes.count == 1)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
        let before = files.link(at: live())
        try await step.apply { _ in }
        #expect(files.link(at: live()) == before)
        try files.remove(live())
        #expect(try await !step.inspect().isClean)
    }

    @Test func `tells a running nginx to read the new certificate`() async throws {
        let docker = ScriptedRunner(
            [(["docker", "ps"], CommandOutput(standardOutput: "abc\n")), (["docker", "kill"], CommandOutput())],
            real: ["openssl"])
        try await CertificatesStep(deployment: deployment(in: folder, docker)).apply { _ in }
        #expect(docker.lines.last == "docker kill --signal HUP abc")
    }
}
