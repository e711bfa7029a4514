import ArgumentParser
import Deployment
import Foundation
import Machine
import Site
import Standby

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Raises the site, or brings it back to what the site file says.",
        discussion:
            "Looks first, shows what it will do, asks, does it, and proves that it holds. Run it as often as you like.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var wish: WishOptions

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Overwrite what somebody changed by hand: those changes are lost (see 'plan').")
    var force = false

    @Flag(help: "Let this computer's programs and browsers trust the site's local authority; 'destroy' undoes it.")
    var trust = false

    @Option(help: "How long to wait for the services, in seconds.")
    var patience: Int = 240

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try wish.deployment(
            site, World.live(progress: renderer),
            Deployment.Options(force: force, trust: trust, patience: .seconds(patience)))
        let start = ContinuousClock.now
        try deployment.completeUpdate()
        let findings = try await deployment.rollout().plan()
        let consent = Consent(verb: .up, force: force)
        try consent.refuseConflicts(findings)
        let changes = findings.flatMap(\.inspection.changes)
        if !changes.isEmpty, !yes {
            try consent.confirm(PlanText.render(findings, on: site.standardOutput, differences: false))
        }
        let outcome = try await changes.isEmpty ? show(findings, deployment) : apply(deployment)
        try await deployment.forgetPair()
        let took = ProgressLine.time(start.duration(to: .now))
        if try deployment.follows {
            return warn("\n  this is the standby; to see how it follows:  kopnik standby")
        }
        let head = outcome > 0 ? "\(deployment.site.domain) is up" : "\(deployment.site.domain) is up, nothing to do"
        let terminal = site.standardError
        warn("\n  \(Style.bold(head, on: terminal)) (\(took)):  \(Style.cyan(deployment.address, on: terminal))")
        for hint in hints(deployment) { warn("  " + hint) }
    }

    /// Everything is as it should be: what was just seen is all there is to say.
    private func show(_ findings: [Rollout.Finding], _ deployment: Deployment) async throws -> Int {
        // What was asked for in between and did not get up is not asked for any more.
        try deployment.remember()
        try deployment.settle()
        for finding in findings {
            let summary = finding.inspection.summary
            await deployment.world.progress.report(
                .finished(step: finding.step, summary: summary, changed: false, took: .zero))
        }
        return 0
    }

    /// - Returns: how many steps changed something.
    private func apply(_ deployment: Deployment) async throws -> Int {
        let count: Int
        do {
            count = try await deployment.operation("kopnik up" + (force ? " --force" : ""), tellOfWait) {
                try deployment.remember()
                let count = try await deployment.rollout().apply()
                try deployment.settle()
                // What was on its way when somebody asked for this instead.
                try deployment.dropUpdate()
                try await deployment.tidy()
                return count
            }
        } catch {
            try? deployment.giveFilesToOwner()
            throw error
        }
        try deployment.giveFilesToOwner()
        // The site of a standby is switched off: there is nothing to prove but that it follows.
        if try !deployment.follows {
            try await Proof.give(deployment, on: site.standardOutput)
        }
        return count
    }

    private func hints(_ deployment: Deployment) -> [String] {
        var lines = ["look inside:  kopnik status"]
        if let refusal = deployment.certificateRefusal {
            lines += [
                "no public certificate yet, so browsers warn of the local one:",
                "  \(refusal.what): \(refusal.because)",
                "  \(refusal.fix)", "  then:  kopnik certificate issue",
            ]
        } else if TypedCommand.isFromAfar {
            return lines
        } else if !deployment.isTrusted, !deployment.site.certificate.isPublic {
            lines.append(
                "the browser will warn once: the certificate is this computer's own. To end that:  kopnik up --trust")
        }
        return lines
    }
}
