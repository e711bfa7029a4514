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

    func run() async throws {
        let deployment = try wish.deployment(site, World.live())
        let findings = try await deployment.rollout().plan()
        try PlanText.show(findings, apply: "kopnik up", json: json, on: site.standardOutput)
    }
}

/// Prints a value as JSON, keys in order, so that two runs can be compared.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
