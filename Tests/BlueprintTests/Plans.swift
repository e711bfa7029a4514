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
            owner: Owner(user: 1000, group: 1000), crossbarOriginal: crossbar)
    }

    static let local = plan(Site(), prefix: "/home/anna/.local/share/kopnik/kopnik")
    static let open = plan(
        Site(
            name: "kopnik-org", domain: "kopnik.org", ports: Site.Ports(http: 8080, https: 8443),
            postgres: Site.Postgres(
                maxConnections: 200, sharedBuffers: .gigabytes(1), workMem: .kilobytes(1536),
                databases: ["main", "dev"]),
            mail: Site.Mail(delivery: .send, from: "post@kopnik.org")), prefix: "")
    static let hostile = plan(Site(name: "k2"), prefix: "/srv/Мои сайты/$HOME, \"a\" ${X} 'b' #1: \\n")

    static let all = ["local": local, "open": open, "hostile": hostile]
}
