import ArgumentParser
import Deployment
import Foundation
import Machine
import Site
import Verify

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
        let findings = try await deployment.rollout().plan()
        try refuseConflicts(findings)
        let changes = findings.flatMap(\.inspection.changes)
        if !changes.isEmpty, !yes { try confirm(findings) }
        let outcome = try await changes.isEmpty ? show(findings, deployment) : apply(deployment)
        let took = ProgressLine.time(start.duration(to: .now))
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
        let lock = try deployment.lock(for: "kopnik up")
        defer { lock.release() }
        try deployment.remember()
        let count: Int
        do {
            count = try await deployment.rollout().apply()
            try deployment.settle()
        } catch {
            try? deployment.giveFilesToOwner()
            throw error
        }
        try deployment.giveFilesToOwner()
        try await prove(deployment)
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
        } else if !deployment.isTrusted, !deployment.site.certificate.isPublic {
            lines.append(
                "the browser will warn once: the certificate is this computer's own. To end that:  kopnik up --trust")
        }
        return lines
    }

    /// What somebody did by hand is never undone unasked.
    private func refuseConflicts(_ findings: [Rollout.Finding]) throws {
        let conflicts = findings.flatMap(\.inspection.changes).filter { $0.conflict != nil }
        guard !conflicts.isEmpty, !force else { return }
        throw Failure(
            conflicts.compactMap(\.conflict).joined(separator: "\n"),
            because: "'up' would undo that ('kopnik plan' shows the differences)",
            fix: "kopnik up --force (your change is lost), or put it into the site file")
    }

    private func confirm(_ findings: [Rollout.Finding]) throws {
        guard isatty(0) == 1 else {
            throw UsageFailure(
                description:
                    "kopnik: this would change your computer\n  because: standard input is no terminal, so there is nobody to ask\n  fix:     kopnik plan (to see what), then kopnik up --yes"
            )
        }
        tell(PlanText.render(findings, on: site.standardOutput, differences: false))
        print("\nDo this? [y/N] ", terminator: "")
        fflush(nil)
        guard ["y", "yes", "д", "да"].contains((readLine() ?? "").trimmed.lowercased()) else {
            throw UsageFailure(description: "Nothing was done.")
        }
    }

    /// The full proof, after something was changed; where nothing was, every service is healthy and that will do.
    private func prove(_ deployment: Deployment) async throws {
        let progress = deployment.world.progress
        let start = ContinuousClock.now
        let step = "Verified"
        await progress.report(.started(step: step))
        let report = try await deployment.verification().run { await progress.report(.detail(step: step, $0)) }
        let took = start.duration(to: .now)
        // Broken off, it saw little: that is no finding.
        if Task.isCancelled {
            await progress.report(.failed(step: step, took: took))
            throw CancellationError()
        }
        guard !report.isGood else {
            return await progress.report(.finished(step: step, summary: report.summary, changed: false, took: took))
        }
        await progress.report(.failed(step: step, took: took))
        tell(report.text(on: site.standardOutput))
        throw ExitStatus.failed
    }
}
