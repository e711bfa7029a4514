/// The status codes that the dashboard answers with (RFC 9110, 15; RFC 6585).
enum Status: Int, Sendable {
    case ok = 200
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case contentTooLarge = 413
    case pathTooLong = 414
    case misdirected = 421
    case headTooLarge = 431
    case unavailable = 503

    var phrase: String {
        switch self {
        case .ok: "OK"
        case .badRequest: "Bad Request"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .contentTooLarge: "Content Too Large"
        case .pathTooLong: "URI Too Long"
        case .misdirected: "Misdirected Request"
        case .headTooLarge: "Request Header Fields Too Large"
        case .unavailable: "Service Unavailable"
        }
    }
}

/// A whole answer. Each connection carries one and is closed.
struct Response: Sendable {
    var status: Status
    var type: String
    var body: [UInt8]
    /// Whether the body goes on for ever: server-sent events.
    var isStream = false
    var more: [(name: String, value: String)] = []

    init(_ status: Status, type: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
    }

    static func refusal(_ status: Status) -> Response {
        var response = Response(status, body: Array("\(status.rawValue) \(status.phrase)\n".utf8))
        if status == .methodNotAllowed { response.more = [("Allow", "GET, HEAD")] }
        if status == .unavailable { response.more = [("Retry-After", "5")] }
        return response
    }

    /// The page loads nothing from elsewhere, runs no script and no style but its own files, sits in no frame and sends no form.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    /// The bytes as they go out.
    func bytes(headOnly: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\n"
        var headers = [
            ("Content-Type", type), ("Cache-Control", "no-store"), ("Content-Security-Policy", Self.policy),
            ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"), ("Connection", "close"),
        ]
        if isStream {
            headers.append(("X-Accel-Buffering", "no"))
        } else {
            headers.append(("Content-Length", "\(body.count)"))
        }
        for (name, value) in headers + more.map({ ($0.name, $0.value) }) { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8) + (headOnly ? [] : body)
    }
}
