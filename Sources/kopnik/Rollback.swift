import ArgumentParser
import Deployment
import Foundation
import Machine

struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the whole site back to an earlier release.",
        discussion:
            "Sources, client, images and settings; the database and the uploads stay as they are. Without a number: the release before the one that runs."
    )

    @OptionGroup var site: SiteOptions

    @Argument(help: "The release's number, as '--list' shows it.")
    var number: Int?

    @Flag(help: "List the releases that are kept, and change nothing.")
    var list = false

    @Flag(help: "With --list: print JSON, for scripts.")
    var json = false

    @OptionGroup var exchange: ExchangeOptions

    func validate() throws {
        if json, !list { throw ValidationError("--json goes with --list") }
        if list, number != nil { throw ValidationError("--list takes no number: it shows them all") }
    }

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        var deployment = try site.raisedDeployment(World.live(progress: renderer))
        deployment.options = Deployment.Options(force: exchange.force, patience: .seconds(exchange.patience))
        if list { return try show(Releases(deployment: deployment)) }
        let release = try deployment.release(toReturnTo: number)
        if Releases(deployment: deployment).current?.number == release.number {
            return tell("  release \(release.number) runs already")
        }
        let row = ReleaseText.row(release, isCurrent: false, on: site.standardOutput)
        if !exchange.yes { try Consent(verb: .rollback).confirm("  back to:\n\(row)") }
        let start = ContinuousClock.now
        let step = "Release \(release.number)"
        try await deployment.operation("kopnik rollback \(release.number)", tellOfWait) {
            await renderer.report(.started(step: step))
            do {
                try await deployment.rollback(to: release) { await renderer.report(.detail(step: step, $0)) }
            } catch {
                await renderer.report(.failed(step: step, took: start.duration(to: .now)))
                throw error
            }
            await renderer.report(
                .finished(step: step, summary: "runs healthy", changed: true, took: start.duration(to: .now)))
            try await deployment.tidy()
            try deployment.giveFilesToOwner()
        }
        warn("  the database is as it was. To go forward again:  kopnik rollback --list, or kopnik update")
    }

    private struct Row: Encodable {
        var number: Int
        var at: Date
        var by: String
        var sources: [String: String]
        var images: [String: String]
        var isCurrent: Bool
    }

    private func show(_ releases: Releases) throws {
        let current = releases.current?.number
        if json {
            return try printJSON(
                releases.all.map {
                    Row(
                        number: $0.number, at: $0.at, by: $0.by, sources: $0.titles, images: $0.images,
                        isCurrent: $0.number == current)
                })
        }
        guard !releases.all.isEmpty else {
            return tell("  no release is kept yet; the next 'up' or 'update' makes one")
        }
        for release in releases.all {
            tell(ReleaseText.row(release, isCurrent: release.number == current, on: site.standardOutput))
        }
    }
}

/// A release as a person reads it.
enum ReleaseText {
    static func row(_ release: Release, isCurrent: Bool, on terminal: Terminal) -> String {
        let mark = isCurrent ? Style.green("●", on: terminal) : " "
        let number = "\(release.number)" + String(repeating: " ", count: max(1, 5 - "\(release.number)".count))
        let sources = release.titles.sorted { $0.key > $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return "  \(mark) \(number)\(release.at.universalMinute)  \(sources), by \(release.by)"
    }
}
