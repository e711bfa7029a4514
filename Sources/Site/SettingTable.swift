extension Setting {
    /// Every key of the site file, in the order of the reference. `name` and `domain` come first: defaults of the
    /// others depend on them.
    static let all: [Setting] =
        [
            text(
                "name", \.name, .siteName, example: "kopnik-test",
                """
                The name of this installation and of its Docker stack. Two installations on one computer have two \
                names.
                """),
            text(
                "domain", \.domain, .hostName, example: "kopnik.org",
                """
                The host name under which people open the site. When left out: the name followed by .localhost, \
                which every browser takes for this computer.
                """),

            group("ports", "The TCP ports of this computer on which the site answers; two different ones."),
            integer(
                "ports.http", \.ports.http, .integer(1...65535), example: 8080,
                "Unencrypted; only sends the browser on to https."),
            integer("ports.https", \.ports.https, .integer(1...65535), example: 8443, "Encrypted: the site itself."),

            group(
                "sources",
                """
                Where the two parts of the application come from. Each is a git repository, a folder, or the word \
                demo: the small stand-in that comes with this program.
                """),
        ]
        + source("server", \.sources.server, "The server of the application.")
        + source("client", \.sources.client, "The pages people see.")
        + node + postgres + mailAndMirrors + alerts + certificate + server + machines + hosts

    private static let node: [Setting] = [
        group("node", "On which Node.js the two parts run. When left out: on the one that their sources need."),
        release("node.server", \.node.server, "The one of kp-server."),
        release("node.client", \.node.client, "The one that builds kp-client."),
    ]

    private static func release(
        _ name: String, _ path: any WritableKeyPath<Site, Site.Node.Release?> & Sendable, _ meaning: String
    ) -> Setting {
        make(
            name, .choice(Site.Node.Release.allCases.map(\.rawValue)), .text("8"), meaning,
            get: { $0[keyPath: path].map { .text($0.rawValue) } }
        ) { site, value in
            if case .text(let word) = value { site[keyPath: path] = Site.Node.Release(rawValue: word) }
        }
    }

    private static let postgres: [Setting] = [
        group("postgres", "The database server, PostgreSQL."),
        integer(
            "postgres.version", \.postgres.version, .oneOf(Site.Postgres.versions), example: 15,
            """
            The major version: 17 is that of Debian 13, 15 that of Debian 12. Data that are there are taken from one to the \
            next by 'kopnik database upgrade'.
            """),
        integer(
            "postgres.max_connections", \.postgres.maxConnections, .integer(10...10000), example: 200,
            "How many connections may be open at the same time."),
        memory(
            "postgres.shared_buffers", \.postgres.sharedBuffers, example: .megabytes(128),
            "The server's own cache, taken from the computer's memory when it starts."),
        memory(
            "postgres.effective_cache_size", \.postgres.effectiveCacheSize, example: .gigabytes(4),
            "How much memory the planner may expect to serve as cache of files; takes none itself."),
        memory(
            "postgres.work_mem", \.postgres.workMem, example: .megabytes(8),
            "The memory of one sort or hash; a query may use several of them, and each connection its own."),
        make(
            "postgres.databases", .list(.identifier), .list(["kopnik", "staging"]),
            """
            The databases to create, all different. The first is the production one. A database taken out of this \
            list is kept.
            """,
            get: { .list($0.postgres.databases) }
        ) { site, value in
            if case .list(let names) = value { site.postgres.databases = names }
        },
    ]

    private static let mailAndMirrors: [Setting] = [
        group("mail", "The letters the application writes."),
        choice(
            "mail.delivery", \.mail.delivery, example: .send,
            """
            What becomes of a letter: catch keeps every one in a mailbox here, send delivers it. When left out: \
            catch for a domain that ends in .localhost, .test or .local, otherwise send.
            """),
        text(
            "mail.from", \.mail.from, .mailAddress, example: "kopnik@example.org",
            "The sender's address. When left out: noreply@ and the domain."),
        integer(
            "mail.letters_per_day", \.mail.lettersPerDay, .integer(1...100_000), example: 5000,
            "How many letters leave in 24 hours at most: an application gone wrong must not ruin the address."),
        integer(
            "mail.letters_per_recipient", \.mail.lettersPerRecipient, .integer(1...10_000), example: 50,
            "How many of them to one address."),
        integer(
            "mail.megabytes_per_day", \.mail.megabytesPerDay, .integer(1...100_000), example: 2048,
            "How many megabytes of letters in 24 hours, each recipient's copy counted; caught ones count too."),
        make(
            "mail.smarthost", .text(.smarthost), .text("smtp.example.org:587"),
            """
            Somebody else's mail server that takes the letters and passes them on, where the provider blocks port 25. \
            When left out: each letter goes straight to its recipient's server.
            """,
            get: { $0.mail.smarthost.map { .text($0.description) } }
        ) { site, value in
            if case .text(let text) = value { site.mail.smarthost = Smarthost(text) }
        },
        make(
            "mail.smarthost_user", .text(.login), .text("kopnik@example.org"),
            """
            The name to log in with there. The password is not written here: kopnik key set smarthost-password. When \
            left out: it asks for none.
            """,
            get: { $0.mail.smarthostUser.map { .text($0) } }
        ) { site, value in
            if case .text(let text) = value { site.mail.smarthostUser = text }
        },

        group("dashboard", "The live page of nodes, containers and the site's state."),
        optional(
            "dashboard.path", \.dashboard.path, .pagePath, example: "/dashboard",
            """
            Under which path of the site nginx shows it too, to whoever has the password: kopnik dashboard --password. \
            When left out: nowhere; kopnik dashboard opens it on this computer alone.
            """),

        group("backup", "Where the site's data are kept besides this server, encrypted before they leave it."),
        make(
            "backup.repository", .text(.backupRepository), .text("sftp://kopnik@nas.example.org/srv/backup"),
            """
            The place: a folder of another computer, or a bucket of a store that speaks S3. Then: kopnik backup setup. \
            When left out: nowhere, and what happens to this server happens to the data.
            """,
            get: { $0.backup.repository.map { .text($0.description) } }
        ) { site, value in
            if case .text(let text) = value { site.backup.repository = BackupRepository(text) }
        },
        text(
            "backup.region", \.backup.region, .region, example: "eu-central-1",
            "The region of the bucket. Many stores take any."),
        optional(
            "backup.authority", \.backup.authority, .authorityFile, example: "/srv/nas-authority.pem",
            """
            A file with the authority that vouches for the store's certificate, where no public one does. When left \
            out: the authorities that this computer trusts.
            """),
        text(
            "backup.at", \.backup.at, .timeOfDay, example: "01:15",
            "When the nightly backup begins, in UTC. The database's log and new files follow each minute."),
        integer(
            "backup.keep_days", \.backup.keepDays, .integer(1...3650), example: 90,
            "To which time back the site can be restored, in days."),

        group("mirrors", "Where packages are downloaded from while the images are built."),
        text(
            "mirrors.debian", \.mirrors.debian, .webAddress, example: "http://mirror.example.org/debian",
            "A mirror of Debian."),
        optional(
            "mirrors.python", \.mirrors.python, .webAddress, example: "https://pypi.example.org/simple",
            "A Python package index. When left out: the one of pip itself, pypi.org."),
    ]

    private static let server: [Setting] = [
        group("server", "The server itself, where 'kopnik host apply' sets it up."),
        choice(
            "server.reached_by", \.server.reachedBy, example: .owner,
            """
            Who reaches it over the network. owner: you alone, as a virtual machine on your own computer; user and \
            password are ubuntu. internet: anybody; then no password opens it over the network, keys alone do, and \
            ubuntu gets a password that was drawn.
            """),
        choice(
            "server.desktop", \.server.desktop, example: Site.Server.Desktop.none,
            "What startxfce4 starts at its console: xfce, or none, which spares about 440 MB of disk."),
        optional(
            "server.nvm", \.server.nvm, .webAddress, example: "https://mirror.example.org/nvm",
            """
            A mirror of nvm: a folder with nvm.sh and nvm-exec of the version that kopnik knows, or of another one \
            with their sums in SHASUMS256.txt. When left out: the place of nvm's authors.
            """),
        optional(
            "server.node", \.server.node, .nodeMirror, example: "https://mirror.example.org/node",
            "A mirror of nodejs.org/dist, from which nvm takes Node.js. When left out: nodejs.org."),
    ]

    private static let certificate: [Setting] = [
        group("certificate", "The certificate by which browsers know the site."),
        choice(
            "certificate.issuer", \.certificate.issuer, example: .letsEncrypt,
            """
            Who issues it: letsencrypt, which every browser knows; letsencrypt-staging, for trying things out; local, \
            an authority of the site's own. When left out: local for a domain that ends in .localhost, .test or \
            .local, otherwise letsencrypt.
            """),
        optional(
            "certificate.server", \.certificate.server, .webAddress, example: "https://acme.example.org/directory",
            "The directory of another ACME server to ask instead of Let's Encrypt's. When left out: Let's Encrypt's."),
        optional(
            "certificate.email", \.certificate.email, .mailAddress, example: "admin@example.org",
            "Where the issuer may write to. When left out: nowhere; it works without."),
        make(
            "certificate.names", .list(.hostName), .list(["www.kopnik.org", "kopnik.net"]),
            """
            Other names that lead to the domain, which the certificate is to fit too. When left out: www. and the \
            domain. A name that does not reach this server is left out of the certificate, and told.
            """,
            // The domain alone stands for no other name: a list has at least one.
            get: { .list($0.certificate.names.isEmpty ? [$0.domain] : $0.certificate.names) }
        ) { site, value in
            if case .list(let names) = value { site.certificate.names = names.filter { $0 != site.domain } }
        },
        optional(
            "certificate.dns_hook", \.certificate.dnsHook, .program, example: "/srv/dns-hook",
            """
            For a server whose port 80 the internet does not reach: a program that is called with the words add or \
            remove, a name and a text, and puts that TXT record into the DNS or takes it out. When left out: port 80 \
            is used.
            """),
    ]

    static func optional(
        _ name: String, _ path: any WritableKeyPath<Site, String?> & Sendable, _ rule: TextRule, example: String,
        _ doc: String
    ) -> Setting {
        make(name, .text(rule), .text(example), doc, get: { $0[keyPath: path].map { .text($0) } }) { site, value in
            if case .text(let text) = value { site[keyPath: path] = text }
        }
    }

    private static let hosts: [Setting] = [
        group(
            "hosts",
            """
            The two servers of the site, where a second one is to stand ready for the first: both or neither. See \
            docs/standby.md.
            """),
        optional(
            "hosts.main", \.hosts.main, .serverAddress, example: "ssh://root@203.0.113.10",
            "The one on which the site is raised first."),
        optional(
            "hosts.standby", \.hosts.standby, .serverAddress, example: "ssh://root@198.51.100.20",
            "The one that follows it, and can take over."),

        group("standby", "The bond between the two servers."),
        choice(
            "standby.promise", \.standby.promise, example: .strict,
            """
            What holds while the standby is away. strict: nothing that was acknowledged is ever lost, so writes wait \
            until it is back. available: after 25 seconds the site goes on without it, and what is written then may \
            be lost with the server.
            """),
    ]

    /// Keys the design has for later, which somebody may have read about.
    static let later: Set<String> = []
}
