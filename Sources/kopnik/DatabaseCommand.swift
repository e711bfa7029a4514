import ArgumentParser
import Deployment
import Foundation
import Machine
import Site
import Standby

struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database", abstract: "The version of Postgres: which it is, to the next one, and back.",
        discussion: "An upgrade copies the data into a new folder and keeps the old ones until you confirm.",
        subcommands: [DatabaseShow.self, DatabaseUpgrade.self, DatabaseBack.self, DatabaseConfirm.self],
        defaultSubcommand: DatabaseShow.self)
}

struct DatabaseShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Says which version runs, and what is kept of another.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    private struct Answer: Encodable {
        var version: Int
        var kept: Int?
        var keptSince: Date?
    }

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let record = deployment.databaseRecord
        let version = deployment.deployedPostgres ?? deployment.site.postgres.version
        if json { return try printJSON(Answer(version: version, kept: record?.kept, keptSince: record?.at)) }
        tell("  Postgres \(version)")
        guard let record else { return }
        tell("  the data of Postgres \(record.kept) are kept since \(record.at.universalMinute)")
        if record.kept < record.current { tell("  to return to them:   kopnik database back") }
        tell("  to remove them:      kopnik database confirm")
    }
}

struct DatabaseUpgrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Takes the data to the newer Postgres that the site file asks for.",
        discussion:
            "Without a site file: to the newest. The site's writing stops meanwhile; every row is compared before anything is switched, and the old data stay until 'kopnik database confirm'."
    )

    @OptionGroup var site: SiteOptions
    @OptionGroup var exchange: ExchangeOptions

    func run() async throws {
        var (deployment, renderer) = try exchange.deployment(site)
        let to = try wanted(deployment)
        guard try Pair(deployment: deployment).record() == nil else {
            throw Failure(
                "Postgres is not exchanged while two servers follow each other",
                because: "the copy on the other one would be of the old version, and could not follow",
                fix: "this version of kopnik does it for a site of one server only (docs/standby.md)")
        }
        // What ran healthy last, whatever was begun since.
        let from = deployment.deployedPostgres ?? deployment.site.postgres.version
        deployment = deployment.on(postgres: from)
        guard to != from else {
            return tell("  nothing to do: Postgres \(from) runs, and is what the site file asks for")
        }
        guard to > from else {
            throw UsageFailure(
                description:
                    "kopnik: the site file asks for Postgres \(to), and \(from) runs\n  because: data of a newer version cannot be read by an older one\n  fix:     kopnik database (shows whether older data are kept)"
            )
        }
        if !exchange.yes {
            try Consent(verb: .databaseUpgrade, hasPlan: false).confirm(
                "  Postgres \(from) → \(to): the data are copied into a new folder and compared row by row.\n  Nothing can be written meanwhile, and requests wait; the old data are kept until you confirm."
            )
        }
        try await ExchangeRun(deployment: deployment, renderer: renderer, step: "Postgres \(to)").upgrade(to: to)
        try await Proof.give(try site.raisedDeployment(deployment.world), on: site.standardOutput)
        warn("  to go back:  kopnik database back      if all is well:  kopnik database confirm")
    }

    /// What the site file asks for; without one, the newest.
    private func wanted(_ deployment: Deployment) throws -> Int {
        let written = try site.siteFromFile()
        if let written, written.name == deployment.site.name { return written.postgres.version }
        return Site.Postgres.versions.max() ?? deployment.site.postgres.version
    }
}

struct DatabaseBack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "back", abstract: "Returns to the data that were kept; says first what was written since.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var exchange: ExchangeOptions

    func run() async throws {
        let (deployment, renderer) = try exchange.deployment(site)
        let written = try await DatabaseExchange(deployment: deployment) { _ in }.writtenSince()
        let said =
            written.isEmpty
            ? "  nothing was written since the upgrade: nothing is lost"
            : "  written since the upgrade, and missing afterwards:\n"
                + written.map { "    \($0)" }.joined(separator: "\n")
        guard deployment.databaseRecord?.pending == nil else {
            return try await go(deployment, renderer)
        }
        if exchange.yes { tell(said) } else { try Consent(verb: .databaseBack, hasPlan: false).confirm(said) }
        try await go(deployment, renderer)
    }

    private func go(_ deployment: Deployment, _ renderer: ProgressRenderer) async throws {
        try await ExchangeRun(deployment: deployment, renderer: renderer, step: "Way back").back()
        try await Proof.give(try site.raisedDeployment(deployment.world), on: site.standardOutput)
        warn("  the newer data are kept now. To remove them:  kopnik database confirm")
    }
}

struct DatabaseConfirm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Removes the data that are kept of another version, for good.")

    @OptionGroup var site: SiteOptions

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        guard let record = deployment.databaseRecord else { return tell("  nothing to do: no other data are kept") }
        if !yes {
            try Consent(verb: .databaseConfirm, hasPlan: false).confirm(
                "  removes the data of Postgres \(record.kept), kept since \(record.at.universalMinute), for good")
        }
        try await deployment.operation("kopnik database confirm", tellOfWait) {
            try await DatabaseExchange(deployment: deployment) { _ in }.confirm()
            try await deployment.tidy()
        }
        tell("  the data of Postgres \(record.kept) are gone; Postgres \(record.current) runs")
    }
}

/// One exchange of Postgres: alone, noted in the history, and shown.
private struct ExchangeRun {
    let deployment: Deployment
    let renderer: ProgressRenderer
    let step: String

    func upgrade(to version: Int) async throws {
        let outcome = try await run("kopnik database upgrade") { try await $0.upgrade(to: version) }
        let parts = outcome.parts.map { "\($0.name) \(ProgressLine.time($0.took))" }.joined(separator: ", ")
        warn(
            "  \(outcome.contents), compared row by row\n  nothing could be written for \(ProgressLine.time(outcome.gap))"
                + (parts.isEmpty ? "" : ": \(parts)"))
    }

    func back() async throws {
        let outcome = try await run("kopnik database back") { try await $0.back() }
        for line in outcome.lost { warn("  not in these data: \(line)") }
        warn("  nothing could be written for \(ProgressLine.time(outcome.gap))")
    }

    private func run(
        _ command: String, _ body: (DatabaseExchange) async throws -> DatabaseExchange.Outcome
    ) async throws -> DatabaseExchange.Outcome {
        let start = ContinuousClock.now
        let (renderer, step) = (renderer, step)
        await renderer.report(.started(step: step))
        do {
            let outcome = try await deployment.operation(command, tellOfWait) {
                let exchange = DatabaseExchange(deployment: deployment) {
                    await renderer.report(.detail(step: step, $0))
                }
                let outcome = try await body(exchange)
                try deployment.giveFilesToOwner()
                return outcome
            }
            let summary = "Postgres \(outcome.version) runs"
            await renderer.report(
                .finished(step: step, summary: summary, changed: true, took: start.duration(to: .now)))
            return outcome
        } catch {
            await renderer.report(.failed(step: step, took: start.duration(to: .now)))
            throw error
        }
    }
}

extension ExchangeOptions {
    /// The site as it runs, and who shows what becomes of it.
    fileprivate func deployment(_ site: SiteOptions) throws -> (Deployment, ProgressRenderer) {
        let renderer = ProgressRenderer(terminal: site.standardError)
        var deployment = try site.raisedDeployment(World.live(progress: renderer))
        deployment.options = Deployment.Options(force: force, patience: .seconds(patience))
        return (deployment, renderer)
    }
}

extension Rollout.Verb {
    fileprivate static let databaseUpgrade = Rollout.Verb(apply: "kopnik database upgrade", plan: "kopnik database")
    fileprivate static let databaseBack = Rollout.Verb(apply: "kopnik database back", plan: "kopnik database")
    fileprivate static let databaseConfirm = Rollout.Verb(apply: "kopnik database confirm", plan: "kopnik database")
}
