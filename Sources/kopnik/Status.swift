import ArgumentParser
import Blueprint
import Deployment
import Engine
import Foundation
import Keeper
import Machine
import Overview
import Site
import Standby

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what runs, and what needs a look.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Draw the whole site, as the dashboard does, and again whenever something changes, until Ctrl-C.")
    var watch = false

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        if watch { return try await follow(deployment) }
        let status = try await SiteStatus.read(deployment)
        if json { try printJSON(status) } else { tell(StatusText.render(status, on: site.standardOutput)) }
        if !status.isWell { throw ExitStatus.failed }
    }

    /// Draws what the keeper sees; where it is silent, what Docker says.
    private func follow(_ deployment: Deployment) async throws {
        let port = try await deployment.serverProfile().port
        // Used where the keeper is silent: what costs more it looks at less often.
        let watch = SiteWatch({ deployment }, applicationPort: port)
        let folder = OverviewFolder(deployment)
        var last: (overview: SiteOverview, drawn: ContinuousClock.Instant)?
        while true {
            let silence = folder.silence
            let overview: SiteOverview
            if let silence, silence <= 20, let written = folder.written {
                overview = written
            } else {
                overview = await watch.lookAtAll()
            }
            try Task.checkCancellation()
            // The ages go on each second; to a file goes only what changed.
            let isDue =
                last.map { site.standardOutput.isInteractive && $0.drawn.duration(to: .now) >= .seconds(1) } ?? true
            if overview != last?.overview || isDue {
                last = (overview, .now)
                if json {
                    print(String(decoding: try overview.encoded(), as: UTF8.self))
                    fflush(nil)
                } else {
                    draw(overview, silence: silence, deployment)
                }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func draw(_ overview: SiteOverview, silence: Double?, _ deployment: Deployment) {
        let terminal = site.standardOutput
        let text = OverviewText(overview: overview, terminal: terminal, now: deployment.world.now(), silence: silence)
        // Over what is there, line by line, and what is left of it away: nothing flickers.
        let isOver = terminal.isInteractive
        let lines = isOver ? text.lines.map { $0 + "\u{1B}[K" } : text.lines
        tell((isOver ? "\u{1B}[H" : "") + lines.joined(separator: "\n") + (isOver ? "\u{1B}[J" : "\n"))
    }
}

/// What `status` shows.
struct SiteStatus: Encodable {
    struct Service: Encodable {
        var name: String
        var state: String
        var since: String
        var image: String
        var error: String
        var isUp: Bool
    }

    var site: String
    var address: String
    var services: [Service]
    var alarms: [String]
    /// What the keeper said last of each of its jobs.
    var notes: [String]
    /// The letters that wait; `nil` where the mail service does not run.
    var mail: MailQueue?

    var isWell: Bool { !services.isEmpty && services.allSatisfy(\.isUp) && alarms.isEmpty }

    static func read(_ deployment: Deployment) async throws -> SiteStatus {
        let docker = deployment.docker
        async let services = docker.services(of: deployment.stack)
        async let tasks = docker.tasks(of: deployment.stack)
        async let letters = deployment.mailQueue()
        let (known, all) = (try await services, try await tasks)
        // A standby's site is switched off as it should be.
        let follows = (try? deployment.follows) ?? false
        let rows = known.map { service -> Service in
            let own = all.filter { $0.service == service.name }
            let now = own.first { $0.desired == "Running" } ?? own.first
            let isUp = own.contains(where: \.isUp)
            return Service(
                name: service.name,
                state: isUp
                    ? "healthy" : service.replicas == 0 ? "switched off" : now?.current.lowercased() ?? "waiting",
                since: now?.since ?? "",
                image: service.image.split(separator: "/").last.map(String.init) ?? service.image,
                error: isUp ? "" : own.first { !$0.error.isEmpty }?.error ?? "",
                isUp: isUp || follows && service.replicas == 0)
        }
        let model = KeeperModel.read(deployment.layout.keeper, files: deployment.world.files)
        var alarms = model?.alarms ?? []
        if let use = DiskUse.read(deployment.layout.state), use.percent >= 80, alarms.isEmpty {
            alarms.append("disk: \(use.percent) % full, \(use.free >> 20) MB left")
        }
        if !rows.isEmpty, !(model?.isFresh() ?? false) {
            alarms.append("keeper: silent for 20 seconds or more (kopnik logs keeper)")
        }
        let mail = await letters
        alarms += mail?.alarms ?? []
        let pause = Maintenance(deployment: deployment).words.map { "\($0) (kopnik maintenance off)" }
        let notes = [pause].compactMap { $0 } + (model?.jobs.filter(\.well).map { "\($0.name): \($0.result)" } ?? [])
        return SiteStatus(
            site: deployment.site.name, address: deployment.address, services: rows, alarms: alarms,
            notes: notes + (mail.flatMap { $0.alarms.isEmpty ? ["mail: \($0.inWords)"] : nil } ?? []), mail: mail)
    }
}

/// The status as a person reads it.
enum StatusText {
    static func render(_ status: SiteStatus, on terminal: Terminal) -> String {
        guard !status.services.isEmpty else {
            return "  \(status.site) is down; its data are kept. To raise it:  kopnik up"
        }
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        var lines = ["  \(Style.bold(status.site, on: terminal))  \(Style.cyan(status.address, on: terminal))", ""]
        for service in status.services {
            let mark = service.isUp ? Style.green("●", on: terminal) : Style.red("●", on: terminal)
            let since = service.since.isEmpty ? "" : "since " + service.since.replacing(" ago", with: "")
            lines.append(
                "  \(mark) \(padded(service.name, 12))\(padded(service.state, 14))\(padded(since, 26))\(Style.dim(service.image, on: terminal))"
            )
            if !service.error.isEmpty {
                lines.append("      \(Style.red(service.error, on: terminal))   kopnik logs \(service.name)")
            }
        }
        lines.append("")
        lines += status.notes.map { "  \(Style.green("✓", on: terminal)) \($0)" }
        lines += status.alarms.map { "  \(Style.red("!", on: terminal)) \($0)" }
        return lines.joined(separator: "\n")
    }
}
