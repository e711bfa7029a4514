public import Site

/// Everything the generated files depend on besides the site file: names that follow from contents, and who owns the sources.
public struct StackPlan: Sendable, Equatable {
    /// What the administrator chose.
    public var site: Site
    /// Where the site lies on this computer.
    public var layout: Layout
    /// The image of each kind, by the kind's name.
    public var images: [ImageKind: String]
    /// The name each secret has in the swarm: it carries the secret's digest, for secrets there cannot be changed (moby#35048).
    public var secrets: [SecretKind: String]
    /// The release of the sources that is to run.
    public var release: SourceRelease
    /// User and group that own the sources and run the application.
    public var owner: Owner
    /// The client's own `.crossbar/config.json`, from which today's is derived (requirement B1).
    public var crossbarOriginal: String
    /// What is known of this kp-server.
    public var server: ServerProfile
    /// The Docker daemon's socket on this computer.
    public var dockerSocket: String
    /// Who may see the dashboard behind nginx: a line `name:hash` (htpasswd); `nil` where nobody may, or it is not there.
    public var dashboardLogin: String?
    /// This host's place beside another one; `nil` for a site of one host.
    public var pair: PairPlan?

    /// The socket is the one Docker makes by itself, unless another is given.
    public init(
        site: Site, layout: Layout, images: [ImageKind: String], secrets: [SecretKind: String], release: SourceRelease,
        owner: Owner,
        crossbarOriginal: String, server: ServerProfile = .plain, dockerSocket: String = "/var/run/docker.sock",
        dashboardLogin: String? = nil, pair: PairPlan? = nil
    ) {
        self.site = site
        self.layout = layout
        self.images = images
        self.secrets = secrets
        self.release = release
        self.owner = owner
        self.crossbarOriginal = crossbarOriginal
        self.server = server
        self.dockerSocket = dockerSocket
        self.dashboardLogin = dashboardLogin
        self.pair = pair
    }

    /// The label that marks what belongs to this site.
    public static let siteLabel = "org.kopnik.site"
    /// The label that tells two sites of one name in different folders apart.
    public static let prefixLabel = "org.kopnik.prefix"

    /// What marks everything in Docker that is a site's, as `name=value`.
    public static func labels(of site: Site, at layout: Layout) -> [String] {
        ["\(siteLabel)=\(site.name)", "\(prefixLabel)=\(layout.prefix)"]
    }
}

/// A host's place in a pair.
public struct PairPlan: Sendable, Equatable {
    /// The other host's IPv4 address: it alone reaches the database from outside.
    public var peer: String
    /// Whether the whole site runs here, or the database alone, which follows.
    public var leads: Bool

    /// The port at which the databases of two hosts reach each other.
    public static let port = 5432
    /// Where the one that leads lets the other fetch uploaded files.
    public static let filesPort = 5433

    /// Makes one from its parts.
    public init(peer: String, leads: Bool) {
        self.peer = peer
        self.leads = leads
    }
}

/// The images that are built, a folder of `images/` each.
public enum ImageKind: String, Sendable, CaseIterable, Hashable {
    /// `base` is what the others are built from; `nodejs` and `nodejs8` serve both `nodejs` and `files`.
    case base, db, mail, crossbar, nodejs, nodejs8, nginx, keeper, dashboard

    /// The image of a release of Node.js.
    public static func node(_ release: Site.Node.Release) -> ImageKind { release == .eight ? .nodejs8 : .nodejs }
}

/// The services of the stack.
public enum ServiceKind: String, Sendable, CaseIterable, Hashable {
    /// `nodejs` and `files` are two programs of kp-server: the application and its attached files.
    case db, mail, crossbar, nodejs, files, nginx, keeper, dashboard

    /// The image it runs.
    func image(_ server: ServerProfile) -> ImageKind {
        switch self {
        case .db: .db
        case .mail: .mail
        case .crossbar: .crossbar
        case .nodejs, .files: .node(server.node)
        case .nginx: .nginx
        case .keeper: .keeper
        case .dashboard: .dashboard
        }
    }
}

/// The secrets that containers are given.
public enum SecretKind: String, Sendable, CaseIterable, Hashable {
    /// Of the role `kopnik` in Postgres.
    case databasePassword = "db-password"
    /// Of the role `crossbar`, by which logins are checked and which may read little more than that.
    case crossbarPassword = "crossbar-password"
    /// kp-server's `cfg/private.json`, which holds it and the ticket with which kp-server logs in at Crossbar.
    case serverSettings = "server-settings"
    /// What Crossbar's authenticator needs: that ticket, the way into the database, the secret of reCAPTCHA.
    case authenticator
    /// The key that signs letters (DKIM).
    case dkimKey = "dkim-key"
    /// How to log in at the smarthost, where there is one.
    case mailLogin = "mail-login"
    /// How to reach the repository of backups, where there is one.
    case repository
    /// By which the databases of two hosts know each other; a site of one host has none.
    case replication

    /// Those that a site has.
    public static func all(of site: Site) -> [SecretKind] {
        allCases.filter { $0 != .replication || site.hosts.isPair }
    }
}

/// One version of both sources, by the names of their folders.
public struct SourceRelease: Sendable, Equatable, Codable {
    /// The folder of `.releases` that holds kp-server, such as `kp-server-c34235e`.
    public var server: String
    /// The folder of `.releases` that holds kp-client.
    public var client: String

    /// Makes one from its parts.
    public init(server: String, client: String) {
        self.server = server
        self.client = client
    }
}

/// A user and group by number.
public struct Owner: Sendable, Equatable {
    /// The user's id.
    public var user: Int
    /// The group's id.
    public var group: Int

    /// Makes one from its parts.
    public init(user: Int, group: Int) {
        self.user = user
        self.group = group
    }
}

/// A file to be written below the settings folder.
public struct GeneratedFile: Sendable, Equatable {
    /// Relative to the settings folder, such as `nginx/nginx.conf`.
    public var path: String
    /// The whole text.
    public var contents: String

    /// Makes one from its parts.
    public init(path: String, contents: String) {
        self.path = path
        self.contents = contents
    }
}
