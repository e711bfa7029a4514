import ArgumentParser
import Deployment
import Foundation
import Machine
import Standby

struct StandbyMaintenance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "On the main server: takes the standby out while somebody works on it, or back in.",
        discussion: """
            Writes do not wait for it meanwhile, it does not take over unless somebody insists, and a restart of the main server does not wait \
            for its answer.
            """,
        subcommands: [StandbyMaintenanceOn.self, StandbyMaintenanceOff.self])

    static let because = "the one that leads has to go on without the other"
}

struct StandbyMaintenanceOn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "on", abstract: "Takes the standby out.",
        discussion: "What is written meanwhile is on the main server alone until the standby follows again.")

    @OptionGroup var site: SiteOptions

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let pair = Pair(deployment: deployment)
        let record = try pair.leader(because: StandbyMaintenance.because)
        guard record.standbyIsOut != true else { return tell("  nothing to do: the standby is out already") }
        if !yes {
            try Consent(
                verb: Rollout.Verb(apply: "kopnik standby maintenance on", plan: "kopnik standby"), hasPlan: false
            )
            .confirm(
                "  The standby is taken out: writes do not wait for it, and it does not take over.\n  What is written until it is back in is on this server alone: if it dies, that is lost."
            )
        }
        try await deployment.noted("kopnik standby maintenance on") {
            try await StandbyLeave(deployment: deployment).begin(record)
        }
        tell(
            "  the standby is out: it may be switched off, and so may this server\n  when the work is done:  kopnik standby maintenance off"
        )
    }
}

struct StandbyMaintenanceOff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "off", abstract: "Takes the standby back in.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let pair = Pair(deployment: deployment)
        let record = try pair.leader(because: StandbyMaintenance.because)
        // Where taking it out was broken off, it may believe so alone.
        let isTold = try await pair.look().barred == true
        guard record.standbyIsOut == true || isTold else {
            return tell("  nothing to do: the standby is not out")
        }
        try await deployment.noted("kopnik standby maintenance off") {
            try await StandbyLeave(deployment: deployment).end()
        }
        tell("  writes wait for the standby again as soon as it follows:  kopnik standby")
    }
}
