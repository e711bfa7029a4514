import ArgumentParser
import Deployment
import Foundation
import Machine
import Site

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Who is told when something needs a person, and what was told.",
        discussion:
            "A letter (alerts.to in the site file), an address of the web that takes JSON (alerts.hook), or both. Told is a change: that something is wrong, and that it is good again.",
        subcommands: [Show.self, Test.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says who is told, what was told, and what could not be.")

        @OptionGroup var site: SiteOptions

        @Flag(help: "Print JSON, for scripts.")
        var json = false

        func run() async throws {
            let alerts = Alerts(deployment: try site.raisedDeployment(World.live()))
            let text = AlertsText(book: alerts.book, places: alerts.channels.map { ($0, alerts.place(of: $0)) })
            if json { try printJSON(alerts.book) } else { tell(text.render(on: site.standardOutput)) }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends one alert by each way, and shows what became of it.")

        @OptionGroup var site: SiteOptions

        @Option(help: "How many seconds to wait for the answer of the recipient's mail server.")
        var patience = 90

        @Flag(help: "Print JSON, for scripts.")
        var json = false

        func validate() throws {
            guard (1...3600).contains(patience) else {
                throw ValidationError("--patience is from 1 to 3600 seconds.")
            }
        }

        func run() async throws {
            let alerts = Alerts(deployment: try site.raisedDeployment(World.live()))
            let trials = try await alerts.test(patience: .seconds(patience))
            if json {
                try printJSON(trials)
            } else {
                for trial in trials { tell(AlertsText.render(trial, on: site.standardOutput)) }
            }
            guard trials.allSatisfy(\.isTaken) else { throw ExitStatus.failed }
        }
    }
}

/// Alerts as a person reads them.
struct AlertsText {
    var book: AlertBook
    var places: [(channel: AlertBook.Channel, place: String)]

    func render(on terminal: Terminal) -> String {
        guard !places.isEmpty else {
            return
                "  Nobody is told. Write 'alerts: {to: YOU@EXAMPLE.ORG}' into the site file, then:  kopnik up"
        }
        var lines = places.map { channel, place in
            let name = channel.rawValue + ": "
            guard let line = book.trouble(of: channel) else {
                return "  \(Style.green("✓", on: terminal)) \(name)\(place)"
            }
            return
                "  \(Style.red("✗", on: terminal)) \(name)\(place): \(line.failure) (\(line.failures) times); tried again by itself"
        }
        let waiting = book.waiting.count
        if waiting > 0 { lines.append("      \(waiting) \(waiting == 1 ? "alert waits" : "alerts wait")") }
        let told = book.troubles.filter(\.value.isTold).sorted { $0.key < $1.key }
        if told.isEmpty { lines.append("  nothing that was told is wrong now") }
        lines += told.map { name, trouble in
            "  \(Style.red("!", on: terminal)) \(name): \(trouble.words)  \(Style.dim("since \(trouble.since.universalMinute)", on: terminal))"
        }
        return lines.joined(separator: "\n")
    }

    static func render(_ trial: Alerts.Trial, on terminal: Terminal) -> String {
        let mark = trial.isTaken ? Style.green("✓", on: terminal) : Style.red("✗", on: terminal)
        let line = "  \(mark) \(trial.channel) to \(trial.place): \(trial.said.oneLine)"
        return trial.advice.map { "\(line)\n      fix:     \($0)" } ?? line
    }
}
