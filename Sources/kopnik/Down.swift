import ArgumentParser
import Deployment
import Foundation
import Machine
import Site

struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stops the site and keeps all its data.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let count = try await deployment.operation("kopnik down", tellOfWait) { try await deployment.down() }
        tell(
            count == 0
                ? "  \(deployment.site.name) was not running"
                : "  \(count) services stopped; all data are kept. To raise it again:  kopnik up")
    }
}

struct Destroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Removes everything that 'up' made, data included, and nothing else.",
        discussion: "Asks for the site's name first.")

    @OptionGroup var site: SiteOptions

    @Option(help: "The site's name, instead of being asked for it.")
    var confirm: String?

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let world = World.live(progress: renderer)
        let deployment = try site.raisedDeployment(world)
        try ask(deployment)
        let lock = try await deployment.lock(for: "kopnik destroy", tellOfWait)
        defer { lock.release() }
        let start = ContinuousClock.now
        let step = "Removing"
        await renderer.report(.started(step: step))
        do {
            let left = try await deployment.noted("kopnik destroy") {
                try await deployment.destroy { await renderer.report(.detail(step: step, $0)) }
            }
            await renderer.report(
                .finished(
                    step: step, summary: "\(deployment.site.name) is gone", changed: true,
                    took: start.duration(to: .now)))
            if !left.packages.isEmpty {
                print(
                    "  These packages were installed by 'up' and stay:  \(left.packages.joined(separator: " "))\n  To remove them:  apt-get remove \(left.packages.joined(separator: " "))"
                )
            }
            for kept in left.kept { print("  Could not be removed: \(kept)") }
            if !left.kept.isEmpty { throw ExitStatus.failed }
        } catch {
            await renderer.report(.failed(step: step, took: start.duration(to: .now)))
            throw error
        }
    }

    private func ask(_ deployment: Deployment) throws {
        let name = deployment.site.name
        var answer = confirm
        if answer == nil, isatty(0) == 1 {
            print(
                "This removes \(name) with its database, its uploads and its secrets, for good.\nType the site's name to go on: ",
                terminator: "")
            fflush(nil)
            answer = readLine()
        }
        guard answer?.trimmed == name else {
            throw UsageFailure(
                description:
                    "kopnik: nothing was removed\n  because: the site's name '\(name)' was not given\n  fix:     kopnik destroy --confirm \(name)"
            )
        }
    }
}
