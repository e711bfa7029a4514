import Testing

@testable import Dashboard

private func read(_ text: String) -> Request.Reading { Request.read(Array(text.utf8)) }

@Suite struct `A request` {
    @Test func `is read once its head is whole`() {
        let text = "GET /model?x=1 HTTP/1.1\r\nHost: localhost:8090\r\nX-Empty:\r\n\r\n"
        for count in 1..<text.utf8.count { #expect(Request.read(Array(text.utf8.prefix(count))) == .incomplete) }
        #expect(
            read(text)
                == .read(Request(path: "/model", isHead: false, headers: ["host": "localhost:8090", "x-empty": ""])))
        #expect(read("HEAD / HTTP/1.0\r\n\r\n") == .read(Request(path: "/", isHead: true, headers: [:])))
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", "GETT"])
    func `of another method is refused`(method: String) {
        let reading = read("\(method) / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        // A small letter is no beginning of a request at all once the head is there: still no GET.
        #expect(reading == .refused(.methodNotAllowed))
    }

    @Test(arguments: [
        "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET /\r\n\r\n", "GET http://else/ HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        "GET / HTTP/1.1\r\nbad name: x\r\n\r\n",
        "GET /\u{0} HTTP/1.1\r\n\r\n", "GET /ü HTTP/1.1\r\n\r\n", "\r\n\r\n", "\u{16}\u{3}\u{1}",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: else\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
    ])
    func `that is none is refused`(text: String) { #expect(read(text) == .refused(.badRequest)) }

    @Test func `with a body is refused, however it is announced`() {
        #expect(read("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n") == .refused(.contentTooLarge))
        #expect(read("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n") == .refused(.contentTooLarge))
    }

    @Test func `that is too long is refused`() {
        let path = "/" + String(repeating: "a", count: 200)
        #expect(read("GET \(path) HTTP/1.1\r\n\r\n") == .refused(.pathTooLong))
        let head = "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 9000)
        #expect(read(head) == .refused(.headTooLarge))
        #expect(read(head + "\r\n\r\n") == .refused(.headTooLarge))
    }
}

@Suite struct `Answers of the dashboard` {
    private let answers = Answers(domain: "Kopnik.localhost")
    private let model = Array(#"{"site":"kopnik"}"#.utf8)

    private func answer(_ path: String, host: String? = "localhost", _ headers: [String: String] = [:]) -> Response? {
        var all = headers
        all["host"] = host
        let request = Request(path: path, isHead: false, headers: all)
        guard case .whole(let response) = answers.answer(request, model: model) else { return nil }
        return response
    }

    @Test(arguments: ["/", "/page.css", "/page.js", "/words.js", "/way.js", "/icon.svg", "/model", "/health"])
    func `are the page's few files`(path: String) throws {
        let response = try #require(answer(path))
        #expect(response.status == .ok && !response.body.isEmpty)
        let head = String(decoding: response.bytes(headOnly: true), as: UTF8.self)
        for header in [
            "Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff", "Cache-Control: no-store",
            "Cross-Origin-Resource-Policy: same-origin", "Content-Length: \(response.body.count)", "Connection: close",
        ] { #expect(head.contains(header)) }
    }

    @Test(arguments: [
        "/..%2f..%2fetc/passwd", "/../etc/passwd", "//etc/passwd", "//", "/./", "/page.css/", "/%2e%2e/", "/model/",
        "/MODEL", "/index.html", "/beat", "/site.json", "/page.css%00", "/page.js;x", "/dashboard/page.js",
        "/.git/config",
        "/containers/json", "/services", "/secrets",
    ])
    func `know no other path, however it is written`(path: String) { #expect(answer(path)?.status == .notFound) }

    @Test func `are given under the page's own names alone`() {
        for host in [
            "localhost", "localhost:8090", "127.0.0.1:1", "[::1]:8090", "KOPNIK.localhost", "kopnik.localhost:443",
        ] {
            #expect(answer("/model", host: host)?.status == .ok, "\(host)")
        }
        for host in [
            nil, "", "evil.example", "evil.example:8090", "127.0.0.1.evil.example", "localhost.evil.example",
            "10.0.0.1",
            "dashboard:8080", "[::2]", "[::1", ":80",
        ] { #expect(answer("/model", host: host)?.status == .misdirected, "\(host ?? "no host")") }
    }

    @Test func `are no page of somebody else's to load`() {
        for site in ["cross-site", "same-site", "strange"] {
            let asked = ["sec-fetch-site": site, "sec-fetch-mode": "no-cors"]
            for path in ["/", "/model", "/page.js"] { #expect(answer(path, asked)?.status == .forbidden) }
            #expect(answer("/events", asked)?.status == .forbidden)
            // A link on somebody's page may lead here.
            #expect(answer("/", ["sec-fetch-site": site, "sec-fetch-mode": "navigate"])?.status == .ok)
            #expect(answer("/model", ["sec-fetch-site": site, "sec-fetch-mode": "navigate"])?.status == .forbidden)
        }
        #expect(answer("/model", ["sec-fetch-site": "same-origin"])?.status == .ok)
        #expect(answer("/model", ["sec-fetch-site": "none"])?.status == .ok)
    }

    private func answer(_ path: String, _ headers: [String: String]) -> Response? {
        answer(path, host: "localhost", headers)
    }

    @Test func `say that there is nothing yet, before the keeper wrote anything`() {
        let request = Request(path: "/model", isHead: false, headers: ["host": "localhost"])
        guard case .whole(let response) = answers.answer(request, model: nil) else {
            Issue.record("a stream")
            return
        }
        #expect(response.status == .unavailable)
    }

    @Test func `are a page without scripts and styles of its own in it, as its policy demands`() throws {
        let text = String(decoding: try #require(answer("/")).body, as: UTF8.self)
        #expect(!text.contains("<style") && !text.contains(" style=") && !text.contains(" on"))
        #expect(text.components(separatedBy: "<script").count == text.components(separatedBy: "<script src=").count)
        #expect(!text.contains("http://") && !text.contains("https://"))
        for path in ["/page.js", "/words.js", "/way.js"] {
            let script = String(decoding: try #require(answer(path)).body, as: UTF8.self)
            for word in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch(",
            ] {
                #expect(!script.contains(word), "\(path): \(word)")
            }
        }
    }
}

extension String {
    fileprivate func components(separatedBy text: String) -> [Substring] {
        split(separator: text, omittingEmptySubsequences: false)
    }
}
