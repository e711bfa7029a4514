import Site

/// nginx's two servers that people reach: http, which only leads to https, and https with all routes.
enum NginxServers {
    static func redirection(_ site: Site) -> NginxDirective {
        let suffix = site.ports.https == 443 ? "" : ":\(site.ports.https)"
        return .block(
            "server",
            of: [
                .set("listen", "80", "default_server"),
                .set("server_name", "_"),
                .block(
                    "location", "^~", "/.well-known/acme-challenge/",
                    of: [
                        .set("root", "/var/www/acme"), .set("default_type", "text/plain"),
                        .set("try_files", "$uri", "=404"),
                    ]),
                .block(
                    "location", "/",
                    because: "the site's own name: with the client's, anybody could use this to lead people elsewhere",
                    of: [.set("return", "301", "https://\(site.domain)\(suffix)$request_uri")]),
            ])
    }

    /// The site's other names lead to its domain: one page has one address.
    static func otherNames(_ site: Site) -> [NginxDirective] {
        guard !site.certificate.names.isEmpty else { return [] }
        let suffix = site.ports.https == 443 ? "" : ":\(site.ports.https)"
        return [
            .block(
                "server",
                of: [
                    .set("listen", "443", "ssl"), .set("http2", "on"),
                    NginxDirective(name: "server_name", words: site.certificate.names, content: .simple),
                    quiet,
                ] + certificate(site) + strictTransport(site) + [
                    .set("return", "301", "https://\(site.domain)\(suffix)$request_uri")
                ])
        ]
    }

    private static let quiet = NginxDirective.set(
        "error_log", "stderr", "crit",
        because: "lesser lines quote the query, where tokens may be; the access log tells the rest")

    private static func certificate(_ site: Site) -> [NginxDirective] {
        let folder = "/etc/letsencrypt/live/\(site.domain)"
        return [
            .set("ssl_certificate", "\(folder)/fullchain.pem"), .set("ssl_certificate_key", "\(folder)/privkey.pem"),
        ]
    }

    /// On a local copy it would bind the browser to a certificate that another copy does not have.
    private static func strictTransport(_ site: Site) -> [NginxDirective] {
        site.isLocal ? [] : [.set("add_header", "Strict-Transport-Security", "max-age=31536000", "always")]
    }

    static func main(_ site: Site, _ server: ServerProfile) -> NginxDirective {
        let identity: [NginxDirective] = [
            .set("listen", "443", "ssl", "default_server"),
            .set("http2", "on"),
            .set("server_name", site.domain),
            quiet,
        ]
        let pages: [NginxDirective] = [
            .set("root", "/home/ubuntu/kp-client/dist"),
            .set("index", "index.html"),
        ]
        return .block(
            "server",
            of: identity + certificate(site) + pages + headers(site) + [unavailable] + pause + forwarding
                + [api(server)]
                + dashboard(site) + routes + NginxHolding.locations)
    }

    /// A location with an `add_header` of its own would drop these.
    private static func headers(_ site: Site) -> [NginxDirective] {
        var headers: [NginxDirective] = [
            .set("add_header", "Cache-Control", "$cache_control"),
            .set("add_header", "X-Content-Type-Options", "nosniff", "always"),
            .set("add_header", "Referrer-Policy", "strict-origin-when-cross-origin", "always"),
            .set(
                "add_header", "Content-Security-Policy", "frame-ancestors 'self'", "always",
                because: "others must not frame the page; the client loads scripts of other hosts, so no more is said"),
        ]
        headers += strictTransport(site)
        return headers + [.set("error_page", "502", "503", "504", "/.kopnik-error.html")]
    }

    private static let unavailable = NginxDirective.block(
        "location", "=", "/.kopnik-error.html",
        of: [
            .set("internal"),
            .set(
                "client_max_body_size", "26m",
                because: "a failed upload comes here with its body: less would turn the 502 into a 413"),
            .set("alias", "/usr/local/share/kopnik/error.html"),
            .set("add_header", "Cache-Control", "no-store", "always"),
            .set("add_header", "Retry-After", "5", "always"),
        ])

    /// `kopnik maintenance on` puts a page where nginx finds it, and from then on it is the answer to everything. The inner redirection to it
    /// meets the same question again: hence the variable; a named location would keep the method, and refuse a POST in words of its own.
    private static let pause: [NginxDirective] = [
        .set("set", "$pause", ""),
        .block(
            "if", "(-f", "/run/kopnik/permit/maintenance.html)", because: "'kopnik maintenance on' puts it there",
            of: [.set("set", "$pause", "on")]),
        .block("if", "($uri", "=", "/.kopnik-maintenance.html)", of: [.set("set", "$pause", "")]),
        .block("if", "($pause)", of: [.set("return", "598")]),
        .set("error_page", "598", "=503", "/.kopnik-maintenance.html"),
        .block(
            "location", "=", "/.kopnik-maintenance.html",
            of: [
                .set("internal"),
                .set("client_max_body_size", "0", because: "an upload that is refused comes here with its body"),
                .set("alias", "/run/kopnik/permit/maintenance.html"),
                .set("add_header", "Cache-Control", "no-store", "always"),
                .set("add_header", "Retry-After", "120", "always"),
            ]),
    ]

    private static let forwarding: [NginxDirective] = [
        .set(
            "proxy_max_temp_file_size", "0",
            because: "the only place for such files is memory: five slow readers of large files would fill it for all"),
        .set("proxy_http_version", "1.1"),
        .set("proxy_set_header", "Host", "$host"),
        .set("proxy_set_header", "X-Real-IP", "$remote_addr"),
        .set(
            "proxy_set_header", "X-Forwarded-For", "$remote_addr",
            because: "set, not added to: nginx is the first of the chain, whatever a client claims"),
        .set("proxy_set_header", "X-Forwarded-Proto", "$scheme"),
        .set("proxy_set_header", "X-Forwarded-Host", "$host"),
        .set("proxy_set_header", "Upgrade", "$http_upgrade"),
        .set("proxy_set_header", "Connection", "$connection_upgrade"),
        .set("proxy_connect_timeout", "3s"),
        .set("proxy_read_timeout", "60s"),
        .set(
            "proxy_next_upstream", "error", "timeout",
            because: "what never reached the application is asked of another task; a POST is not repeated"),
        .set("proxy_next_upstream_tries", "3"),
        .set("proxy_next_upstream_timeout", "10s"),
    ]

    /// `/api` (requirement W4): to the application, or its own plain answer where that serves no HTTP.
    private static func api(_ server: ServerProfile) -> NginxDirective {
        guard let port = server.port else {
            return .block(
                "location", "^~", "/api",
                of: [
                    .set("default_type", "application/json"),
                    .set(
                        "error_page", "418", "/.kopnik-error.html",
                        because: "only so that the 503 below is not turned into the page that reloads itself"),
                    .set(
                        "return", "503",
                        #"{"error":"this kp-server serves no HTTP: it talks over WAMP, at /ws"}"# + "\n"),
                ])
        }
        return .block(
            "location", "^~", "/api",
            of: [
                .set(
                    "limit_req", "zone=requests", "burst=60", "nodelay",
                    because: "a page asks for many things at once, and then for few; a flood asks for many all the time"
                ),
                .set("limit_req", "zone=proxied", "burst=400", "nodelay"),
            ] + NginxHolding.passing(to: "nodejs:\(port)"))
    }

    /// The dashboard, where the site file gives it a path: behind a password, over https alone.
    private static func dashboard(_ site: Site) -> [NginxDirective] {
        guard let path = site.dashboard.path else { return [] }
        return [
            .block("location", "=", path, of: [.set("return", "301", "\(path)/")]),
            .block(
                "location", "^~", "\(path)/",
                of: [
                    .set(
                        "limit_req", "zone=dashboard", "burst=30", "nodelay",
                        because: "a page is eight requests; a guess of the password costs time to check"),
                    .set("auth_basic", "Kopnik"),
                    .set("auth_basic_user_file", "/etc/kopnik/nginx/dashboard.users"),
                    .set("set", "$dashboard", "dashboard"),
                    .set("rewrite", "^\(path)(/.*)$", "$1", "break"),
                    .set("proxy_pass", "http://$dashboard:8080"),
                    .set(
                        "proxy_set_header", "Host", "$host",
                        because: "headers set here take the place of those above: the password is not passed on"),
                    .set("proxy_set_header", "Authorization", ""), .set("proxy_set_header", "Connection", ""),
                    .set("proxy_pass_request_body", "off"), .set("proxy_set_header", "Content-Length", ""),
                    .set("proxy_buffering", "off", because: "what happens is shown as it happens"),
                    .set("proxy_read_timeout", "1h"),
                    .set(
                        "add_header", "X-Robots-Tag", "noindex", "always",
                        because: "with an add_header of its own none of the site's headers is added: it brings its own"),
                ] + strictTransport(site)),
        ]
    }

    private static let routes: [NginxDirective] = [
        .block(
            "location", "=", "/ws",
            of: [
                .set(
                    "limit_req", "zone=sessions", "burst=100", "nodelay",
                    because:
                        "each guess of a password takes a session of its own; an office behind one address comes all at once"
                ),
                .set("limit_req", "zone=proxied", "burst=400", "nodelay"),
                // A variable makes nginx ask the resolver again; a plain name is looked up once, when it starts.
                .set("set", "$crossbar", "crossbar"),
                .set("proxy_pass", "http://$crossbar:8080/ws$is_args$args"),
                .set(
                    "proxy_read_timeout", "6h",
                    because: "a WAMP session lasts for hours; Crossbar itself pings each 10 s"),
                .set("proxy_send_timeout", "6h"),
                .set("proxy_buffering", "off"),
            ]),
        .block(
            "location", "^~", "/upload",
            of: [
                .set("set", "$files", "files"),
                .set(
                    "client_max_body_size", "26m",
                    because: "a file of 25 MB, and the form around it; the application refuses more in its own words"),
                .set("client_body_timeout", "300s"),
                .set("proxy_request_buffering", "off", because: "passed on as it comes, not stored twice"),
                .set("proxy_read_timeout", "300s"),
                .set("proxy_pass", "http://$files:8484"),
            ]),
        .block(
            "location", "^~", "/download", of: NginxHolding.passing(to: "files:8484")),
        .block(
            "location", "~", #"/\.(?!well-known/)"#, because: "what editors leave behind is nobody's business",
            of: [.set("return", "404")]),
        .block(
            "location", "~", #"[.-][0-9a-f]{8,}\.[a-z0-9]+(\.map)?$"#,
            because: "a page that was opened before the client was exchanged asks for the files of the earlier one",
            of: [.set("try_files", "$uri", "@earlier")]),
        .block(
            "location", "@earlier",
            of: [.set("root", "/home/ubuntu/sftp/.releases/.assets"), .set("try_files", "$uri", "=404")]),
        .block("location", "/", of: [.set("try_files", "$uri", "$uri/", "/index.html")]),
    ]
}
