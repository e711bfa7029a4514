import ArgumentParser
import Blueprint
import Bundled
import Deployment
import Engine
import Foundation
import Machine

struct MailTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Sends one letter and follows it to the answer of the recipient's mail server.",
        discussion:
            "It goes the way that the application's letters go: from the container of kp-server through that of mail.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The address to write to, such as your own.")
    var address: String

    @Option(help: "How many seconds to wait for the answer.")
    var patience = 90

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func validate() throws {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = address.allSatisfy { $0.isASCII && !$0.isWhitespace && !"<>\"\\,;:()[]".contains($0) }
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), isPlain else {
            throw ValidationError("That is no mail address. For example: kopnik mail test anna@example.org")
        }
        guard (1...3600).contains(patience) else { throw ValidationError("--patience is from 1 to 3600 seconds.") }
    }

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let trial = try await deployment.sendTestLetter(to: address, patience: .seconds(patience))
        if json { try printJSON(trial) } else { tell(MailTestText.render(trial, on: site.standardOutput)) }
        guard trial.isTaken else { throw ExitStatus.failed }
    }
}

/// The trial as a person reads it.
enum MailTestText {
    static func render(_ trial: LetterTrial, on terminal: Terminal) -> String {
        let mark = trial.isTaken ? Style.green("✓", on: terminal) : Style.red("✗", on: terminal)
        var lines = ["  \(mark) \(trial.inWords)"]
        func row(_ name: String, _ text: String) {
            lines.append(
                "      \(Style.dim(name + ":", on: terminal))\(String(repeating: " ", count: 9 - name.count))\(text.oneLine)"
            )
        }
        if let fate = trial.fate {
            row("from", trial.from)
            row("to", fate.to)
            row("server", fate.server)
            row("said", fate.said)
        } else {
            row("said", trial.said)
        }
        if let queue = trial.queue { row("number", queue) }
        if let advice = trial.advice { row("fix", advice) }
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// Without control characters: what other servers said must not steer the terminal.
    var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
