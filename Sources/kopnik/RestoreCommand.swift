import ArgumentParser
import Blueprint
import Deployment
import Foundation
import Machine
import Site

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Brings a site back on an empty computer, from its recovery kit and its backups.",
        discussion: "Broken off, the same command goes on. A computer on which the site lives is refused.")

    @Option(help: "The recovery kit; its passphrase is asked for.", completion: .file(extensions: ["txt"]))
    var kit: String

    @Option(help: "To which moment, in UTC, such as '2026-11-25 14:30'. Default: as far as the backups reach.")
    var at: String?

    @Option(
        help:
            "After somebody deleted or overwrote what is in the bucket: make it again as it was at this moment, in UTC. It has to keep versions, and the key has to be allowed to read them."
    )
    var bucketAsOf: String?

    @Flag(help: "The kit's key of the bucket is no longer valid: ask for another.")
    var newKey = false

    @OptionGroup var site: SiteOptions

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Option(help: "How long to wait for the services, in seconds.")
    var patience: Int = 600

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let world = World.live(progress: renderer)
        let start = world.now()
        let moment = try Self.moment(at)
        let bucketMoment = try Self.moment(bucketAsOf, of: "--bucket-as-of")
        let kit = try KitFile.read(kit, world.files)
        let layout = try site.layout(for: kit.name, world)
        let place = Deployment(
            world: world, site: Site(name: kit.name, sources: .init(server: .demo, client: .demo)), layout: layout)
        try Restore(deployment: place, to: moment).check()
        let passphrase = try KitFile.askPassphrase()
        // Without openssl no kit can be opened.
        _ = try await Restore.packages(place).apply()
        var content = try await kit.open(with: passphrase, world)
        var wanted = try SiteFile.read(text: content.site, name: "recovery kit")
        try checkBucket(wanted.backup.repository)
        if newKey { try Self.askForKey(&content.access) }
        // Here is one server, whatever its site had.
        wanted.hosts = Site.Hosts()
        let deployment = Deployment(
            world: world, site: wanted, layout: layout, options: Deployment.Options(patience: .seconds(patience)))
        let restore = Restore(deployment: deployment, to: moment, bucketAsOf: bucketMoment)
        let plan = restore.preparation()
        if !yes {
            var consent = Consent(verb: Rollout.Verb(apply: "kopnik restore --kit \(self.kit)", plan: ""))
            consent.hasPlan = false
            try consent.confirm(
                "  \(kit.domain), as of \(moment?.universalMinute ?? "its newest backup"), from \(wanted.backup.repository?.description ?? "")\n  into \(layout.prefix.isEmpty ? "/" : layout.prefix)\n\(bucketMoment.map { "  The bucket is made again as it was on \($0.universalSecond); what came later stays in it as versions.\n" } ?? "")  A server on which it runs still makes no backups from then on."
            )
        }
        try restore.begin()
        _ = try await plan.apply()
        let outcome = try await restore.run(content.access)
        let back = Deployment(world: world, site: outcome.site, layout: layout, options: deployment.options)
        try await raise(back, restore)
        tell(
            Self.report(
                outcome, start: start, now: world.now(), isPublic: wanted.certificate.isPublic, kit.domain,
                deployment.address, on: site.standardOutput))
        if let were = outcome.twoServers { tell(Self.alone(were, outcome.epoch, layout, on: site.standardOutput)) }
    }

    /// What whoever had two servers has to know.
    static func alone(_ were: String, _ epoch: Int, _ layout: Layout, on terminal: Terminal) -> String {
        """

          \(Style.red("!", on: terminal)) this site had two servers\(were.isEmpty ? "" : " (\(were))"). It is on this one alone now, in epoch \(epoch):
            the old ones must not come back. One that still exists: leave it off, or remove the site from it (there: kopnik destroy)
            to have a standby again:  cp \(layout.wishedSite) kopnik.yaml
            write into it             hosts: {main: ssh://root@THIS-SERVER, standby: ssh://root@THE-OTHER}
            then                      kopnik up, and on the other as docs/standby.md says
        """
    }

    private func checkBucket(_ repository: BackupRepository?) throws {
        guard bucketAsOf != nil || newKey else { return }
        if case .s3 = repository { return }
        throw Failure(
            "this kit's backups are in no bucket", because: "they are at \(repository?.description ?? "no place")",
            fix: "the same command without --bucket-as-of and --new-key")
    }

    /// What a thief has as well is not to be used again.
    private static func askForKey(_ access: inout RepositoryAccess) throws {
        let prompt = Prompt()
        func ask(_ name: Keys.Name, isHidden: Bool) throws -> String {
            warn("  \(name.meaning)")
            guard let value = try prompt.ask("  \(name.rawValue)", isHidden: isHidden)?.trimmed, !value.isEmpty else {
                throw UsageFailure(description: "Nothing was done.")
            }
            return value
        }
        access.keyID = try ask(.repositoryKeyID, isHidden: false)
        access.key = try ask(.repositoryKey, isHidden: true)
    }

    private func raise(_ deployment: Deployment, _ restore: Restore) async throws {
        do {
            try await deployment.operation("kopnik restore", tellOfWait) {
                try deployment.remember()
                _ = try await deployment.rollout().apply()
                try deployment.settle()
                // It lives from here on: what follows is not part of what would have to go on.
                try restore.settle()
                // The first of this server's own: what follows is kept anew.
                _ = try await Backup(deployment: deployment).run()
            }
        } catch {
            try? deployment.giveFilesToOwner()
            throw error
        }
        try deployment.giveFilesToOwner()
        try await Proof.give(deployment, on: site.standardOutput)
    }

    /// What was lost and how long it took, as they were measured.
    static func report(
        _ outcome: Restore.Outcome, start: Date, now: Date, isPublic: Bool, _ domain: String, _ address: String,
        on terminal: Terminal
    ) -> String {
        var lines = ["", "  \(Style.bold("\(domain) is back", on: terminal)):  \(Style.cyan(address, on: terminal))"]
        if let reaches = outcome.database.reaches {
            lines.append(
                "  its data reach to \(reaches.universalSecond): \(BackupRecord.age(start.timeIntervalSince(reaches))) before this was begun (RPO)"
            )
        }
        lines.append("  its files are of \(outcome.filesAt.universalSecond): \(outcome.files) in all")
        if let named = outcome.named, let list = outcome.missingList {
            lines.append("  \(Style.red("!", on: terminal)) \(named.words); their names: \(list)")
            let young = named.missing.count { $0.isYounger(than: outcome.filesAt) }
            if young > 0 { lines.append("    \(young) of them were uploaded after the newest files were kept") }
        } else if let named = outcome.named {
            lines.append("  \(named.words)")
        }
        lines.append("  it took \(ProgressLine.time(.seconds(Int(now.timeIntervalSince(outcome.began))))) (RTO)")
        if isPublic {
            lines.append("  next:  lead the name \(domain) to this computer's address, then:  kopnik certificate issue")
        }
        return lines.joined(separator: "\n")
    }

    /// Reads `2026-11-25 14:30`, with or without seconds and a `Z`.
    /// - Throws: `UsageFailure` where it is something else.
    static func moment(_ text: String?, of option: String = "--at") throws -> Date? {
        guard let text else { return nil }
        guard let match = text.wholeMatch(of: #/(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?(Z| UTC)?/#),
            let date = try? Date("\(match.1)T\(match.2)\(match.3 ?? ":00")Z", strategy: .iso8601)
        else {
            throw UsageFailure(
                description:
                    "kopnik: '\(text)' is no moment\n  because: it has to be a date and a time in UTC\n  fix:     \(option) '2026-11-25 14:30'"
            )
        }
        return date
    }
}
