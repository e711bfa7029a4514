import ArgumentParser
import Deployment
import Foundation
import Machine
import Site
import Standby
import Verify

struct StandbyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standby", abstract: "The second server: how it follows, and what it needs.",
        discussion: "What to do when the main server dies at night: docs/standby.md.",
        subcommands: [
            StandbyStatus.self, StandbyHandOver.self, StandbyAccept.self, StandbyDegrade.self, StandbyForcePrimary.self,
            StandbyMaintenance.self,
        ],
        defaultSubcommand: StandbyStatus.self)
}

struct StandbyStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says which server leads, how far the other is behind, and what is wrong.",
        discussion: "Exit code 1: something needs a look.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let deployment = try site.deployment(World.live())
        let report = try await PairReport.read(deployment)
        if json { try printJSON(report) } else { tell(report.text(on: site.standardOutput)) }
        if !report.isWell { throw ExitStatus.failed }
    }
}

/// How the two servers stand, as this one sees it.
struct PairReport: Codable {
    var name: String
    var role: String
    var epoch: Int
    var promise: String
    var bond: String
    /// What the other host's database said: its epoch and whether it leads; `nil` where it did not answer.
    var peerEpoch: Int?
    var peerLeads: Bool?
    var database: PairLook?
    /// For how many seconds the standby has not heard of the main server.
    var silence: Double?
    /// Whether the standby was taken out, and by whom it is known: on either server.
    var standbyIsOut = false
    /// For how many seconds the one that follows has not had all uploaded files; and on that one, how many there were.
    var filesAge: Double?
    var files: Int?
    var complaints: [String]

    /// Why the uploaded files do not follow.
    var filesComplaint: String?

    /// Files that rows name, that were not here when this one took over, and that neither the other server nor a backup gave back yet.
    var missingFiles: [String] = []

    var isWell: Bool { complaints.isEmpty }

    /// As the proof judges it.
    var twoServers: TwoServers {
        let leads = role == HostRecord.Role.primary.rawValue
        let isStreaming = (leads ? database?.follower?.isStreaming : database?.isStreaming) ?? false
        return TwoServers(
            leads: leads, epoch: epoch, peerLeads: peerLeads, hasFollowed: bond != Bond.unpaired.rawValue,
            isStreaming: isStreaming, waits: database?.together == true, filesAge: filesAge,
            filesComplaint: filesComplaint)
    }

    static func read(_ deployment: Deployment) async throws -> PairReport {
        let pair = Pair(deployment: deployment)
        guard let record = try pair.record() else {
            throw Failure(
                "this site has one server", because: "nothing was written down here of another one",
                fix: "docs/standby.md tells how to add a second")
        }
        async let asked = pair.inquire()
        let look = try? await pair.look()
        var report = PairReport(
            name: record.name.rawValue, role: record.role.rawValue, epoch: record.epoch,
            promise: deployment.site.standby.promise.rawValue, bond: record.bond.rawValue, database: look,
            complaints: [])
        let (answer, trouble) = await asked
        if case .epoch(let epoch, let leads) = answer { (report.peerEpoch, report.peerLeads) = (epoch, leads) }
        if record.role == .standby { report.silence = look?.stream?.silence ?? pair.silence() }
        report.standbyIsOut = record.standbyIsOut == true || record.role == .standby && look?.barred == true
        report.complaints = complaints(record, report)
        if record.role == .primary, let complaint = HandedOver(deployment: deployment).complaint {
            report.complaints.append(complaint)
        }
        if let complaint = Pair.distrust(trouble), !report.standbyIsOut { report.complaints.insert(complaint, at: 0) }
        let mirror = Mirror(deployment: deployment)
        report.filesAge = mirror.age(of: record)
        if record.role == .standby, report.filesAge != nil { report.files = mirror.count }
        report.filesComplaint = mirror.complaint(of: record)
        if record.role == .primary { report.missingFiles = LeftFiles(deployment: deployment).missing.map(\.shown) }
        if let complaint = report.filesComplaint, !report.standbyIsOut { report.complaints.append(complaint) }
        return report
    }

    private static func complaints(_ record: HostRecord, _ report: PairReport) -> [String] {
        var found: [String] = []
        if let epoch = report.peerEpoch, epoch > record.epoch {
            found.append("the other server is in epoch \(epoch): it leads, and this one does not any more")
        } else if record.role == .fenced {
            found.append(
                "the other server was made the main one: nothing starts here. To make this one its standby:  kopnik rejoin"
            )
        }
        if record.isSteppingDown == true {
            return found + ["this server is stepping down; its keeper is at it:  kopnik logs keeper"]
        }
        guard let look = report.database else {
            return record.role == .fenced ? found : found + ["the database does not answer here:  kopnik logs db"]
        }
        switch record.role {
        case .primary where look.isInRecovery:
            found.append("the database still follows: a failover was broken off. To go on:  kopnik failover")
        case .primary:
            if let weakness = look.weakness { found.append(weakness) }
            if look.barred == true, record.standbyIsOut != true {
                found.append(
                    "the standby was told to stay where it is, which was broken off:  kopnik standby maintenance off")
            }
            if look.slotIsLost {
                found.append("the standby was away too long and has to be copied anew (on it: kopnik rejoin)")
            }
            if look.follower == nil, !report.standbyIsOut {
                found.append(
                    report.peerEpoch == nil
                        ? "no standby follows, and the other server's database does not answer"
                        : "no standby follows, although the other server's database answers")
            }
            if record.bond == .together, look.follower == nil {
                found.append("writes wait for the standby. To go on without it:  kopnik standby degrade")
            }
        case .standby where look.steppedDown == record.epoch + 1 && report.peerLeads != true:
            found.append("the main server stepped down for this one, and nobody leads:  kopnik switchover")
        case .standby where look.steppedDown == record.epoch && report.peerLeads == false:
            found.append("this server stepped down, and nobody leads. On the other server:  kopnik switchover")
        case .standby where report.peerLeads == false:
            found.append("nobody leads. On the server that is to:  kopnik failover --plan")
        case .standby:
            if !look.isStreaming { found.append("nothing comes from the main server") }
            if report.peerEpoch == nil { found.append("the main server's database does not answer") }
        case .fenced: break
        }
        return found
    }

    func text(on terminal: Terminal) -> String {
        let part = HostRecord.Role(rawValue: role)?.words ?? role
        var lines = ["  \(Style.bold("\(name) \(part)", on: terminal)), epoch \(epoch), promise: \(promise)"]
        if role == HostRecord.Role.primary.rawValue {
            switch Bond(rawValue: bond) {
            case .together: lines.append("  each write waits until the standby has it")
            case .unpaired: lines.append("  no standby has followed yet in this epoch: writes do not wait")
            case .lost: lines.append("  the standby went away: writes go on without it")
            case .degraded: lines.append("  writes go on without the standby, as somebody decided")
            case nil: break
            }
            if standbyIsOut {
                lines.append("  the standby is taken out; to take it back in:  kopnik standby maintenance off")
            }
            if let follower = database?.follower {
                let seconds = follower.seconds.map { String(format: ", %.1f s", $0) } ?? ""
                lines.append(
                    "  the standby is \(follower.state), \(follower.lag) bytes behind\(seconds) (\(follower.sync))")
            }
            if let kept = database?.kept, kept > 64 << 20 {
                lines.append("  \(kept >> 20) MB of the log are kept for the standby")
            }
        }
        if let stream = database?.stream, role == HostRecord.Role.standby.rawValue {
            lines.append(
                "  it streams; heard of the main server \(String(format: "%.1f", stream.silence)) s ago, \(stream.lag) bytes to replay"
            )
            lines.append(
                database?.together == true
                    ? "  what the main server acknowledges is here already"
                    : "  the main server's writes do not wait for this one")
        } else if let silence {
            lines.append("  last heard of the main server \(BackupRecord.age(silence)) ago")
        }
        if standbyIsOut, role == HostRecord.Role.standby.rawValue {
            lines.append("  the main server has taken this one out: it is not to take over")
        }
        if let filesAge {
            let ago = "\(BackupRecord.age(filesAge)) ago"
            lines.append(
                files.map { "  \($0) uploaded files are here: all that the main server had \(ago)" }
                    ?? "  the standby had all uploaded files \(ago)")
        }
        if !missingFiles.isEmpty {
            let (first, rest) = (missingFiles.prefix(3).joined(separator: ", "), missingFiles.count - 3)
            lines.append(
                "  \(missingFiles.count) uploaded \(missingFiles.count == 1 ? "file has" : "files have") not come back: \(first)\(rest > 0 ? " and \(rest) more" : "")"
            )
        }
        if let peerEpoch {
            lines.append("  the other server: epoch \(peerEpoch), \(peerLeads == true ? "leads" : "follows")")
        }
        lines += complaints.map { "  \(Style.red("!", on: terminal)) \($0)" }
        return lines.joined(separator: "\n")
    }
}

struct StandbyHandOver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hand-over", abstract: "Writes what the standby has to have: passwords, keys, certificates.",
        discussion: "The file opens everything: carry it straight to the other server (scp), and remove it on the way.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The file to write.", completion: .file())
    var path: String

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let whole = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
        try await HandOver(deployment: deployment).write(to: whole)
        tell(
            "  written: \(whole)\n  next:  carry it to the other server (scp), then there:  kopnik standby accept FILE;  remove it here:  rm \(Command.quoted(whole))"
        )
    }
}

struct StandbyAccept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Takes what the main server handed over; then 'kopnik up' makes this the standby.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The file that the main server wrote.", completion: .file())
    var path: String

    func run() async throws {
        let deployment = try site.deployment(World.live())
        let whole = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
        let record = try await deployment.operation("kopnik standby accept", tellOfWait) {
            try await HandOver(deployment: deployment).accept(whole)
        }
        try deployment.giveFilesToOwner()
        tell(
            "  this is '\(record.name.rawValue)' of \(deployment.site.name), epoch \(record.epoch)\n  next:  kopnik up;  and remove the file:  rm \(Command.quoted(whole))"
        )
    }
}

struct StandbyDegrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "degrade", abstract: "On the main server: lets writes go on while the standby is away.",
        discussion: "They wait for it again as soon as it follows.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Only say what would be done and what it may cost; exit code 3: it could be done.")
    var plan = false

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let pair = Pair(deployment: deployment)
        let record = try pair.leader(because: "only there do writes wait")
        guard record.bond == .together else {
            return tell("  nothing to do: writes do not wait for the standby")
        }
        guard try await pair.look().follower == nil else {
            throw Failure(
                "the standby follows", because: "writes that wait for it do not wait long",
                fix: "kopnik standby shows how far it is behind")
        }
        let cost =
            "  Writes go on without the standby.\n  What is written from now on is on this server alone: if it dies too, that is lost.\n  The standby cannot be told: whoever types 'kopnik failover' there has to know."
        try Consent(verb: .degrade).settle(cost, isPlan: plan, isGiven: yes)
        try await deployment.noted("kopnik standby degrade") {
            try pair.mustStillBe(record)
            try await pair.bind(.degraded)
            try await pair.tell(record, together: false)
        }
        tell("  writes go on without the standby; they wait for it again as soon as it follows")
    }
}

struct StandbyForcePrimary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "force-primary",
        abstract: "On a main server that does not start because the standby is silent: starts it all the same.",
        discussion:
            "For this start of the computer alone. Wrong where the standby was made the main server meanwhile: then two write."
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "The site's name, instead of being asked for it.")
    var confirm: String?

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let pair = Pair(deployment: deployment)
        guard let record = try pair.record(), record.role != .standby else {
            throw Failure(
                "this server cannot be forced to lead", because: "it is not one that led last",
                fix: "kopnik standby")
        }
        let isFenced = record.role == .fenced
        if case .epoch(let epoch, let leads) = try await pair.ask(for: Pair.patience).answer,
            leads || epoch > record.epoch || isFenced
        {
            throw Failure(
                "the other server leads, in epoch \(epoch)", because: "it answers: there is nothing to guess",
                fix: "kopnik rejoin")
        }
        try TypedName.ask(
            deployment.site.name, given: confirm,
            "  The other server does not answer. If it was made the main one meanwhile, both will write from now on,\n  and what one of them wrote will be lost.",
            command: "kopnik standby force-primary")
        try await deployment.noted("kopnik standby force-primary") {
            try pair.mustStillBe(record)
            // One that was stopped for a later epoch begins one above all that is known.
            var forced = record
            if isFenced {
                let known = max(record.epoch, await EpochRecord(deployment: deployment).ask().epoch ?? 0)
                forced = HostRecord(name: record.name, role: .primary, epoch: known + 1, since: deployment.world.now())
            }
            forced.forcedBoot = Computer.bootID
            try pair.write(forced)
        }
        tell("  it starts now:  kopnik status")
    }
}

extension Pair {
    /// What the server that leads knows of itself.
    /// - Throws: `Failure` on the other one, with the reason why it is for the one that leads.
    func leader(because: String) throws -> HostRecord {
        guard let record = try record(), record.role == .primary else {
            throw Failure(
                "this server does not lead", because: because,
                fix: "type it on the other server; kopnik standby shows which one leads")
        }
        return record
    }
}

extension Rollout.Verb {
    fileprivate static let degrade = Rollout.Verb(
        apply: "kopnik standby degrade", plan: "kopnik standby degrade --plan")
}
