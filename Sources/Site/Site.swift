/// What one installation is: everything the administrator may choose, with every default filled in.
///
/// A value of this type made by `SiteFile.read` is valid: names, ports and addresses were checked, so what is rendered
/// from it needs no second check.
public struct Site: Sendable, Equatable {
    /// The name of the installation and of its Docker stack: 1–30 of `a-z 0-9 -`, starts with a letter, does not end
    /// with `-`.
    public var name: String
    /// The host name under which people open the site, lower-case, without a port: `kopnik.org`.
    public var domain: String
    /// Where on this computer it answers.
    public var ports: Ports
    /// Who vouches for it to browsers.
    public var certificate: Certificate
    /// Where the application's two parts come from.
    public var sources: Sources
    /// On which Node.js they run, where that is not left to what is known of them.
    public var node: Node
    /// How the database server is set.
    public var postgres: Postgres
    /// What becomes of the letters the application writes.
    public var mail: Mail
    /// Who may look at the dashboard.
    public var dashboard: Dashboard
    /// Where its data are kept besides this server.
    public var backup: Backup
    /// Who is told when something needs a person.
    public var alerts: Alerts
    /// Where packages come from while images are built.
    public var mirrors: Mirrors
    /// The server on which it runs, where `kopnik host` sets one up.
    public var server: Server
    /// The virtual machines that are made for it.
    public var machines: Machines
    /// The two servers, where there are two.
    public var hosts: Hosts
    /// What holds where the standby is away.
    public var standby: Standby

    /// A site with the given choices; whatever is left out takes its default, also where that depends on the name or
    /// on the domain.
    public init(
        name: String = "kopnik",
        domain: String? = nil,
        ports: Ports = Ports(),
        certificate: Certificate? = nil,
        sources: Sources = Sources(),
        node: Node = Node(),
        postgres: Postgres = Postgres(),
        mail: Mail? = nil,
        dashboard: Dashboard = Dashboard(),
        backup: Backup = Backup(),
        alerts: Alerts = Alerts(),
        mirrors: Mirrors = Mirrors(),
        server: Server = Server(),
        machines: Machines = Machines(),
        hosts: Hosts = Hosts(),
        standby: Standby = Standby()
    ) {
        let domain = domain ?? "\(name).localhost"
        self.name = name
        self.domain = domain
        self.ports = ports
        self.certificate = certificate ?? Certificate(domain: domain)
        self.sources = sources
        self.node = node
        self.postgres = postgres
        self.mail = mail ?? Mail(domain: domain)
        self.dashboard = dashboard
        self.backup = backup
        self.alerts = alerts
        self.mirrors = mirrors
        self.server = server
        self.machines = machines
        self.hosts = hosts
        self.standby = standby
    }

    /// Whether the domain can exist only on this computer or in its local network (RFC 6761, RFC 6762): no public
    /// certificate can be had for it, and no letter may leave.
    public var isLocal: Bool { Self.isLocal(domain: domain) }

    static func isLocal(domain: String) -> Bool {
        ["localhost", "test", "local"].contains { domain == $0 || domain.hasSuffix(".\($0)") }
    }
}

extension Site {
    /// The TCP ports of this computer on which the site answers; 1–65535, two different ones.
    public struct Ports: Sendable, Equatable {
        /// Answers with a redirection to `https`.
        public var http: Int
        /// Serves the site itself.
        public var https: Int

        /// The defaults are the ports that a browser takes by itself.
        public init(http: Int = 80, https: Int = 443) {
            self.http = http
            self.https = https
        }
    }

    /// The certificate by which browsers know the site.
    public struct Certificate: Sendable, Equatable {
        /// Who issues it.
        public enum Issuer: String, Sendable, Equatable, CaseIterable {
            /// The site's own authority, which no browser knows unless it is told of it.
            case local
            /// Let's Encrypt, which every browser knows.
            case letsEncrypt = "letsencrypt"
            /// Let's Encrypt's place for trying things out: no browser trusts it, and its limits are wide.
            case letsEncryptStaging = "letsencrypt-staging"
        }

        /// Who issues it.
        public var issuer: Issuer
        /// The directory of another ACME server (RFC 8555) to ask instead of Let's Encrypt's own.
        public var server: String?
        /// Where the authority may write to the person; it works without.
        public var email: String?
        /// The names besides the domain for which it is good; they lead to the domain.
        public var names: [String]
        /// A program of this computer that puts a TXT record into the DNS and takes it out again (DNS-01), for servers whose port 80
        /// nobody reaches.
        public var dnsHook: String?

        /// Whatever is left out is not used.
        public init(
            issuer: Issuer, server: String? = nil, email: String? = nil, names: [String], dnsHook: String? = nil
        ) {
            self.issuer = issuer
            self.server = server
            self.email = email
            self.names = names
            self.dnsHook = dnsHook
        }

        /// The defaults for a domain: a local one has an authority of its own; `www` stands beside it.
        public init(domain: String) {
            self.init(
                issuer: Site.isLocal(domain: domain) ? .local : .letsEncrypt,
                names: domain.hasPrefix("www.") ? [] : ["www.\(domain)"])
        }

        /// Whether others than this computer are asked for it.
        public var isPublic: Bool { issuer != .local }
    }

    /// The server on which the site runs.
    public struct Server: Sendable, Equatable {
        /// Who reaches it over the network.
        public enum Reach: String, Sendable, Equatable, CaseIterable {
            /// Its owner alone, as a virtual machine on their own computer.
            case owner
            /// Anybody.
            case internet
        }

        /// What may be started on it by hand.
        public enum Desktop: String, Sendable, Equatable, CaseIterable {
            /// XFCE, by `startxfce4` at the console.
            case xfce
            /// Nothing.
            case none
        }

        /// Who reaches it.
        public var reachedBy: Reach
        /// Its desktop.
        public var desktop: Desktop
        /// Where nvm comes from; its authors' place when nil.
        public var nvm: String?
        /// Where nvm gets Node.js from; nodejs.org when nil.
        public var node: String?

        /// Whoever says nothing is taken to be reached by all: a wrong guess the other way would open the server.
        public init(
            reachedBy: Reach = .internet, desktop: Desktop = .xfce, nvm: String? = nil, node: String? = nil
        ) {
            self.reachedBy = reachedBy
            self.desktop = desktop
            self.nvm = nvm
            self.node = node
        }
    }

    /// Releases of Node.js, chosen by hand.
    public struct Node: Sendable, Equatable {
        /// Lines of releases that there are images for.
        public enum Release: String, Sendable, Equatable, CaseIterable, Codable {
            /// The newest long-term one.
            case newest
            /// 8, of 2017: native modules of that time cannot be built on a newer one.
            case eight = "8"
        }

        /// For kp-server; `nil`: as its sources need.
        public var server: Release?
        /// For the build of kp-client; `nil`: as its sources need.
        public var client: Release?

        public init(server: Release? = nil, client: Release? = nil) {
            self.server = server
            self.client = client
        }
    }

    /// PostgreSQL's settings.
    public struct Postgres: Sendable, Equatable {
        /// The major versions that there are images of.
        public static let versions = [15, 17]
        /// The major version.
        public var version: Int
        /// Connections at the same time, 10–10000.
        public var maxConnections: Int
        /// PostgreSQL's own cache, taken when it starts; at least 1 MB.
        public var sharedBuffers: ByteCount
        /// The memory the planner may expect to be used as cache of files; takes none itself.
        public var effectiveCacheSize: ByteCount
        /// The memory of one sort or hash before it goes to disk.
        public var workMem: ByteCount
        /// The databases to create, at least one; the first is the production one.
        /// Each is 1–63 of `a-z 0-9 _` and does not start with a digit.
        public var databases: [String]
        /// The production one.
        public var production: String { databases.first ?? "kopnik" }

        /// The defaults are those of requirements G1–G7.
        public init(
            version: Int = 17,
            maxConnections: Int = 1000,
            sharedBuffers: ByteCount = .megabytes(512),
            effectiveCacheSize: ByteCount = .megabytes(1024),
            workMem: ByteCount = .megabytes(40),
            databases: [String] = ["kopnik", "dev", "test"]
        ) {
            self.version = version
            self.maxConnections = maxConnections
            self.sharedBuffers = sharedBuffers
            self.effectiveCacheSize = effectiveCacheSize
            self.workMem = workMem
            self.databases = databases
        }
    }

    /// What becomes of the letters the application writes.
    public struct Mail: Sendable, Equatable {
        /// Whether letters leave this computer.
        public enum Delivery: String, Sendable, Equatable, CaseIterable {
            /// Every letter, whoever it is for, is kept in one mailbox here; none leaves.
            case `catch`
            /// Letters go to their recipients.
            case send
        }

        /// Whether letters are sent or kept here.
        public var delivery: Delivery
        /// The sender's address of the letters, without a display name.
        public var from: String
        /// How many letters leave in 24 hours at most.
        public var lettersPerDay: Int
        /// How many of them to one address.
        public var lettersPerRecipient: Int
        /// How many megabytes of letters leave, or are caught, in 24 hours at most; each recipient's copy counts.
        public var megabytesPerDay: Int
        /// Somebody else's mail server that takes the letters; `nil`: each goes straight to its recipient's.
        public var smarthost: Smarthost?
        /// The name to log in with there; the password is a key that is not in this file.
        public var smarthostUser: String?

        /// Nothing here depends on the domain.
        public init(
            delivery: Delivery, from: String, lettersPerDay: Int = 1000, lettersPerRecipient: Int = 20,
            megabytesPerDay: Int = 512, smarthost: Smarthost? = nil, smarthostUser: String? = nil
        ) {
            self.delivery = delivery
            self.from = from
            self.lettersPerDay = lettersPerDay
            self.lettersPerRecipient = lettersPerRecipient
            self.megabytesPerDay = megabytesPerDay
            self.smarthost = smarthost
            self.smarthostUser = smarthostUser
        }

        /// The defaults for a domain: a local one catches, a public one sends.
        public init(domain: String) {
            self.init(delivery: Site.isLocal(domain: domain) ? .catch : .send, from: "noreply@\(domain)")
        }
    }

    /// The live page of the site.
    public struct Dashboard: Sendable, Equatable {
        /// Where nginx shows it to whoever has the password; `nil`: nowhere, it is opened by `kopnik dashboard` alone.
        public var path: String?

        /// By default nginx shows it nowhere.
        public init(path: String? = nil) { self.path = path }
    }

    /// Where the site's data are kept besides this server.
    public struct Backup: Sendable, Equatable {
        /// The place; `nil`: nowhere.
        public var repository: BackupRepository?
        /// The region that requests to S3 are signed for.
        public var region: String
        /// A file with the authority that vouches for the place's certificate, where it is not a public one.
        public var authority: String?
        /// When the nightly one begins, in UTC: `03:30`.
        public var at: String
        /// How many days back the site can be restored to, 1–3650.
        public var keepDays: Int

        /// One is made each night: when the newest is older than this, in seconds, something is wrong.
        public static let oldest = 36.0 * 3600
        /// A drill is held each week: one that is older than this, in seconds, proves nothing any more.
        public static let longestUnproved = 9.0 * 86400

        /// By default nothing is kept anywhere.
        public init(
            repository: BackupRepository? = nil, region: String = "us-east-1", authority: String? = nil,
            at: String = "03:30", keepDays: Int = 30
        ) {
            self.repository = repository
            self.region = region
            self.authority = authority
            self.at = at
            self.keepDays = keepDays
        }
    }

    /// Who is told when something needs a person, and when it is good again.
    public struct Alerts: Sendable, Equatable {
        /// The address that gets a letter; `nil`: none does.
        public var to: String?
        /// The address of the web that gets each alert as JSON; `nil`: none does. Whoever knows it can write there.
        public var hook: String?
        /// A file with the authority that vouches for the hook's certificate; `nil`: those that the computer trusts.
        public var authority: String?

        /// By default nobody is told.
        public init(to: String? = nil, hook: String? = nil, authority: String? = nil) {
            self.to = to
            self.hook = hook
            self.authority = authority
        }
    }

    /// Where packages are downloaded from while images are built.
    public struct Mirrors: Sendable, Equatable {
        /// The Debian mirror, `http` or `https`, without a trailing slash.
        public var debian: String
        /// The Python package index, `http` or `https`; pip's own default when nil.
        public var python: String?

        /// The defaults are Debian's own mirror and pip's own index.
        public init(debian: String = "http://deb.debian.org/debian", python: String? = nil) {
            self.debian = debian
            self.python = python
        }
    }
}
