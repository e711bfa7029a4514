import Site

/// `nginx.conf` (requirements W1–W6).
enum NginxSettings {
    static func files(_ plan: StackPlan) -> [GeneratedFile] {
        let head = "# nginx in front of everything. Written by kopnik.\n"
        let text = (top + [.block("http", of: http(plan))]).flatMap { $0.lines() }.joined(separator: "\n")
        let users = plan.site.dashboard.path == nil ? nil : plan.dashboardLogin
        return [GeneratedFile(path: "nginx/nginx.conf", contents: head + text + "\n")]
            + (users.map { [GeneratedFile(path: "nginx/dashboard.users", contents: $0 + "\n")] } ?? [])
    }

    private static let top: [NginxDirective] = [
        .set("user", "www-data"),
        .set(
            "worker_processes", "4",
            because: "auto counts the computer's cores, and the memory limit is the container's"),
        .set("worker_rlimit_nofile", "8192"),
        .set("pid", "/run/nginx.pid"),
        .set("error_log", "stderr", "warn"),
        .set(
            "worker_shutdown_timeout", "1h",
            because: "old workers keep the WebSockets of before a reload; bounded, or they pile up"),
        .block("events", of: [.set("worker_connections", "4096")]),
    ]

    private static func http(_ plan: StackPlan) -> [NginxDirective] {
        general + temporaryPaths + logging + compression + limits
            + (plan.site.dashboard.path == nil
                ? [] : [.set("limit_req_zone", "$binary_remote_addr", "zone=dashboard:1m", "rate=2r/s")]) + [
                .set(
                    "resolver", "127.0.0.11", "valid=1s", "ipv6=off", because: "Docker's DNS names healthy tasks only"),
                .set("resolver_timeout", "3s"),
                .block("map", "$http_upgrade", "$connection_upgrade", of: [.set("default", "upgrade"), .set("", "")]),
                caching,
            ] + NginxHolding.maps + [
                .set("ssl_protocols", "TLSv1.2", "TLSv1.3"),
                .set("ssl_ciphers", ciphers),
                .set("ssl_prefer_server_ciphers", "off"),
                .set("ssl_session_cache", "shared:tls:10m"),
                .set("ssl_session_timeout", "1d"),
                .set("ssl_session_tickets", "off"),
                health, NginxServers.redirection(plan.site),
            ] + NginxServers.otherNames(plan.site) + [NginxServers.main(plan.site, plan.server)]
    }

    /// Mozilla's "intermediate" profile for TLS 1.2, without the DHE suites, which cost much and serve nobody today.
    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    private static let general: [NginxDirective] = [
        .set("include", "/etc/nginx/mime.types"),
        .set("default_type", "application/octet-stream"),
        .set("charset", "utf-8"),
        .set("charset_types", "text/plain", "text/css", "application/javascript", "application/json", "image/svg+xml"),
        .set("server_tokens", "off"),
        .set("sendfile", "on"),
        .set(
            "open_file_cache", "max=2000", "inactive=30s",
            because: "to look for a file each time costs a third of all; a new client is seen within a second"),
        .set("open_file_cache_valid", "1s"),
        .set("tcp_nopush", "on"),
        .set("keepalive_timeout", "65s"),
        .set("server_names_hash_bucket_size", "128"),
        .set("client_header_timeout", "15s", because: "headers arrive soon or not at all"),
        .set("client_body_timeout", "60s"),
        .set("send_timeout", "60s"),
        .set("reset_timedout_connection", "on"),
        .set("client_max_body_size", "1m"),
    ]

    /// The only places of a read-only container that can be written.
    private static let temporaryPaths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
        NginxDirective.set("\($0)_temp_path", "/var/cache/nginx/\($0)")
    }

    private static let logging: [NginxDirective] = [
        .block(
            "map", "$request_uri", "$logged_path",
            because: "the path alone: a query may hold what nobody else should read; $uri would be the error page's",
            of: [.set("~^(?<path_alone>[^?]*)", "$path_alone")]),
        .set(
            "log_format", "json", "escape=json",
            #"{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method","host":"$host","path":"$logged_path","#
                + #""protocol":"$server_protocol","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"#
                + #""upstream":"$upstream_addr","upstream_status":"$upstream_status","upstream_seconds":"$upstream_response_time"}"#
        ),
        .set(
            "access_log", "/dev/stdout", "json", "buffer=4k", "flush=1s",
            because:
                "Docker takes each write by itself, and a line a write is slow; more than 4 kB would mix with other workers' (pipe(7))"
        ),
    ]

    private static let compression: [NginxDirective] = [
        .set("gzip", "on"),
        .set("gzip_vary", "on"),
        .set("gzip_proxied", "any"),
        .set("gzip_comp_level", "5"),
        .set("gzip_min_length", "1024"),
        .set(
            "gzip_types", "text/plain", "text/css", "text/xml", "application/json", "application/javascript",
            "application/xml",
            "application/manifest+json", "image/svg+xml", "font/ttf", "application/wasm"),
    ]

    private static let caching = NginxDirective.block(
        "map", "$uri", "$cache_control",
        because: "a file with its digest in its name never changes; the rest is asked for again each time",
        of: [
            .set("default", "no-cache"),
            .set("~^/(api|upload|download|ws)(/|$)", "", because: "the applications say it themselves"),
            .set(#"~[.-][0-9a-f]{8,}\.[a-z0-9]+(\.map)?$"#, "public, max-age=31536000, immutable"),
            .set("/sw.js", "max-age=0, private, must-revalidate"),
        ])

    /// How much one visitor may ask for: locations say which of it.
    private static let limits: [NginxDirective] = [
        .block(
            "geo", "$is_docker",
            because: "who comes over IPv6, or from this computer, comes by Docker's proxy: many visitors, one address",
            of: [.set("default", "0"), .set("172.16.0.0/12", "1"), .set("192.168.0.0/16", "1")]),
        .block("map", "$is_docker", "$visitor", of: [.set("0", "$binary_remote_addr"), .set("1", "")]),
        .block("map", "$is_docker", "$proxied", of: [.set("0", ""), .set("1", "all")]),
        .set("limit_req_zone", "$proxied", "zone=proxied:1m", "rate=200r/s"),
        .set("limit_req_zone", "$visitor", "zone=requests:10m", "rate=20r/s"),
        .set("limit_req_zone", "$visitor", "zone=sessions:10m", "rate=5r/s"),
        .set("limit_req_status", "429"),
        .set("limit_req_log_level", "info"),
    ]

    /// Asked by the container's own health check, and by nobody else.
    private static let health = NginxDirective.block(
        "server",
        of: [
            .set("listen", "127.0.0.1:8081"), .set("access_log", "off"),
            .block(
                "location", "=", "/health", of: [.set("default_type", "text/plain"), .set("return", "200", "ok\n")]),
            .block("location", "/", of: [.set("return", "404")]),
        ])
}
