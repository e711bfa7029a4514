import Blueprint
import Engine
import Foundation
import Machine
import Site

/// What is seen from this computer's own network, through the published ports.
struct OutsideSighting: Sendable, Decodable {
    struct Plain: Sendable, Decodable {
        var status: Int
        var location: String?
    }

    struct Certificate: Sendable, Decodable {
        /// Whether a client that knows the authority takes it for this domain, and why not.
        var refusal: String?
        var issuer: String
        var daysLeft: Int
        /// How many days it is good for in all.
        var lifeDays: Int
        /// Whether it is the one in the computer's folder of certificates; `nil` where there is no such file.
        var isTheFile: Bool?
    }

    struct SecondHTTP: Sendable, Decodable {
        /// What was agreed on in the handshake (ALPN).
        var agreed: String?
        var status: Int?
    }

    struct Session: Sendable, Decodable {
        var subprotocol: String?
        var role: String
        var method: String
    }

    struct Router: Sendable, Decodable {
        /// How many questions were asked.
        var asked: Int
        /// Answers that are not what the client's own configuration says.
        var differences: [String]
    }

    struct Pages: Sendable, Decodable {
        var compared: Int
        var bytes: Int
        /// Such as `index.html: 403`.
        var different: [String]
    }

    struct Listening: Sendable, Decodable {
        /// How many addresses of this computer were tried.
        var tried: Int
        var answering: [Answer]
        struct Answer: Sendable, Decodable {
            var address: String
            var said: String
        }
    }

    struct Relay: Sendable, Decodable {
        /// Whether there was an address to ask at.
        var asked: Bool
        /// Whether a letter from one stranger to another was taken.
        var accepted: Bool
        var said: String
    }

    var plain: Part<Plain>
    var certificate: Part<Certificate>
    var http2: Part<SecondHTTP>
    var session: Part<Session>
    var router: Part<Router>
    var pages: Part<Pages>
    var answers: Part<[HTTPAnswer]>
    var mailPort: Part<Listening>
    var relay: Part<Relay>
    var dashboard: Part<Page>

    /// The dashboard's page and what it was told.
    struct Page: Sendable, Decodable {
        /// Whether the page came, with its policy.
        var isPage: Bool
        /// Seconds since the keeper last spoke; `nil` where it never did.
        var silence: Int?
        /// How many nodes it draws.
        var nodes: Int
        /// What somebody is answered who asks under a name that is not the site's: an HTTP status.
        var strangerIs: Int
        /// The tasks that it draws as running.
        var tasks: [String]
    }
}

/// What the program that looks from outside is told. It travels on standard input: it holds a ticket.
struct OutsideRequest: Sendable, Encodable {
    var program = ProbeProgram.outside.text
    var domain: String
    var http: Int
    var https: Int
    /// The local authority's certificate, and what else this computer trusts where the site has an ACME server of its own; the public
    /// authorities count anyway.
    var authority: String?
    /// The computer's own file with the certificate.
    var chain: String?
    /// The client's own configuration of the router.
    var router: String?
    var ticket: String?
    /// Files of `dist`, relative to it.
    var files: [String]
    var paths: [String]
    /// Where the mail service's container can be reached by this computer itself, past all published ports.
    var mail: String?
    /// Where the dashboard's is, and the tasks that it has to draw.
    var dashboard: Dashboard

    struct Dashboard: Sendable, Encodable {
        var address: String?
        var tasks: [String]
    }

    static let filesCompared = 50

    init(site: Site, layout: Layout, files: Files, paths: [String], mail: String?, dashboard: Dashboard) {
        domain = site.domain
        http = site.ports.http
        https = site.ports.https
        let own = site.certificate.server == nil ? nil : files.text(of: "/etc/ssl/certs/ca-certificates.crt")
        authority = [files.text(of: "\(layout.authority)/ca.crt"), own].compactMap(\.self).joined(separator: "\n")
        chain = files.text(of: "\(layout.letsEncrypt)/live/\(site.domain)/fullchain.pem")
        router = files.text(of: "\(layout.home)/kp-client/.crossbar/config.json")
        ticket = files.text(of: "\(layout.secrets)/wamp-ticket")?.trimmed
        self.files = Array(files.tree(of: SourceFolder.real(layout.dist)).prefix(Self.filesCompared))
        self.paths = paths
        self.mail = mail
        self.dashboard = dashboard
    }
}

extension Docker {
    /// Runs the probe program in the host's own network: from there on it is a stranger to the stack.
    func outsideSighting(_ request: OutsideRequest, image: String, labels: [String], dist: String?) async throws
        -> OutsideSighting
    {
        var line = [
            "run", "--rm", "--interactive", "--network", "host", "--read-only", "--user", "0:0",
            "--cap-drop", "ALL",
            // The person's files may be readable by the person alone.
            "--cap-add", "DAC_READ_SEARCH", "--pull", "never",
        ]
        line += labels.flatMap { ["--label", $0] }
        if let dist { line += ["--mount", Self.mount(dist, at: "/dist")] }
        let start = "import json, sys; request = json.load(sys.stdin); exec(request.pop('program'))"
        let output = try await require(
            line + ["--entrypoint", "/opt/crossbar/bin/python", image, "-c", start], toDo: "look from outside",
            standardInput: String(decoding: try JSONEncoder().encode(request), as: UTF8.self), timeLimit: .seconds(25),
            fix: "kopnik up")
        return try JSONDecoder().decode(OutsideSighting.self, from: Data(output.text.utf8))
    }

    /// A value of `--mount`: comma-separated, quoted as in CSV (docker run reference).
    private static func mount(_ source: String, at target: String) -> String {
        let special = source.contains(",") || source.contains("\"")
        let field = special ? "\"source=" + source.replacing("\"", with: "\"\"") + "\"" : "source=\(source)"
        return "type=bind,\(field),target=\(target),readonly"
    }
}
