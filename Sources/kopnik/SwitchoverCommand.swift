import ArgumentParser
import Deployment
import Foundation
import Machine
import Site
import Standby

struct SwitchoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchover", abstract: "On the standby, while all is well: the two servers change places.",
        discussion: """
            Before work on the main server, or to rehearse. The site is away for about half a minute; nothing is lost, nothing is copied. \
            Broken off, the same command goes on.
            """)

    @OptionGroup var site: SiteOptions

    @Flag(help: "Only say whether it could be done; exit code 3: it could.")
    var plan = false

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Option(help: "How long to wait for the services, in seconds.")
    var patience: Int = 240

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try site.deploymentOfTwo(patience, renderer)
        let switchover = Switchover(deployment: deployment)
        var finding = try await look(switchover)
        let what =
            "  The main server stops the site and follows this one; this server leads, in epoch \(finding.epoch ?? 0).\n  The site is away for about half a minute. Nothing is lost."
        if plan {
            tell(what)
            throw ExitStatus.changes
        }
        if !yes {
            try Consent(verb: .switchover).confirm(what)
            // Whoever thought for long meant what was so then.
            finding = try await look(switchover)
        }
        let (start, found) = (ContinuousClock.now, finding)
        let outcome = try await renderer.part("Switchover") { detail in
            let outcome = try await deployment.operation("kopnik switchover", tellOfWait) {
                try await switchover.run(found, detail)
            }
            try deployment.giveFilesToOwner()
            return (outcome, "epoch \(outcome.epoch)")
        }
        tell(
            """
              this server leads, epoch \(outcome.epoch), after \(ProgressLine.time(start.duration(to: .now))); the other one follows
            \(outcome.filesText)
              next:  lead the name \(deployment.site.domain) to this server's address (DNS), if the address did not come along
                     to see how the other one follows:  kopnik standby
            """)
        tellWhatRemains(deployment)
    }

    private func look(_ switchover: Switchover) async throws -> Switchover.Finding {
        let finding = try await switchover.look()
        if case .refused(let because, let fix) = finding.judgement {
            throw Failure("the two servers do not change places", because: because, fix: fix)
        }
        return finding
    }
}

extension Rollout.Verb {
    fileprivate static let switchover = Rollout.Verb(apply: "kopnik switchover", plan: "kopnik switchover --plan")
}
