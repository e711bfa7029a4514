import Blueprint
import Engine
import Foundation
import Machine
import Site

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
    /// Those of the site's names that it may sign for.
    private var names: [String] {
        [domain] + deployment.site.certificate.names.filter { $0.hasSuffix(".\(domain)") }
    }
    private var folder: String { deployment.layout.authority }
    var authorityCertificate: String { "\(folder)/ca.crt" }
    private var live: String { "\(deployment.layout.letsEncrypt)/live/\(domain)" }

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
        guard let facts = try await CertificateFacts.read(chain, deployment.world) else {
            return .unfit("it cannot be read")
        }
        let missing = Set(names).subtracting(facts.names)
        guard missing.isEmpty else { return .unfit("it is not good for \(missing.sorted().joined(separator: ", "))") }
        return .valid(daysLeft: facts.daysLeft(at: deployment.world.now()))
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
            subjectAltName = \(names.map { "DNS:\($0)" }.joined(separator: ", "))
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
