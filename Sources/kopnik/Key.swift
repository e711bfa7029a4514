public import ArgumentParser
public import Deployment
import Foundation
import Machine

extension Keys.Name: ExpressibleByArgument {}

struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keeps keys that others hand out, such as those of reCAPTCHA.",
        discussion:
            "They are kept beside the site's other secrets and never shown. The next 'up' hands them to the services.",
        subcommands: [List.self, Set.self, Remove.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says which keys there are and which are missing.")

        @OptionGroup var site: SiteOptions

        func run() async throws {
            let keys = Keys(deployment: try site.deployment(World.live()))
            for name in Keys.Name.allCases {
                let mark =
                    keys.value(name) != nil
                    ? Style.green("✓", on: site.standardOutput) : Style.dim("–", on: site.standardOutput)
                let label = name.rawValue + String(repeating: " ", count: max(1, 20 - name.rawValue.count))
                tell("  \(mark) \(label)\(name.meaning)")
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keeps a key; it is read from standard input, not from the command.")

        @OptionGroup var site: SiteOptions
        @Argument(help: "The key's name; 'key list' has them all.")
        var name: Keys.Name

        func run() async throws {
            let deployment = try site.deployment(World.live())
            let value = try Prompt().ask(name.rawValue, isHidden: true) ?? ""
            guard !value.isEmpty else {
                throw UsageFailure(
                    description:
                        "kopnik: no key was given\n  because: standard input was empty\n  fix:     type it when asked, or: kopnik key set \(name.rawValue) <FILE"
                )
            }
            try await deployment.noted("kopnik key set \(name.rawValue)") {
                try Keys(deployment: deployment).set(name, to: value)
            }
            tell("  kept; to hand it to the services:  kopnik up")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forgets a key.")

        @OptionGroup var site: SiteOptions
        @Argument(help: "The key's name.")
        var name: Keys.Name

        func run() async throws {
            let deployment = try site.deployment(World.live())
            try await deployment.noted("kopnik key remove \(name.rawValue)") {
                try Keys(deployment: deployment).set(name, to: "")
            }
            tell("  forgotten; to take it from the services:  kopnik up")
        }
    }
}
