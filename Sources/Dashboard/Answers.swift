import Bundled

/// What is answered to a request: a pure decision over the page's few files and the model.
struct Answers: Sendable {
    /// The host names under which the page may be asked for.
    let hosts: Set<String>
    private let files: [String: Response]

    /// - Parameter domain: the site's own, for a page behind its nginx.
    init(domain: String?) {
        // Whoever leads a name of their own to this address (DNS rebinding) asks for that name.
        hosts = Set(["localhost", "127.0.0.1", "[::1]"] + (domain.map { [$0.lowercased()] } ?? []))
        var files: [String: Response] = [:]
        for (path, file, type) in [
            ("/", "index.html", "text/html; charset=utf-8"), ("/page.css", "page.css", "text/css; charset=utf-8"),
            ("/page.js", "page.js", "text/javascript; charset=utf-8"),
            ("/words.js", "words.js", "text/javascript; charset=utf-8"),
            ("/way.js", "way.js", "text/javascript; charset=utf-8"), ("/icon.svg", "icon.svg", "image/svg+xml"),
        ] {
            files[path] = Response(.ok, type: type, body: Array(BundledFile.text(at: "dashboard/\(file)").utf8))
        }
        self.files = files
    }

    /// What is asked for.
    enum Answer: Sendable {
        case whole(Response)
        /// The model as it changes, for as long as the reader stays.
        case stream
    }

    /// - Parameter model: the model as JSON; `nil` before the keeper wrote one.
    func answer(_ request: Request, model: [UInt8]?) -> Answer {
        guard let host = request.headers["host"], hosts.contains(Self.name(host)) else {
            return .whole(.refusal(.misdirected))
        }
        let isData = ["/model", "/events"].contains(request.path)
        // Browsers say who asks (Fetch Metadata): pages of others may lead here and load nothing.
        if let site = request.headers["sec-fetch-site"], site != "same-origin", site != "none" {
            guard !isData, request.headers["sec-fetch-mode"] == "navigate" else { return .whole(.refusal(.forbidden)) }
        }
        switch request.path {
        case "/health": return .whole(Response(.ok, body: Array("ok\n".utf8)))
        case "/model":
            guard let model else { return .whole(.refusal(.unavailable)) }
            return .whole(Response(.ok, type: "application/json", body: model + [10]))
        case "/events": return .stream
        default: return .whole(files[request.path] ?? .refusal(.notFound))
        }
    }

    /// A host without its port.
    private static func name(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]).lowercased() }
        return (host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).first ?? "").lowercased()
    }
}
