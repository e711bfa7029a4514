/// Where everything of a site lies: the specification's paths under one prefix.
///
/// The prefix is empty on a server (so `/home/ubuntu/sftp/kp-server`), the site's data folder on a person's computer.
public struct Layout: Sendable, Equatable {
    /// Without a slash at the end; empty for a server.
    public let prefix: String

    /// Slashes at the end of the prefix are dropped.
    public init(prefix: String) {
        var prefix = prefix
        while prefix.hasSuffix("/") { prefix.removeLast() }
        self.prefix = prefix
    }

    /// The home folder of the specification's user `ubuntu`.
    public var home: String { prefix + "/home/ubuntu" }
    /// What SFTP shows as `/`.
    public var sftp: String { home + "/sftp" }
    /// The releases of both sources; `kp-server` and `kp-client` in `sftp` are links into it.
    public var releases: String { sftp + "/.releases" }
    /// The attached files; outside the releases, mounted over `upload`.
    public var uploads: String { sftp + "/.uploads" }
    /// The client's build output as requirement W5 names it.
    public var dist: String { home + "/kp-client/dist" }
    /// The certificates, in certbot's own arrangement of `live` and `archive`.
    public var letsEncrypt: String { prefix + "/etc/letsencrypt" }
    /// The generated settings, a folder a service.
    public var settings: String { prefix + "/etc/kopnik" }
    /// The stack's compose file.
    public var compose: String { settings + "/compose.yaml" }
    /// What the program itself keeps.
    public var state: String { prefix + "/var/lib/kopnik" }
    /// Mode 0700: secrets never leave it but as Docker secrets.
    public var secrets: String { state + "/secrets" }
    /// Of the repository of backups: keys, and the file by which containers reach it. Mode 0700.
    public var repositorySecrets: String { secrets + "/repository" }
    /// What is known of backups and of what proved them.
    public var backup: String { state + "/backup" }
    /// What was told to whom.
    public var alerts: String { state + "/alerts" }
    /// The authority of the hook that is told, as it was taken over; not with the book, which is in no backup.
    public var alertsAuthority: String { state + "/alerts-authority.pem" }
    /// The local certificate authority.
    public var authority: String { state + "/authority" }
    /// The folder with the keeper's permit; containers see it as `/run/kopnik/permit`.
    public var permit: String { state + "/permit" }
    /// The page that everybody is shown while somebody works on the server; there only then.
    public var maintenance: String { permit + "/maintenance.html" }
    /// What the keeper knows, for `status` and the dashboard.
    public var keeper: String { state + "/keeper" }
    /// What may be shown: the dashboard's container sees this folder and no other.
    public var overview: String { state + "/overview" }
    /// What `verify` found last.
    public var verified: String { state + "/verified.json" }
    /// The file that whoever changes the site holds locked.
    public var lock: String { state + "/lock" }
    /// The digest of the program that was here last, which takes a quarter of a second to work out.
    public var program: String { state + "/program.json" }
    /// What `up` made, for `destroy`.
    public var manifest: String { state + "/manifest.json" }
    /// The site as it runs, or as it last ran: every verb but `up` and `plan` is about this one.
    public var rememberedSite: String { state + "/site.yaml" }
    /// The site as it was last asked for; the same as the one that runs, once that got healthy.
    public var wishedSite: String { state + "/wish.yaml" }
    /// The last deployment that got healthy: its compose file and what Docker made of it.
    public var deployed: String { state + "/deployed" }
    /// Every release that is kept, a file each: what `rollback` returns to.
    public var releaseRecords: String { deployed + "/releases" }
    /// What is known of the sources that were placed, and how far each was installed and built.
    public var sources: String { state + "/sources" }
    /// The same of an update that has not got healthy yet: it counts for nothing until then.
    public var next: String { state + "/next" }
    /// Who changed the site, when, from where, and what came of it: a line an event.
    public var history: String { state + "/history.jsonl" }
    /// Files of earlier clients whose names carry their digest: pages that are still open ask for them.
    public var earlierAssets: String { releases + "/.assets" }
    /// The bundled files, unpacked for Docker.
    public var unpacked: String { state + "/unpacked" }
    /// What the programs said that the steps of `up` ran: a file a step.
    public var logs: String { prefix + "/var/log/kopnik" }
    /// What a host of two knows of its part.
    public var pair: String { state + "/pair" }
    /// What its database has to know of that: the container sees this folder.
    public var pairDatabase: String { pair + "/db" }
    /// The keys by which two hosts know each other. Mode 0700.
    public var pairKeys: String { secrets + "/pair" }
    /// Where certbot and nginx meet (HTTP-01).
    public var acme: String { state + "/acme" }
}
