import ArgumentParser
import Deployment
import Machine

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Shows who changed the site, when, from where, and what came of it.")

    @OptionGroup var site: SiteOptions

    @Option(name: [.customShort("n"), .long], help: "How many of the last ones.")
    var last: Int = 30

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let entries = History(deployment: deployment).entries.suffix(max(0, last))
        if json { return try printJSON(Array(entries)) }
        guard !entries.isEmpty else { return tell("  nothing is noted yet") }
        // As it was typed, not as it would have to be typed here.
        for entry in entries { print(HistoryText.row(entry, on: site.standardOutput)) }
    }
}

/// A line of the history as a person reads it.
enum HistoryText {
    static func row(_ entry: History.Entry, on terminal: Terminal) -> String {
        let mark =
            switch (entry.result, entry.failed ?? false) {
            case (.some, false): Style.green("✓", on: terminal)
            case (.some, true): Style.red("✗", on: terminal)
            default: Style.yellow("…", on: terminal)
            }
        let place = [entry.from, entry.terminal].compactMap { $0 }.joined(separator: ", ")
        let release = entry.release.map { ", release \($0)" } ?? ""
        let took = entry.took.map { " (\(ProgressLine.time(.milliseconds(Int($0 * 1000)))))" } ?? ""
        return
            "  \(mark) \(entry.at.universalMinute)  \(entry.who) (\(place))  \(entry.what): \(entry.outcome)\(release)\(took)"
    }
}
