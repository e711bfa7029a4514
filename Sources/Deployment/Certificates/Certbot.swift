import Blueprint
import Bundled
import Engine
import Foundation
import Machine
import Site

/// certbot in the keeper's container, and what has to lie beside the site for it.
struct Certbot: Sendable {
    let deployment: Deployment
    /// certbot's name of the certificate.
    let lineage: String
    /// The ACME server's directory.
    let directory: String
    /// The authority's name, for people.
    let authority: String
    /// Whether this is the keeper itself, which has certbot beside it.
    var isKeeper = false

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }
    private var site: Site { deployment.site }
    private var hook: String { "\(layout.state)/dns-hook" }
    private var authorities: String { "\(layout.state)/authorities.pem" }
    /// The site's folders as the keeper sees them.
    private let inside = Layout(prefix: "")

    static let directories: [Site.Certificate.Issuer: String] = [
        .letsEncrypt: "https://acme-v02.api.letsencrypt.org/directory",
        .letsEncryptStaging: "https://acme-staging-v02.api.letsencrypt.org/directory",
    ]

    /// The authority could not see that these names are ours.
    struct NamesRefused: Error {
        var names: [String]
        var refusal: AskingHistory.Refusal
    }

    /// Whether the person's DNS program is as the site file says.
    var isHookInPlace: Bool {
        guard let source = site.certificate.dnsHook, !isKeeper else { return true }
        return files.exists(hook) && files.data(of: source) == files.data(of: hook)
    }

    /// Puts beside the site what certbot needs of this computer.
    /// - Throws: a refusal where the person's DNS program is not there.
    func prepare() throws {
        for path in [layout.acme, "\(layout.state)/certbot", layout.logs] { try files.makeFolder(path) }
        guard !isKeeper else { return }
        // The computer's own list: it knows the authorities of networks that read along, and of ACME servers in the house.
        if let text = files.text(of: "/etc/ssl/certs/ca-certificates.crt"), text != files.text(of: authorities) {
            try files.write(text, to: authorities)
        }
        if let source = site.certificate.dnsHook, !isHookInPlace {
            guard let program = files.data(of: source) else {
                throw AskingHistory.Refusal(
                    "the program of certificate.dns_hook is not there", because: "\(source) cannot be read",
                    fix: "put it there, or take the line out of the site file")
            }
            // It may hold a password of the DNS provider.
            try files.write(program, to: hook, mode: 0o700)
        }
    }

    /// Looks where names lead, and who may issue for them.
    /// - Parameter isByPort: whether each address is asked for a token; otherwise only the DNS is.
    func reach(_ names: [String], isByPort: Bool) async throws -> [Reachability] {
        struct Request: Encodable {
            var program = BundledFile.text(at: "probes/reach.py")
            var names: [String]
            var token: String
            var path: String
            var port = 80
            var fetches: Bool
        }
        let token = UUID().uuidString.lowercased()
        let folder = "\(layout.acme)/.well-known/acme-challenge"
        let file = "\(folder)/kopnik-\(token)"
        try files.makeFolder(folder)
        try files.write(token, to: file)
        defer { try? files.remove(file) }
        let request = Request(
            names: names, token: token, path: "/.well-known/acme-challenge/kopnik-\(token)", fetches: isByPort)
        let start = "import json, sys; request = json.load(sys.stdin); exec(request.pop('program'))"
        let output = try await run(
            ["python3", "-c", start], input: String(decoding: try JSONEncoder().encode(request), as: UTF8.self),
            limit: 60)
        guard let seen = try? JSONDecoder().decode([Reachability].self, from: Data(output.text.utf8)) else {
            throw AskingHistory.Refusal(
                "could not look where \(site.domain) leads", because: output.lastWords, fix: "kopnik logs keeper")
        }
        return seen
    }

    /// Asks for a certificate for these names.
    /// - Parameter isTrial: on the staging server, and nothing is kept.
    /// - Throws: a refusal, or `NamesRefused`.
    func obtain(_ names: [String], isTrial: Bool = false) async throws {
        try removeRuins()
        var answer = try await attempt(names, isTrial)
        if !answer.output.succeeded, CertbotAnswer.isAccountGone(answer.said, type: answer.type) {
            // Certificates do not depend on the account that they were asked for with. Those at other servers are not touched: a host's own
            // certbot may have some.
            try files.remove(account(isTrial))
            answer = try await attempt(names, isTrial)
        }
        try await giveToOwner()
        guard !answer.output.succeeded else { return }
        let refusal = CertbotAnswer.refusal(
            answer.said, type: answer.type, server: authority, isByDNS: site.certificate.dnsHook != nil,
            now: deployment.world.now())
        let refused = CertbotAnswer.problems(answer.said).map(\.domain)
        throw refused.isEmpty ? refusal : NamesRefused(names: refused, refusal: refusal)
    }

    /// A certificate that certbot was killed in the middle of, or that lost a file: it would make another one beside it, of another name.
    private func removeRuins() throws {
        let root = layout.letsEncrypt
        let isWhole =
            ["cert", "chain", "fullchain", "privkey"].allSatisfy { files.exists("\(root)/live/\(lineage)/\($0).pem") }
            && files.text(of: "\(root)/renewal/\(lineage).conf")?.contains("server = ") == true
        guard !isWhole else { return }
        for path in ["renewal/\(lineage).conf", "live/\(lineage)", "archive/\(lineage)"] {
            try files.remove("\(root)/\(path)")
        }
    }

    /// Where certbot keeps its account at a server (certbot manual, "Where are my certificates?"): the address without its scheme.
    private func account(_ isTrial: Bool) -> String {
        let server = isTrial ? Self.directories[.letsEncryptStaging] ?? "" : directory
        return "\(layout.letsEncrypt)/accounts/" + server.drop { $0 != "/" }.drop { $0 == "/" }
    }

    private func attempt(_ names: [String], _ isTrial: Bool) async throws
        -> (output: CommandOutput, said: String, type: String?)
    {
        let log = "\(inside.logs)/certbot"
        _ = try await run(["rm", "-f", "\(log)/letsencrypt.log"], limit: 10)
        // Ended inside: whoever called may be gone, and `docker exec` does not take its program along. A DNS needs its time for each name.
        let limit = 240 + (site.certificate.dnsHook == nil ? 0 : 240 * names.count)
        let output = try await run(
            ["timeout", "--kill-after=10", "\(limit)"] + words(names, isTrial: isTrial), limit: limit + 30)
        // A refused nonce is asked for again by certbot itself (RFC 8555, 6.5).
        let kinds = "grep -oh 'acme:error:[A-Za-z]*' \(log)/letsencrypt.log | grep -v badNonce | tail -n 1"
        let type = output.succeeded ? "" : try await run(["sh", "-c", kinds], limit: 10).text
        let end = output.exitCode == 124 ? "it did not end within \(limit) seconds" : ""
        return (
            output, [output.standardOutput, output.standardError, end].joined(separator: "\n"),
            type.isEmpty ? nil : type.split(separator: ":").last.map(String.init)
        )
    }

    /// What the container's root made is read and removed by whom the site belongs to. Root's own is left as it is: on a server other
    /// certificates lie beside it.
    func giveToOwner() async throws {
        let state = inside.state
        let give = """
            [ "$(stat -c %u \(state))" = 0 ] || chown -R --reference=\(state) \(inside.letsEncrypt) \(inside.logs)/certbot \(state)/certbot \
            \(inside.acme)
            """
        _ = try await run(["sh", "-c", give], limit: 30)
    }

    private func words(_ names: [String], isTrial: Bool) -> [String] {
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
    /// - Parameter limit: seconds.
    private func run(_ words: [String], input: String? = nil, limit: Int) async throws -> CommandOutput {
        let trust =
            files.exists(authorities)
            ? ["env", "REQUESTS_CA_BUNDLE=\(inside.state)/authorities.pem"] : ["env"]
        if isKeeper {
            let all = trust + words
            return try await deployment.world.commands.run(
                Command(all[0], Array(all.dropFirst()), standardInput: input, timeLimit: .seconds(limit)))
        }
        let keeper = ServiceKind.keeper.rawValue
        guard let container = try await deployment.docker.container(of: keeper, in: deployment.stack) else {
            throw AskingHistory.Refusal(
                "certificates cannot be asked for", because: "the keeper, which does that, does not run",
                fix: "kopnik logs keeper")
        }
        return try await deployment.docker.run(
            ["exec", "--interactive", container] + trust + words, standardInput: input, timeLimit: .seconds(limit),
            log: words.contains("certbot") ? deployment.log("certbot") : nil)
    }
}

extension AskingHistory.Refusal: Error {
    /// The same for a person who has to do something now.
    func failure(log: String? = nil) -> Failure { Failure(what, because: because, fix: fix, log: log) }
}
