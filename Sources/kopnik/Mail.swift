import ArgumentParser
import Deployment
import Foundation
import Machine
import Site

struct Mail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The site's letters.",
        subcommands: [InboxCommand.self, MailTestCommand.self, MailRecordsCommand.self],
        defaultSubcommand: InboxCommand.self)
}

struct InboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox", abstract: "Shows the letters that this copy has caught instead of sending them.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The number of a letter to read whole; 1 is the newest.")
    var number: Int?

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let inbox = try await deployment.inbox()
        if json { return try printJSON(inbox) }
        guard let number else {
            let sends = deployment.site.mail.delivery == .send
            return tell(InboxText.list(inbox, sends: sends, on: site.standardOutput))
        }
        guard inbox.letters.indices.contains(number - 1) else {
            throw UsageFailure(
                description:
                    "kopnik: there is no letter \(number)\n  because: the mailbox holds \(inbox.count)\n  fix:     kopnik mail inbox"
            )
        }
        print(InboxText.whole(inbox.letters[number - 1], on: site.standardOutput))
    }
}

/// Letters as a person reads them. What others wrote must not steer the terminal.
enum InboxText {
    static func list(_ inbox: Inbox, sends: Bool, on terminal: Terminal) -> String {
        guard !inbox.letters.isEmpty else {
            return sends
                ? "  This copy sends its letters; none was caught."
                : "  No letter yet. None leaves this computer: what the application writes is kept here."
        }
        let lines = inbox.letters.prefix(20).enumerated().map { index, letter in
            let number = "\(index + 1)"
            let to = printable(letter.to)
            return "  \(String(repeating: " ", count: max(0, 3 - number.count)))\(Style.bold(number, on: terminal))  "
                + Style.dim(time(letter.time), on: terminal)
                + "  \(to)\(String(repeating: " ", count: max(2, 30 - to.count)))\(printable(letter.subject))"
        }
        let more = inbox.count > lines.count ? ["  and \(inbox.count - lines.count) older ones"] : []
        return (lines + more + ["", "  to read one:  kopnik mail inbox 1"]).joined(separator: "\n")
    }

    static func whole(_ letter: Inbox.Letter, on terminal: Terminal) -> String {
        func head(_ name: String, _ text: String) -> String {
            "\(Style.dim(name + ":", on: terminal))\(String(repeating: " ", count: 9 - name.count))\(printable(text))"
        }
        var lines = [
            head("from", letter.from), head("to", letter.to), head("date", time(letter.time)),
            head("subject", letter.subject),
        ]
        if !letter.attached.isEmpty { lines.append(head("files", letter.attached.joined(separator: ", "))) }
        let text = letter.text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
        return (lines + [""] + text).joined(separator: "\n")
    }

    private static func time(_ date: Date) -> String {
        date.formatted(
            .verbatim(
                "\(year: .defaultDigits)-\(month: .twoDigits)-\(day: .twoDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits)",
                timeZone: .current, calendar: Calendar(identifier: .gregorian)))
    }

    private static func printable(_ text: String) -> String {
        text.shown(instead: " ", isTabKept: true)
    }
}
