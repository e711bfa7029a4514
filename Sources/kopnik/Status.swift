import ArgumentParser
import Blueprint
import Deployment
import Engine
import Foundation
import Keeper
import Machine
import Site

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what runs, and what needs a look.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Draw again each second, until Ctrl-C.")
    var watch = false

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        repeat {
            let status = try await SiteStatus.read(deployment)
            if json {
                try printJSON(status)
            } else {
                let text = StatusText.render(status, on: site.standardOutput)
                tell((watch && site.standardOutput.isInteractive ? "\u{1B}[H\u{1B}[J" : "") + text)
            }
            if watch { try await Task.sleep(for: .seconds(1)) } else if !status.isWell { throw ExitStatus.failed }
        } while watch
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
                error: isUp ? "" : own.first { !$0.error.isEmpty }?.error ?? "", isUp: isUp)
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
        let notes = model?.jobs.filter(\.well).map { "\($0.name): \($0.result)" } ?? []
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
