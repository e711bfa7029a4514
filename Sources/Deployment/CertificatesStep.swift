import Blueprint
import Engine
import Foundation
import Machine
import Site

/// nginx's certificate, issued by the site's own local authority.
struct CertificatesStep: Step {
    let deployment: Deployment
    let name = "Certificates"
    /// It is renewed when it has fewer days left than this.
    static let renewalDays = 30

    func inspect() async throws -> Inspection {
        let authority = LocalAuthority(deployment: deployment)
        var changes: [Change] = []
        var days = 0
        switch try await authority.certificate() {
        case .missing: changes.append(Change("issue a certificate for \(deployment.site.domain) by a local authority"))
        case .unfit(let reason): changes.append(Change("issue the certificate anew: \(reason)"))
        case .valid(let left):
            days = left
            if left < Self.renewalDays { changes.append(Change("renew the certificate: \(left) days left")) }
        }
        if changes.isEmpty, authority.isUnannounced { changes.append(Change("tell nginx of the certificate")) }
        let trust = Trust(deployment: deployment)
        if deployment.options.trust, !trust.isGiven {
            changes.append(Change("let this computer trust the local authority"))
        }
        return Inspection("\(deployment.site.domain), local authority, \(days) days left", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let authority = LocalAuthority(deployment: deployment)
        var isFit = false
        if case .valid(let left) = try await authority.certificate(), left >= Self.renewalDays { isFit = true }
        if !isFit {
            await detail("issuing a certificate for \(deployment.site.domain)")
            try await authority.issue()
        }
        if authority.isUnannounced { try await authority.announce() }
        let trust = Trust(deployment: deployment)
        if deployment.options.trust, !trust.isGiven { try await trust.give() }
    }
}

/// A certificate authority for this site alone: it can sign for nothing but the site's own names (RFC 5280, 4.2.1.10).
struct LocalAuthority: Sendable {
    let deployment: Deployment

    enum State: Sendable, Equatable {
        case missing
        case unfit(String)
        case valid(daysLeft: Int)
    }

    private var files: Files { deployment.world.files }
    private var domain: String { deployment.site.domain }
    private var folder: String { deployment.layout.authority }
    var authorityCertificate: String { "\(folder)/ca.crt" }
    private var live: String { "\(deployment.layout.letsEncrypt)/live/\(domain)" }

    /// Which certificate nginx was last told of: killed between the issue and the word to nginx, the next run makes up for it.
    private var announced: String { "\(deployment.layout.state)/certificate-served" }

    /// Whether nginx may still serve an older one.
    var isUnannounced: Bool { files.text(of: announced) != files.link(at: live) }

    /// Tells a running nginx to read the certificate; one that starts later reads it anyway.
    /// - Throws: `Failure` where Docker does not pass it on.
    func announce() async throws {
        guard let target = files.link(at: live) else { return }
        let docker = deployment.docker
        // Before the first stack there may be no swarm to ask.
        if let container = try? await docker.container(of: ServiceKind.nginx.rawValue, in: deployment.stack) {
            _ = try await docker.require(
                ["kill", "--signal", "HUP", container], toDo: "tell nginx of its new certificate", fix: "kopnik up")
        }
        try files.write(target, to: announced)
    }

    /// Judges the certificate that nginx uses.
    func certificate() async throws -> State {
        let chain = "\(live)/fullchain.pem"
        guard files.exists(chain), files.exists("\(live)/privkey.pem"), files.exists(authorityCertificate) else {
            return .missing
        }
        let verdict = try await openssl(["verify", "-CAfile", authorityCertificate, "-verify_hostname", domain, chain])
        // An expired one fails here too: it is issued anew all the same.
        guard verdict.succeeded else {
            let lines = verdict.standardError.split(whereSeparator: \.isNewline)
            let reason = lines.first { $0.contains("lookup:") }?.split(separator: ":").last.map { $0.trimmed }
            return .unfit(reason ?? verdict.lastWords)
        }
        let dates = try await openssl(["x509", "-in", chain, "-noout", "-enddate", "-dateopt", "iso_8601"])
        let text = dates.text.replacing("notAfter=", with: "").replacing(" ", with: "T").replacing("TZ", with: "Z")
        guard let end = try? Date(text, strategy: .iso8601) else { return .unfit("its end cannot be read") }
        return .valid(daysLeft: Int(end.timeIntervalSince(deployment.world.now()) / 86400))
    }

    /// Makes the authority if there is none, and a new certificate; both appear whole or not at all.
    func issue() async throws {
        try files.makeFolder(folder, mode: 0o700)
        // It may sign for one domain only: another domain needs another authority.
        if try await !hasAuthority() { try await makeAuthority() }
        let archive =
            "\(deployment.layout.letsEncrypt)/archive/\(domain)-\(Int(deployment.world.now().timeIntervalSince1970))"
        try files.remove(archive)
        try files.makeFolder(archive, mode: 0o700)
        let settings = """
            [req]
            prompt = no
            distinguished_name = name
            x509_extensions = extensions
            [name]
            \(domain.count <= 64 ? "CN = \(domain)" : "O = Kopnik")
            [extensions]
            basicConstraints = critical, CA:FALSE
            keyUsage = critical, digitalSignature
            extendedKeyUsage = serverAuth
            subjectAltName = DNS:\(domain), DNS:www.\(domain)
            """
        try files.write(settings, to: "\(folder)/site.cnf", mode: 0o600)
        try await request([
            "-CA", authorityCertificate, "-CAkey", "\(folder)/ca.key", "-config", "\(folder)/site.cnf", "-days", "397",
            "-keyout",
            "\(archive)/privkey.pem", "-out", "\(archive)/cert.pem",
        ])
        let own = files.text(of: "\(archive)/cert.pem") ?? ""
        try files.write(own + (files.text(of: authorityCertificate) ?? ""), to: "\(archive)/fullchain.pem")
        try files.makeFolder("\(deployment.layout.letsEncrypt)/live")
        try files.makeLink(at: live, to: "../archive/\((archive as NSString).lastPathComponent)")
    }

    /// Whether there is a whole authority for this very domain.
    private func hasAuthority() async throws -> Bool {
        guard files.exists("\(folder)/ca.key"), files.exists(authorityCertificate),
            files.text(of: "\(folder)/domain") == domain
        else { return false }
        return try await openssl(["verify", "-CAfile", authorityCertificate, authorityCertificate]).succeeded
    }

    private func makeAuthority() async throws {
        let settings = """
            [req]
            prompt = no
            distinguished_name = name
            x509_extensions = extensions
            [name]
            CN = Kopnik local authority
            [extensions]
            basicConstraints = critical, CA:TRUE, pathlen:0
            keyUsage = critical, keyCertSign, cRLSign
            nameConstraints = critical, permitted;DNS:\(domain)
            """
        try files.write(settings, to: "\(folder)/authority.cnf", mode: 0o600)
        try await request([
            "-config", "\(folder)/authority.cnf", "-days", "3650", "-keyout", "\(folder)/ca.key.new", "-out",
            "\(folder)/ca.crt.new",
        ])
        try files.move("\(folder)/ca.key.new", to: "\(folder)/ca.key")
        try files.move("\(folder)/ca.crt.new", to: authorityCertificate)
        try files.write(domain, to: "\(folder)/domain", mode: 0o600)
    }

    private func request(_ arguments: [String]) async throws {
        let line = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-sha256"]
        _ = try await deployment.world.commands.require(
            Command("openssl", line + arguments, timeLimit: .seconds(60), log: deployment.log("certificates")),
            toDo: "make a certificate")
    }

    private func openssl(_ arguments: [String]) async throws -> CommandOutput {
        try await deployment.world.commands.run(Command("openssl", arguments, timeLimit: .seconds(30)))
    }
}
