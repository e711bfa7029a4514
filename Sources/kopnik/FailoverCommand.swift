import ArgumentParser
import Deployment
import Foundation
import Machine
import Site
import Standby

struct FailoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failover", abstract: "On the standby, when the main server is gone: this one takes over.",
        discussion: "Refused while the main server answers in any way. Broken off, the same command goes on.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Only say what would be done and what it may cost; exit code 3: it could be done.")
    var plan = false

    @Option(help: "The site's name, instead of being asked for it.")
    var confirm: String?

    @Flag(help: "Take over although acknowledged writes may be missing here.")
    var allowDataLoss = false

    @Flag(
        help:
            "Take over although that cannot be written down beside the backups, where the main server would read it: it must never start again by itself."
    )
    var withoutRecord = false

    @Option(help: "How long to wait for the services, in seconds.")
    var patience: Int = 240

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try site.deploymentOfTwo(patience, renderer)
        let failover = Failover(deployment: deployment)
        var finding = try await failover.look()
        let cost = try cost(finding)
        if plan {
            tell(
                "\(cost)\n  it would raise the epoch to \((finding.record?.epoch ?? 0) + 1), promote the database here, and start the whole site"
            )
            throw ExitStatus.changes
        }
        try TypedName.ask(
            deployment.site.name, given: confirm,
            "\(cost)\n  This server takes over. The old main server must not come back unseen: it stays stopped when it sees this one.",
            command: "kopnik failover")
        if confirm == nil { finding = try await lookAgain(failover, shown: finding) }
        finding.isWrittenDown = !withoutRecord
        let outcome = try await take(failover, finding, deployment, renderer)
        let lost =
            finding.judgement.isComplete
            ? "nothing that was acknowledged is lost" : "what was acknowledged after that may be lost"
        let heard =
            finding.view.silence.map { "the main server was last heard of \(BackupRecord.age($0)) before" }
            ?? "the main server was never heard of"
        tell(
            """
              this server leads, epoch \(outcome.epoch)
              RPO: \(lost); \(heard)
              RTO: first write after \(ProgressLine.time(outcome.firstWrite)), whole site after \(ProgressLine.time(outcome.whole))
            \(outcome.filesText)
              next:  lead the name \(deployment.site.domain) to this server's address (DNS), if the address did not come along
                     when the old one is repaired, on it:  kopnik rejoin
            """)
        tellWhatRemains(deployment)
    }

    /// Whoever thought for a while meant what was shown then: it may not have become worse, nor may the main server have come back.
    private func lookAgain(_ failover: Failover, shown: Failover.Finding) async throws -> Failover.Finding {
        let now = try await failover.look()
        let price = try cost(now)
        guard now.judgement.isComplete || !shown.judgement.isComplete else {
            throw Failure(
                "nothing was done", because: "it has changed while you were asked: \(price.trimmed)",
                fix: "the same command again, if you still want it")
        }
        return now
    }

    /// What it may cost, in words.
    /// - Throws: `Failure` where it may not be done.
    private func cost(_ finding: Failover.Finding) throws -> String {
        switch finding.judgement {
        case .refused(let because, let fix):
            throw Failure("this server does not take over", because: because, fix: fix)
        case .complete(let why):
            return "  nothing that was acknowledged is lost: \(why)"
        case .mayLose(let why):
            guard allowDataLoss || plan else {
                throw Failure(
                    "this server does not take over unasked: something may be lost", because: why,
                    fix:
                        "if the main server can be switched on again, that loses nothing. If not:  kopnik failover --allow-data-loss"
                )
            }
            return "  something may be lost (--allow-data-loss): \(why)"
        }
    }

    private func take(
        _ failover: Failover, _ finding: Failover.Finding, _ deployment: Deployment, _ renderer: ProgressRenderer
    ) async throws -> Failover.Outcome {
        try await renderer.part("Failover") { detail in
            let outcome = try await deployment.operation("kopnik failover", tellOfWait) {
                try await failover.run(finding, detail)
            }
            try deployment.giveFilesToOwner()
            return (outcome, "epoch \(outcome.epoch)")
        }
    }
}

extension FailoverJudgement {
    fileprivate var isComplete: Bool { if case .complete = self { true } else { false } }
}

struct RejoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejoin", abstract: "On a server that led before: makes it the standby of the one that leads now.",
        discussion: "The database is copied anew; the data that are here are put aside, whole.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Only say what would be done; exit code 3: it could be done.")
    var plan = false

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Option(help: "How long to wait for the services, in seconds.")
    var patience: Int = 240

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try site.deploymentOfTwo(patience, renderer)
        let rejoin = Rejoin(deployment: deployment)
        let epoch = try await rejoin.check()
        let change =
            "  This server becomes the standby of the other one (epoch \(epoch)).\n  Its database is replaced by a copy of the other's; what is here now is put aside, whole."
        try Consent(verb: .rejoin).settle(change, isPlan: plan, isGiven: yes)
        try await deployment.operation("kopnik rejoin", tellOfWait) {
            try await renderer.part("Copy") { detail in
                try await rejoin.begin(epoch, detail)
                return ((), "follows epoch \(epoch)")
            }
            _ = try await deployment.rollout().apply()
        }
        try deployment.giveFilesToOwner()
        tell("  this is the standby now; to see how it follows:  kopnik standby")
    }
}

extension Rollout.Verb {
    fileprivate static let rejoin = Rollout.Verb(apply: "kopnik rejoin", plan: "kopnik rejoin --plan")
}
