/// Requests that come while their application is exchanged, or has just ended, wait in nginx until there is one again.
///
/// Only what never reached an application is asked again: its name was not in Docker's DNS, or nobody took the connection. nginx has no
/// directive that waits; `auth_delay` holds an answer of 401 back without holding a worker (nginx manual, ngx_http_core_module), and
/// `error_page` goes on from there. Ten such steps are allowed for a request.
enum NginxHolding {
    /// Seconds between one try and the next: 17 in all, for a source that cannot run twice, its health check included.
    private static let delays = [1, 3, 5, 8]

    /// Which step is next: the first that never reached an application, the last word for all others.
    static let maps: [NginxDirective] = delays.indices.map { step in
        NginxDirective.block(
            "map", "$upstream_addr|$upstream_connect_time", "$held_\(step)",
            because: step == 0 ? "in the last round there was no address, or no connection to any" : nil,
            of: [
                .set("default", "@unavailable"), .set(#"~^(.*: )?\|"#, "@held_\(step)"),
                .set(#"~(\||: )-(, -)*$"#, "@held_\(step)"),
            ])
    }

    /// For a location that passes requests on.
    static func passing(to upstream: String) -> [NginxDirective] {
        [.set("set", "$upstream", upstream)] + passing(orElse: "$held_0")
    }

    private static func passing(orElse next: String) -> [NginxDirective] {
        [
            .set("recursive_error_pages", "on"), .set("error_page", "502", "504", "=", next),
            .set("proxy_pass", "http://$upstream"),
        ]
    }

    /// What all of them share.
    static let locations: [NginxDirective] =
        delays.enumerated().flatMap { step, seconds -> [NginxDirective] in
            let next = step + 1 < delays.count ? "$held_\(step + 1)" : "@unavailable"
            return [
                .block(
                    "location", "@held_\(step)",
                    of: [
                        .set("recursive_error_pages", "on"), .set("auth_request", "/.kopnik-wait"),
                        .set("auth_delay", "\(seconds)s"), .set("error_page", "401", "=", "@again_\(step)"),
                    ]),
                .block("location", "@again_\(step)", of: passing(orElse: next)),
            ]
        } + [
            .block("location", "=", "/.kopnik-wait", of: [.set("internal"), .set("return", "401")]),
            .block(
                "location", "@unavailable",
                of: [
                    .block("if", "($upstream_status", "~", "504$)", of: [.set("return", "504")]), .set("return", "502"),
                ]),
        ]
}
