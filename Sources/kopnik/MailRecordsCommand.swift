import ArgumentParser
import Deployment
import Foundation
import Machine
import Site

struct MailRecordsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "Shows the DNS records that the site's letters need, and which are there.",
        discussion: "Exit code 1 where one is missing or could not be asked for.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let records = try await deployment.mailRecords()
        if json {
            try printJSON(records)
        } else {
            tell(MailRecordsText.render(records, isLocal: deployment.site.isLocal, on: site.standardOutput))
        }
        if !records.areComplete { throw ExitStatus.failed }
    }
}

/// The records as a person copies them.
enum MailRecordsText {
    static func render(_ records: MailRecords, isLocal: Bool, on terminal: Terminal) -> String {
        var lines = [
            isLocal
                ? "  This copy's domain is of this computer alone: these records would be needed on a public one."
                : "  Put these on the page where you look after the domain. Each value is one line to copy."
        ]
        for record in records.records {
            lines += [
                "",
                "  \(mark(record.state, terminal)) \(Style.bold(record.title, on: terminal))  \(Style.dim(record.note, on: terminal))",
            ]
            lines += ["      type:  \(record.type)", "      name:  \(record.name)", "      value: \(record.text)"]
            if let found = found(record) { lines.append("      \(found)") }
        }
        lines.append("")
        if let silence = records.silence {
            lines.append("  The DNS could not be asked: \(printable(silence)).")
            lines.append("  Put the records in place; then, on a computer that is online: kopnik mail records")
        } else if records.areComplete {
            lines.append("  All is there.")
        } else {
            lines.append("  What was just put in place can take hours to be seen; then again: kopnik mail records")
        }
        return lines.joined(separator: "\n")
    }

    private static func found(_ record: MailRecords.Record) -> String? {
        let found = record.found.map { printable($0) }.joined(separator: " | ")
        let wrong = printable(record.wrong ?? "it is another one")
        return switch record.state {
        case .present: record.found == [record.value.joined()] ? nil : "found, and good: \(found)"
        case .missing: "found: nothing"
        case .different: "found: \(found)\n      wrong: \(wrong)"
        case .unclear: "found: \(found) – whether it lets the letters' server send cannot be seen from here"
        case .unknown: nil
        }
    }

    private static func mark(_ state: MailRecords.Record.State, _ terminal: Terminal) -> String {
        switch state {
        case .present: Style.green("✓", on: terminal)
        case .missing, .different: Style.red("✗", on: terminal)
        case .unclear, .unknown: Style.yellow("?", on: terminal)
        }
    }

    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
