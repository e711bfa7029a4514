import Blueprint
import Site

/// Plans as a real `up` has them, with names that do not change.
enum Plans {
    static let crossbar = """
        {"version": 2, "workers": [{"type": "router", "options": {"pythonpath": ["."]}, "transports": [{"type": "web",
        "endpoint": {"type": "tcp", "port": 8080}, "paths": {"ws": {"type": "websocket", "options": {"auto_ping_size": 4}}}}]}]}
        """

    static func plan(_ site: Site, prefix: String) -> StackPlan {
        StackPlan(
            site: site, layout: Layout(prefix: prefix),
            images: Dictionary(
                uniqueKeysWithValues: ImageKind.allCases.map { ($0, "\(site.name)/\($0.rawValue):0123456789ab") }),
            secrets: Dictionary(
                uniqueKeysWithValues: SecretKind.allCases.map { ($0, "\(site.name)_\($0.rawValue)-ba9876543210") }),
            release: SourceRelease(server: "kp-server-demo-0123456789ab", client: "kp-client-demo-ba9876543210"),
            owner: Owner(user: 1000, group: 1000), crossbarOriginal: crossbar,
            dashboardLogin: site.dashboard.path == nil ? nil : "kopnik:$6$salt$hash")
    }

    static let local = plan(Site(), prefix: "/home/anna/.local/share/kopnik/kopnik")
    static let open = plan(
        Site(
            name: "kopnik-org", domain: "kopnik.org", ports: Site.Ports(http: 8080, https: 8443),
            postgres: Site.Postgres(
                maxConnections: 200, sharedBuffers: .gigabytes(1), workMem: .kilobytes(1536),
                databases: ["main", "dev"]),
            mail: Site.Mail(delivery: .send, from: "post@kopnik.org"),
            dashboard: Site.Dashboard(path: "/dashboard")), prefix: "")
    static let hostile = plan(Site(name: "k2"), prefix: "/srv/Мои сайты/$HOME, \"a\" ${X} 'b' #1: \\n")

    /// The two servers of one site, each with its own part.
    static let leads = pair(leads: true)
    static let follows = pair(leads: false)

    private static func pair(leads: Bool) -> StackPlan {
        var site = open.site
        site.hosts = Site.Hosts(main: "ssh://root@203.0.113.10", standby: "ssh://root@198.51.100.20")
        var plan = plan(site, prefix: "")
        plan.pair = PairPlan(peer: leads ? "198.51.100.20" : "203.0.113.10", leads: leads)
        return plan
    }

    static let all = ["local": local, "open": open, "hostile": hostile, "leads": leads]
}
