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
        try TypedName.ask(
            deployment.site.name, given: confirm,
            "  This removes \(deployment.site.name) with its database, its uploads and its secrets, for good.",
            command: "kopnik destroy")
        let lock = try await deployment.lock(for: "kopnik destroy", tellOfWait)
        defer { lock.release() }
        let left = try await renderer.part("Removing") { detail in
            let left = try await deployment.noted("kopnik destroy") { try await deployment.destroy(detail) }
            return (left, "\(deployment.site.name) is gone")
        }
        if !left.packages.isEmpty {
            let names = left.packages.joined(separator: " ")
            print(
                "  These packages were installed by 'up' and stay:  \(names)\n  To remove them:  apt-get remove \(names)"
            )
        }
        for kept in left.kept { print("  Could not be removed: \(kept)") }
        if !left.kept.isEmpty { throw ExitStatus.failed }
    }
}
