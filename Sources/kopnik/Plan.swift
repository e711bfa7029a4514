import ArgumentParser
import Deployment
import Foundation
import Machine

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what 'up' would do, and changes nothing.",
        discussion: "Exit code 0: nothing to do; 3: there is something to do.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var wish: WishOptions

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    private struct Entry: Encodable {
        var step: String
        var summary: String
        var changes: [Change]
    }

    func run() async throws {
        let deployment = try wish.deployment(site, World.live())
        let findings = try await deployment.rollout().plan()
        let count = findings.map(\.inspection.changes.count).reduce(0, +)
        if json {
            try printJSON(
                findings.map { Entry(step: $0.step, summary: $0.inspection.summary, changes: $0.inspection.changes) })
        } else {
            tell(PlanText.render(findings, on: site.standardOutput, differences: true))
            tell(
                count == 0
                    ? "\n  Nothing to do." : "\n  \(count) change\(count == 1 ? "" : "s"); to make them:  kopnik up")
        }
        if count > 0 { throw ExitStatus.changes }
    }
}

/// Prints a value as JSON, keys in order, so that two runs can be compared.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
