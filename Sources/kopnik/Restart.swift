import ArgumentParser
import Blueprint
import Deployment
import Engine
import Machine

struct Restart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends a service in order and waits until a new container of it is healthy.",
        discussion: "Changes nothing else; the data stay.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The service: db, mail, crossbar, nodejs, files, nginx or keeper.")
    var service: ServiceKind

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try site.raisedDeployment(World.live(progress: renderer))
        let lock = try await deployment.lock(for: "kopnik restart", tellOfWait)
        defer { lock.release() }
        let container = try await deployment.runningContainer(service)
        let start = ContinuousClock.now
        await renderer.report(.started(step: service.rawValue))
        do {
            try await deployment.noted("kopnik restart \(service.rawValue)") {
                try await deployment.docker.restart(container, of: service.rawValue, in: deployment.stack)
            }
            await renderer.report(
                .finished(
                    step: service.rawValue, summary: "healthy again", changed: true, took: start.duration(to: .now)))
        } catch {
            await renderer.report(.failed(step: service.rawValue, took: start.duration(to: .now)))
            throw error
        }
    }
}
