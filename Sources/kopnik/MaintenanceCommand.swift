import ArgumentParser
import Deployment
import Foundation
import Machine

struct MaintenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Shows visitors that the site is being worked on, and takes no new requests.",
        discussion: """
            The database, mail and everything else go on running. It lasts over 'up', 'update' and a start of the computer, until somebody \
            ends it.
            """,
        subcommands: [MaintenanceStatus.self, MaintenanceOn.self, MaintenanceOff.self],
        defaultSubcommand: MaintenanceStatus.self)
}

struct MaintenanceStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says whether visitors are shown the page.",
        discussion: "Exit code 0: they are not; 3: they are.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        guard let words = Maintenance(deployment: deployment).words else {
            return tell("  no maintenance: visitors see the site")
        }
        tell("  \(words)\n  to end it:  kopnik maintenance off")
        throw ExitStatus.changes
    }
}

struct MaintenanceOn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "on", abstract: "Begins it; those who are connected are disconnected in order.")

    @OptionGroup var site: SiteOptions

    @Option(help: "What visitors are told besides, such as: 'until 18:00'.")
    var say: String?

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try site.raisedDeployment(World.live(progress: renderer))
        guard try !deployment.follows else {
            throw Failure(
                "this server follows: visitors do not come here", because: "the site is switched off on it",
                fix: "type it on the server that leads (kopnik standby)")
        }
        let say = say
        try await renderer.part("Maintenance") { _ in
            try await deployment.operation("kopnik maintenance on", tellOfWait) {
                try await Maintenance(deployment: deployment).begin(note: say)
            }
            try deployment.giveFilesToOwner()
            return ((), "visitors are shown the page")
        }
        tell("  to end it:  kopnik maintenance off")
    }
}

struct MaintenanceOff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "off", abstract: "Ends it.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let maintenance = Maintenance(deployment: deployment)
        guard let since = maintenance.since else { return tell("  nothing to do: visitors see the site") }
        try await deployment.operation("kopnik maintenance off", tellOfWait) { try maintenance.end() }
        tell("  visitors see the site again; it lasted since \(since.universalMinute)")
    }
}
