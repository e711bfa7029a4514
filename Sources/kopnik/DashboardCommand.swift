import ArgumentParser
import Blueprint
import Dashboard
import Deployment
import Engine
import Foundation
import Machine
import Site

struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Opens the live page of nodes, containers and the site's state.",
        discussion: """
            The page is published nowhere. This leads to it from this computer's loopback address for as long as the command runs; Ctrl-C \
            ends that. From another computer: ssh -L 8090:127.0.0.1:8090 SERVER, and there kopnik dashboard --port 8090.
            """)

    @OptionGroup var site: SiteOptions

    @Option(help: "The port of 127.0.0.1 to answer on. Default: 8090, or a free one where that is taken.")
    var port: Int?

    @Flag(inversion: .prefixedNo, help: "Open a browser, where there is a desktop.")
    var browser = true

    @Flag(help: "Print name and password for the page behind nginx (dashboard.path in the site file), and end.")
    var password = false

    func validate() throws {
        if let port, !(1...65535).contains(port) { throw ValidationError("--port is a number from 1 to 65535.") }
    }

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        if password { return try printPassword(deployment) }
        let place = try await place(of: deployment)
        let forwarder = try listen()
        forwarder.lead(to: place, port: 8080)
        forwarder.start()
        let address = "http://127.0.0.1:\(forwarder.port)/"
        let terminal = site.standardOutput
        tell("  \(Style.bold(deployment.site.name, on: terminal))  \(Style.cyan(address, on: terminal))")
        if let path = deployment.site.dashboard.path {
            tell("  also for others, with a password (--password):  \(deployment.address)\(path)/")
        }
        tell("  Ctrl-C ends it.")
        if browser { await openBrowser(address, deployment.world) }
        var asked = ContinuousClock.now
        while true {
            try await Task.sleep(for: .milliseconds(500))
            // The container is replaced by `up` or after a fault; the next one has another address, and its own may become somebody else's.
            guard forwarder.hasLostTarget || asked.duration(to: .now) > .seconds(3) else { continue }
            asked = .now
            if let next = try? await self.place(of: deployment) { forwarder.lead(to: next, port: 8080) }
        }
    }

    /// Where this computer reaches the container.
    private func place(of deployment: Deployment) async throws -> String {
        let container = try await deployment.runningContainer(.dashboard)
        guard let address = try await deployment.docker.gateways()[container] else {
            throw Failure(
                "the dashboard's container cannot be reached",
                because: "Docker names no address of it on this computer",
                fix: "kopnik restart dashboard")
        }
        return address
    }

    private func listen() throws -> Forwarder {
        do {
            do { return try Forwarder(port: port ?? 8090) } catch  where error.isTaken && port == nil {
                return try Forwarder(port: 0)
            }
        } catch {
            throw Failure(
                "could not \(error.what)", because: error.because,
                fix: error.isTaken ? "kopnik dashboard, without --port, takes a free one" : "take a --port above 1023")
        }
    }

    private func printPassword(_ deployment: Deployment) throws {
        guard let path = deployment.site.dashboard.path else {
            throw Failure(
                "the dashboard is not behind nginx, so it has no password",
                because:
                    "the site file has no dashboard.path; on this computer 'kopnik dashboard' opens it without one",
                fix: "write 'dashboard: { path: /dashboard }' into the site file, then kopnik up")
        }
        guard let password = DashboardLogin(deployment: deployment).password else {
            throw Failure(
                "the password cannot be read", because: "only its owner may, or it was never drawn",
                fix: "sudo kopnik dashboard --password, or kopnik up")
        }
        print("address:   \(deployment.address)\(path)/\nname:      \(DashboardLogin.name)\npassword:  \(password)")
    }

    /// A browser, where somebody sits at a desktop of this computer; root's browser would be nobody's.
    private func openBrowser(_ address: String, _ world: World) async {
        let environment = world.environment
        guard isatty(1) == 1, environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil,
            !world.person.isRoot
        else { return }
        _ = try? await world.commands.run(Command("xdg-open", [address], timeLimit: .seconds(10)))
    }
}
