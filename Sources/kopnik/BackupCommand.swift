import ArgumentParser
import Deployment
import Foundation
import Machine
import Site

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Keeps the site's data elsewhere, encrypted: now, and each night by itself.",
        discussion:
            "The place is named in the site file (backup.repository). Between the nights the database's log and new files follow each minute.",
        subcommands: [
            Now.self, Setup.self, List.self, BackupPsql.self, BackupTable.self, BackupFile.self, BackupBucket.self,
        ],
        defaultSubcommand: Now.self)

    struct Now: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a backup now.")

        @OptionGroup var site: SiteOptions

        func run() async throws {
            let renderer = ProgressRenderer(terminal: site.standardError)
            let deployment = try site.raisedDeployment(World.live(progress: renderer))
            try await BackupCommand.make(deployment)
            BackupCommand.tellOfKit(deployment, site.standardError)
        }
    }

    struct Setup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Asks for what it takes to reach the place, tries it, and makes the first backup and the recovery kit.",
            discussion: "Run it as often as you like: what is there already is not asked for again.")

        @OptionGroup var site: SiteOptions

        @Flag(name: [.short, .long], help: "Do not ask: take the other computer for the right one.")
        var yes = false

        @Flag(help: "The other computer was installed anew: look at its key again.")
        var newHostKey = false

        @Flag(help: "The server that wrote there before is gone for good: this one writes from now on.")
        var takeOver = false

        func run() async throws {
            let renderer = ProgressRenderer(terminal: site.standardError)
            let deployment = try site.raisedDeployment(World.live(progress: renderer))
            let setup = BackupSetup(deployment: deployment)
            switch try setup.repository() {
            case .sftp(let user, let host, _, _):
                try await acceptHost(setup, host)
                let line = try await setup.publicKey()
                try await reach(setup) {
                    tell(
                        "  On \(host), put this line into the file .ssh/authorized_keys of '\(user)':\n\n\(line)\n")
                }
            case .s3:
                try await askForKeys(deployment, setup)
                try await setup.reach()
            }
            try await deployment.operation("kopnik backup setup", tellOfWait) {
                _ = try await deployment.rollout().apply()
                try await setup.finish { _ in }
                if takeOver { try await setup.takeOver() }
            }
            if takeOver, let words = try await LeftFiles(deployment: deployment).takeFromBackup() { tell("  \(words)") }
            try deployment.giveFilesToOwner()
            try await BackupCommand.make(deployment)
            try await kit(deployment)
        }

        private func acceptHost(_ setup: BackupSetup, _ host: String) async throws {
            guard let key = try await setup.hostKey(isAskedAnew: newHostKey) else { return }
            let prints = key.fingerprints.map { "    \($0)" }.joined(separator: "\n")
            if !yes {
                var consent = Consent(verb: .backupSetup)
                consent.hasPlan = false
                consent.changed = "which computer the data are sent to"
                try consent.confirm(
                    "  \(host) shows these keys; its owner can read them out with 'ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub':\n\(prints)\n\n  The data are sent there if it is the right computer."
                )
            }
            try setup.accept(key)
        }

        /// Tries it; where a person can be asked, again once they did what is shown.
        private func reach(_ setup: BackupSetup, _ show: () -> Void) async throws {
            do { try await setup.reach() } catch let failure as Failure {
                show()
                let prompt = Prompt()
                guard prompt.isTerminal, !yes else { throw failure }
                warn("  it was tried just now: \(failure.because ?? failure.what)")
                _ = try prompt.ask("  When that is done, press Enter")
                try await setup.reach()
            }
        }

        private func askForKeys(_ deployment: Deployment, _ setup: BackupSetup) async throws {
            let keys = Keys(deployment: deployment)
            let prompt = Prompt()
            for name in [Keys.Name.repositoryKeyID, .repositoryKey] where keys.value(name) == nil {
                guard prompt.isTerminal else {
                    throw Failure(
                        "the store's key is missing", because: "\(name.rawValue): \(name.meaning)",
                        fix: "kopnik key set \(name.rawValue) <FILE, then the same command again")
                }
                warn("  \(name.meaning)")
                guard let value = try prompt.ask("  \(name.rawValue)", isHidden: name == .repositoryKey), !value.isEmpty
                else {
                    throw UsageFailure(description: "Nothing was done.")
                }
                try keys.set(name, to: value)
            }
        }

        private func kit(_ deployment: Deployment) async throws {
            let kits = RecoveryKits(deployment: deployment)
            guard !kits.isCurrent || kits.confirmed == nil else { return }
            if Prompt().isTerminal, !yes, !kits.isCurrent {
                try await RecoveryKitCommand.make(deployment, to: ".", on: site.standardOutput)
            } else {
                BackupCommand.tellOfKit(deployment, site.standardError)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what is kept, how large it is, and what is proved.")

        @OptionGroup var site: SiteOptions

        @Flag(help: "Print JSON, for scripts.")
        var json = false

        func run() async throws {
            let deployment = try site.raisedDeployment(World.live())
            let list = try await Backup(deployment: deployment).list()
            let text = BackupListText(
                list: list, drill: Drill(deployment: deployment).lastGood, now: deployment.world.now(),
                repository: deployment.site.backup.repository?.description ?? "")
            if json { try printJSON(text.entries) } else { tell(text.render(on: site.standardOutput)) }
        }
    }

    static func make(_ deployment: Deployment) async throws {
        let start = ContinuousClock.now
        let entry = try await deployment.noted("kopnik backup") { try await Backup(deployment: deployment).run() }
        try deployment.giveFilesToOwner()
        let took = ProgressLine.time(start.duration(to: .now))
        let sent = entry.addedBytes.map { ", \(ByteText.of($0)) sent" } ?? ""
        warn("\n  \(deployment.site.domain) is kept (\(took)\(sent)):  kopnik backup list")
    }

    /// What a backup is worth without.
    static func tellOfKit(_ deployment: Deployment, _ terminal: Terminal) {
        guard let complaint = RecoveryKits(deployment: deployment).complaint else { return }
        warn("  \(Style.red("!", on: terminal)) \(complaint.what): \(complaint.because)\n    \(complaint.fix)")
    }
}

extension Rollout.Verb {
    /// `kopnik backup setup`.
    static let backupSetup = Rollout.Verb(apply: "kopnik backup setup", plan: "kopnik plan")
}

/// What is kept, as a person reads it.
struct BackupListText {
    var list: BackupList
    var drill: Drill.Result?
    var now: Date
    var repository: String

    struct Entry: Encodable, Equatable {
        var at: Date
        var kind: String
        var name: String
        var bytes: Int?
        var addedBytes: Int?
        var isDamaged: Bool?
        /// Whether a drill brought all back since.
        var isProved: Bool
    }

    /// The oldest first.
    var entries: [Entry] {
        let proved = drill?.at ?? .distantPast
        let copies = list.database.backups.map { copy in
            let at = Date(timeIntervalSince1970: copy.stop)
            return Entry(
                at: at, kind: "database, \(copy.type)", name: copy.label, bytes: copy.databaseBytes,
                addedBytes: copy.addedBytes, isDamaged: copy.isDamaged, isProved: !copy.isDamaged && at <= proved)
        }
        let snapshots = list.snapshots.filter { !$0.tags.contains("owner") }.map { snapshot in
            Entry(
                at: snapshot.at, kind: snapshot.tags.first ?? "files", name: snapshot.id, bytes: snapshot.bytes,
                isProved: snapshot.at <= proved && !snapshot.tags.contains("dump"))
        }
        return (copies + snapshots).sorted { $0.at < $1.at }
    }

    func render(on terminal: Terminal) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        // Of the uploads, one a minute at most, the newest alone.
        let uploads = entries.filter { $0.kind == "uploads" }
        let shown = entries.filter { $0.kind != "uploads" } + uploads.suffix(1)
        guard !shown.isEmpty else { return "  nothing is kept in \(repository) yet:  kopnik backup" }
        var lines = ["  \(Style.bold(repository, on: terminal))", ""]
        for entry in shown.sorted(by: { $0.at < $1.at }) {
            let mark =
                entry.isDamaged == true
                ? Style.red("✗", on: terminal)
                : entry.isProved ? Style.green("✓", on: terminal) : Style.dim("·", on: terminal)
            let size = entry.bytes.map(ByteText.of) ?? ""
            let added = entry.addedBytes.map { "+\(ByteText.of($0))" } ?? ""
            lines.append(
                "  \(mark) \(entry.at.universalMinute)  \(padded(entry.kind, 17))\(padded(size, 10))\(padded(added, 11))\(Style.dim(entry.name, on: terminal))"
                    + (entry.isDamaged == true ? "  damaged: not restored from" : ""))
        }
        lines.append("")
        if let drill {
            let lost = drill.lost.map { ", at most \(BackupRecord.age($0)) of work lost" } ?? ""
            lines.append(
                "  proved \(BackupRecord.age(now.timeIntervalSince(drill.at))) ago: all came back in \(ProgressLine.time(.seconds(Int(drill.took))))\(lost)"
            )
        } else {
            lines.append("  \(Style.red("!", on: terminal)) not proved yet that all of it comes back:  kopnik drill")
        }
        return lines.joined(separator: "\n")
    }
}
