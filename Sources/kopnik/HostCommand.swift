import ArgumentParser
import Blueprint
import Foundation
import Host
import Machine
import Site

struct HostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "Makes this computer a server of the specification: users, SSH, SFTP, updates, firewall.",
        discussion: "On the server itself, as root; or from another computer, with --on.",
        subcommands: [HostPlan.self, HostApply.self], defaultSubcommand: HostPlan.self)
}

/// What both verbs need.
struct HostOptions: ParsableArguments {
    @Option(help: "The port for http. Default: the site's.")
    var httpPort: Int?

    @Option(help: "The port for https. Default: the site's.")
    var httpsPort: Int?

    func server(_ options: SiteOptions, _ world: World) throws -> Server {
        // Where there is no site file, what was asked for last time: its ports must not be closed.
        let site =
            try options.siteFromFile()
            ?? options.rememberedSite(world, name: options.name ?? "kopnik", asAskedFor: true) ?? Site()
        // That of the database is shut to all but the other server by a table of its own.
        let ports = Set(
            [httpPort ?? site.ports.http, httpsPort ?? site.ports.https]
                + (site.hosts.isPair ? [PairPlan.port, PairPlan.filesPort] : []))
        let access: Server.Access = site.server.reachedBy == .owner ? .owner : .internet
        return Server(
            world: world,
            wish: Server.Wish(
                access: access, sitePorts: ports.sorted(), desktop: site.server.desktop == .xfce,
                nvmMirror: site.server.nvm, nodeMirror: site.server.node))
    }
}

struct HostPlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows what 'host apply' would do to this server, and changes nothing.",
        discussion: "Exit code 0: nothing to do; 3: there is something to do.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var options: HostOptions

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let findings = try await options.server(site, World.live()).rollout().plan()
        try PlanText.show(findings, apply: "kopnik host apply", json: json, on: site.standardOutput)
    }
}

struct HostApply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Brings this server to the specification.",
        discussion: "Looks first, shows what it will do, asks, does it. Run it as often as you like.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var options: HostOptions

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Overwrite what somebody changed by hand: those changes are lost (see 'host plan').")
    var force = false

    /// `up --on` goes on by itself: what it would say of the next step is nothing to type.
    @Flag(name: .customLong("then-up"), help: .private)
    var isFollowedByUp = false

    func run() async throws {
        let start = ContinuousClock.now
        let renderer = ProgressRenderer(terminal: site.standardError)
        let server = try options.server(site, World.live(progress: renderer))
        let rollout = server.rollout(force: force)
        let findings = try await rollout.plan()
        let changes = findings.flatMap(\.inspection.changes)
        let consent = Consent(verb: .hostApply, changed: "this server", force: force)
        try consent.refuseConflicts(findings)
        if !changes.isEmpty, !yes {
            try consent.confirm(PlanText.render(findings, on: site.standardOutput, differences: false))
        }
        let lock = try server.lock()
        defer { lock.release() }
        let count = try await rollout.apply()
        let took = ProgressLine.time(start.duration(to: .now))
        let head = count > 0 ? "This server is set up" : "This server is set up, nothing to do"
        let next = isFollowedByUp ? "" : " Next:  kopnik up"
        warn("\n  \(Style.bold(head, on: site.standardError)) (\(took)).\(next)")
    }
}
