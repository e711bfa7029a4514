import ArgumentParser
import Deployment
import Machine
import Site

struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes the newest commits of the sources, without visitors noticing.",
        discussion:
            "Fetches and builds beside what runs, and switches when all of it is healthy; otherwise everything stays as it was. The last five releases are kept: see 'rollback'."
    )

    @OptionGroup var site: SiteOptions

    @Flag(help: "Make the images anew too, on today's Debian with its security updates; every service is replaced.")
    var images = false

    @OptionGroup var exchange: ExchangeOptions

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        var deployment = try site.raisedDeployment(World.live(progress: renderer))
        deployment.options = Deployment.Options(
            force: exchange.force, patience: .seconds(exchange.patience), isUpdate: true)
        let start = ContinuousClock.now
        try await prepare(deployment)
        let findings = try await deployment.rollout().plan()
        let consent = Consent(verb: .update, force: exchange.force, hasPlan: false)
        try consent.refuseConflicts(findings)
        guard findings.contains(where: { !$0.inspection.isClean }) else {
            try deployment.dropUpdate()
            let titles = findings.first { $0.step == "Sources" }?.inspection.summary ?? ""
            return tell("  nothing new: \(titles)")
        }
        if !exchange.yes { try consent.confirm(PlanText.render(findings, on: site.standardOutput, differences: false)) }
        try await apply(deployment)
        let took = ProgressLine.time(start.duration(to: .now))
        let terminal = site.standardError
        warn("\n  \(Style.bold("\(deployment.site.domain) is updated", on: terminal)) (\(took))")
        warn("  to go back:  kopnik rollback")
    }

    private func prepare(_ deployment: Deployment) async throws {
        let lock = try await deployment.lock(for: "kopnik update", tellOfWait)
        defer { lock.release() }
        try deployment.prepareUpdate(renewBase: images)
    }

    private func apply(_ deployment: Deployment) async throws {
        do {
            try await deployment.operation("kopnik update" + (images ? " --images" : ""), tellOfWait) {
                // Another 'up' may have come in between.
                try deployment.prepareUpdate(renewBase: images)
                _ = try await deployment.rollout().apply()
                try deployment.finishUpdate()
                try await deployment.tidy()
            }
        } catch {
            // Broken off it goes on the next time; failed it leaves nothing behind.
            if error is Failure { try? deployment.endFailedUpdate() }
            try? deployment.giveFilesToOwner()
            throw error
        }
        try deployment.giveFilesToOwner()
        try await Proof.give(deployment, on: site.standardOutput)
    }
}
