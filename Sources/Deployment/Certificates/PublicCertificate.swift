import Blueprint
import Bundled
import Engine
import Foundation
import Machine
import Site

/// nginx's certificate by a public authority: asked for by certbot (ACME, RFC 8555), which runs in the keeper's container.
public struct PublicCertificate: Sendable {
    let deployment: Deployment
    /// Whether this is the keeper itself, which has certbot beside it.
    var isKeeper = false

    /// For a site, whoever is to issue its certificate.
    public init(deployment: Deployment) { self.deployment = deployment }

    init(deployment: Deployment, isKeeper: Bool) {
        self.deployment = deployment
        self.isKeeper = isKeeper
    }

    /// Where the certificate stands.
    public enum State: Sendable, Equatable {
        case missing
        /// It is there and has to be replaced, and why.
        case unfit(String)
        case due(CertificateFacts)
        case valid(CertificateFacts)
    }

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }
    private var site: Site { deployment.site }
    private var hook: String { "\(layout.state)/dns-hook" }
    private var authorities: String { "\(layout.state)/authorities.pem" }
    /// certbot's name of it; `live/DOMAIN` is a link, for the local authority's certificate may stand in.
    var lineage: String { "acme-\(site.domain)" }
    private var folder: String { "\(layout.letsEncrypt)/live/\(lineage)" }

    /// The names that it is to be good for, the domain first.
    var wantedNames: [String] { [site.domain] + site.certificate.names }

    /// The authority's name, for people.
    public var authority: String {
        if let server = site.certificate.server, let host = URL(string: server)?.host() { return host }
        return site.certificate.issuer == .letsEncryptStaging ? "Let's Encrypt (staging)" : "Let's Encrypt"
    }

    /// What came of asking.
    public var history: AskingHistory { AskingHistory.read(layout, files) }

    /// What the certificate that is there says of itself; `nil` where there is none.
    public func facts() async throws -> CertificateFacts? {
        guard files.exists("\(folder)/privkey.pem") else { return nil }
        return try await CertificateFacts.read("\(folder)/fullchain.pem", deployment.world)
    }

    /// Judges the certificate that is there.
    public func state() async throws -> State {
        guard let facts = try await facts() else { return .missing }
        let now = deployment.world.now()
        let missing = Set(wantedNames).subtracting(facts.names).subtracting(history.leftOut.keys)
        guard missing.isEmpty else { return .unfit("it is not good for \(missing.sorted().joined(separator: ", "))") }
        guard facts.end > now else { return .unfit("it has expired") }
        let settings = files.text(of: "\(layout.letsEncrypt)/renewal/\(lineage).conf") ?? ""
        let asked = settings.split(whereSeparator: \.isNewline).first { $0.hasPrefix("server = ") }
            .map { $0.dropFirst("server = ".count).trimmed }
        guard asked == nil || asked == directory else { return .unfit("another authority issued it") }
        return now >= facts.renewal ? .due(facts) : .valid(facts)
    }

    /// Lets nginx use it from its next look on.
    func serve() throws { try files.makeLink(at: ServedCertificate(deployment: deployment).live, to: lineage) }

    /// Whether the files that certbot needs beside the site are as the site file says.
    var isHookInPlace: Bool {
        guard let source = site.certificate.dnsHook, !isKeeper else { return true }
        return files.data(of: source) == files.data(of: hook) && files.exists(hook)
    }

    /// Asks for a certificate, also where the one that is there would do for longer, and serves it.
    /// - Returns: what stood in the way, or `nil`.
    /// - Throws: `Failure` where the keeper does not run.
    public func ask(_ detail: @Sendable (String) async -> Void) async throws -> AskingHistory.Refusal? {
        var history = history
        let now = deployment.world.now()
        do {
            try prepare()
            var names = wantedNames
            history.leftOut = [:]
            var isUnclear = false
            if site.certificate.dnsHook == nil {
                await detail("looking where \(names.joined(separator: ", ")) leads")
                for (name, verdict) in try await verdicts(names) {
                    switch verdict {
                    case .here: continue
                    case .unclear: isUnclear = true
                    case .wrong(let refusal):
                        guard name != site.domain else { throw refusal }
                        history.leftOut[name] = "\(refusal.what): \(refusal.because)"
                        names.removeAll { $0 == name }
                    }
                }
            }
            await detail("asking \(authority) for a certificate for \(names.joined(separator: ", "))")
            // Whether port 80 is reached from outside is not to be found out at the price of a real failure.
            if isUnclear, directory == Self.directories[.letsEncrypt] { try await certbot(names, isTrial: true) }
            do {
                try await certbot(names)
            } catch let failure as NamesRefused where !failure.names.contains(site.domain) {
                // The site itself must not be without a certificate for the sake of its other names.
                for name in failure.names {
                    history.leftOut[name] = "\(failure.refusal.what): \(failure.refusal.because)"
                }
                names.removeAll(where: failure.names.contains)
                await detail("asking again without \(failure.names.joined(separator: ", "))")
                try await certbot(names)
            }
            history.succeeded(at: now)
            try history.write(layout, files)
            try serve()
            try await ServedCertificate(deployment: deployment).announce()
            return nil
        } catch {
            guard let refusal = error as? AskingHistory.Refusal ?? (error as? NamesRefused)?.refusal else {
                throw error
            }
            history.failed(refusal, at: now)
            try history.write(layout, files)
            return refusal
        }
    }

    /// The authority could not see that these names are ours.
    private struct NamesRefused: Error {
        var names: [String]
        var refusal: AskingHistory.Refusal
    }

    private static let directories: [Site.Certificate.Issuer: String] = [
        .letsEncrypt: "https://acme-v02.api.letsencrypt.org/directory",
        .letsEncryptStaging: "https://acme-staging-v02.api.letsencrypt.org/directory",
    ]

    private var directory: String { site.certificate.server ?? Self.directories[site.certificate.issuer] ?? "" }

    /// Puts beside the site what certbot needs of this computer.
    func prepare() throws {
        for path in [layout.acme, "\(layout.state)/certbot", layout.logs] { try files.makeFolder(path) }
        guard !isKeeper else { return }
        // The computer's own list: it knows the authorities of networks that read along, and of ACME servers in the house.
        if let text = files.text(of: "/etc/ssl/certs/ca-certificates.crt"), text != files.text(of: authorities) {
            try files.write(text, to: authorities)
        }
        if let source = site.certificate.dnsHook, !isHookInPlace {
            guard let program = files.data(of: source) else {
                throw Failure(
                    "the program of certificate.dns_hook is not there", because: "\(source) cannot be read",
                    fix: "put it there, or take the line out of the site file")
            }
            // It may hold a password of the DNS provider.
            try files.write(program, to: hook, mode: 0o700)
        }
    }

    private func verdicts(_ names: [String]) async throws -> [(name: String, verdict: Reachability.Verdict)] {
        struct Request: Encodable {
            var program = BundledFile.text(at: "probes/reach.py")
            var names: [String]
            var token: String
            var path: String
            var port = 80
        }
        let token = UUID().uuidString.lowercased()
        let folder = "\(layout.acme)/.well-known/acme-challenge"
        let file = "\(folder)/kopnik-\(token)"
        try files.makeFolder(folder)
        try files.write(token, to: file)
        defer { try? files.remove(file) }
        let request = Request(names: names, token: token, path: "/.well-known/acme-challenge/kopnik-\(token)")
        let start = "import json, sys; request = json.load(sys.stdin); exec(request.pop('program'))"
        let output = try await run(
            ["python3", "-c", start], input: String(decoding: try JSONEncoder().encode(request), as: UTF8.self),
            limit: .seconds(60))
        guard let seen = try? JSONDecoder().decode([Reachability].self, from: Data(output.text.utf8)) else {
            throw Failure(
                "could not look where \(site.domain) leads", because: output.lastWords, fix: "kopnik logs keeper")
        }
        let own = isKeeper ? [] : Computer.publicAddresses
        return seen.map { ($0.name, $0.verdict(own: own, asksLetsEncrypt: site.certificate.server == nil)) }
    }

    private func certbot(_ names: [String], isTrial: Bool = false) async throws {
        var answer = try await tryCertbot(names, isTrial)
        if !answer.output.succeeded, CertbotAnswer.isAccountGone(answer.said, type: answer.type) {
            // Certificates do not depend on the account that they were asked for with.
            let accounts = "\(layout.letsEncrypt)/accounts"
            try files.remove("\(accounts).refused")
            try files.move(accounts, to: "\(accounts).refused")
            answer = try await tryCertbot(names, isTrial)
        }
        try await giveToOwner()
        guard !answer.output.succeeded else { return }
        let refusal = CertbotAnswer.refusal(
            answer.said, type: answer.type, server: authority, now: deployment.world.now())
        let refused = CertbotAnswer.problems(answer.said).map(\.domain)
        throw refused.isEmpty ? refusal : NamesRefused(names: refused, refusal: refusal)
    }

    private func tryCertbot(_ names: [String], _ isTrial: Bool) async throws
        -> (output: CommandOutput, said: String, type: String?)
    {
        let log = "\(Layout(prefix: "").logs)/certbot"
        _ = try await run(["rm", "-f", "\(log)/letsencrypt.log"], limit: .seconds(10))
        let output = try await run(words(names, isTrial: isTrial), limit: .seconds(300))
        // A refused nonce is asked for again by certbot itself (RFC 8555, 6.5).
        let kinds = "grep -oh 'acme:error:[A-Za-z]*' \(log)/letsencrypt.log | grep -v badNonce | tail -n 1"
        let type = output.succeeded ? "" : try await run(["sh", "-c", kinds], limit: .seconds(10)).text
        return (
            output, output.standardOutput + "\n" + output.standardError,
            type.isEmpty ? nil : type.split(separator: ":").last.map(String.init)
        )
    }

    /// Made by the container's root, read and removed by whom the site belongs to.
    private func giveToOwner() async throws {
        let inside = Layout(prefix: "")
        _ = try await run(
            ["chown", "-R", "--reference", inside.state, inside.letsEncrypt], limit: .seconds(30))
    }

    /// certbot's words. It sees the site's folders as the keeper does.
    private func words(_ names: [String], isTrial: Bool) -> [String] {
        let inside = Layout(prefix: "")
        var words = [
            "certbot", "certonly", "--non-interactive", "--agree-tos", "--config-dir", inside.letsEncrypt, "--work-dir",
            "\(inside.state)/certbot", "--logs-dir", "\(inside.logs)/certbot", "--max-log-backups", "10", "--cert-name",
            lineage, "--key-type", "ecdsa", "--elliptic-curve", "secp256r1",
            "--renew-with-new-domains", "--force-renewal",
        ]
        words +=
            site.certificate.email.map { ["--email", $0, "--no-eff-email"] } ?? ["--register-unsafely-without-email"]
        // Its own default, and only without it a trial goes to the staging server (certbot manual, --dry-run).
        words += isTrial ? ["--dry-run"] : ["--server", directory]
        if site.certificate.dnsHook == nil {
            words += ["--webroot", "--webroot-path", inside.acme]
        } else {
            let hook = "\(inside.state)/dns-hook"
            words += [
                "--manual", "--preferred-challenges", "dns", "--manual-auth-hook",
                "\(hook) add _acme-challenge.$CERTBOT_DOMAIN $CERTBOT_VALIDATION", "--manual-cleanup-hook",
                "\(hook) remove _acme-challenge.$CERTBOT_DOMAIN $CERTBOT_VALIDATION",
            ]
        }
        return words + names.flatMap { ["--domain", $0] }
    }

    /// Runs a program where the keeper is.
    private func run(_ words: [String], input: String? = nil, limit: Duration) async throws -> CommandOutput {
        let inside = "\(Layout(prefix: "").state)/authorities.pem"
        let trust = files.exists(authorities) ? ["env", "REQUESTS_CA_BUNDLE=\(inside)"] : ["env"]
        if isKeeper {
            let all = trust + words
            return try await deployment.world.commands.run(
                Command(all[0], Array(all.dropFirst()), standardInput: input, timeLimit: limit))
        }
        let keeper = ServiceKind.keeper.rawValue
        guard let container = try await deployment.docker.container(of: keeper, in: deployment.stack) else {
            throw Failure(
                "certificates cannot be asked for", because: "the keeper, which does that, does not run",
                fix: "kopnik logs keeper")
        }
        return try await deployment.docker.run(
            ["exec", "--interactive", container] + trust + words, standardInput: input, timeLimit: limit,
            log: words.first == "certbot" ? deployment.log("certbot") : nil)
    }
}

extension AskingHistory.Refusal: Error {}
