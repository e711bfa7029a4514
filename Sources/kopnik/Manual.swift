import ArgumentParser
import Foundation

struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the manual page; read it with:  kopnik manual | man -l -",
        discussion: "To install it:  kopnik manual | sudo tee /usr/local/share/man/man1/kopnik.1 >/dev/null")

    func run() throws {
        print(try ManualPage(help: Kopnik._dumpHelp()).text)
    }
}

/// The manual page in mdoc(7), made from what the command line says of itself.
struct ManualPage {
    private struct Help: Decodable { var command: Verb }

    private struct Verb: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var subcommands: [Verb]?
        var arguments: [Argument]?
        var shouldDisplay: Bool?
    }

    fileprivate struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        var kind: String
        var names: [Name]?
        var valueName: String?
        var abstract: String?
        var isOptional: Bool
        var isRepeating: Bool
        var shouldDisplay: Bool
    }

    private let root: Verb

    /// - Parameter help: argument-parser's description of the commands, as JSON (`--experimental-dump-help`).
    init(help: String) throws {
        root = try JSONDecoder().decode(Help.self, from: Data(help.utf8)).command
    }

    var text: String {
        let verbs = (root.subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
        let head = [
            ".Dd version \(Kopnik.configuration.version)", ".Dt KOPNIK 1", ".Os Kopnik", ".Sh NAME", ".Nm kopnik",
            ".Nd \(Self.plain(root.abstract ?? ""))",
            ".Sh SYNOPSIS", ".Nm", ".Ar command", ".Op Ar options", ".Sh DESCRIPTION",
            Self.plain(root.discussion ?? "", between: "\n.Pp\n"),
            ".Sh COMMANDS",
        ]
        let files = [
            ".Sh FILES", ".Bl -tag -width Ds", ".It Pa kopnik.yaml", "The site file; every key is optional.",
            ".It Pa ~/.local/share/kopnik/NAME", "Everything of a site.", ".El",
        ]
        let codes = [
            ".Sh EXIT STATUS", ".Bl -tag -width Ds", ".It 0", "Well.", ".It 1", "Failed.", ".It 2",
            "Wrong use, or a wrong site file.", ".It 3", "Only of plan: there is something to do.", ".It 130",
            "Stopped by Ctrl-C.", ".El",
        ]
        return (head + verbs.flatMap(section) + files + codes).joined(separator: "\n")
    }

    private func section(_ verb: Verb) -> [String] {
        let arguments = (verb.arguments ?? []).filter { $0.shouldDisplay && !$0.isHelp }
        let list = arguments.flatMap { argument -> [String] in
            [".It " + tag(argument), Self.plain(argument.abstract ?? "")]
        }
        return [".Ss \(verb.commandName)", ".Nm Cm \(verb.commandName)"] + arguments.map(synopsis)
            + [".Pp", Self.plain(verb.abstract ?? "")] + (verb.discussion.map { [".Pp", Self.plain($0)] } ?? [])
            + (list.isEmpty ? [] : [".Bl -tag -width Ds"] + list + [".El"])
    }

    private func synopsis(_ argument: Argument) -> String {
        let repeated = argument.isRepeating ? " Ar ..." : ""
        return (argument.isOptional ? ".Op " : ".") + tag(argument) + repeated
    }

    private func tag(_ argument: Argument) -> String {
        // A long name is a flag that begins with a hyphen of its own (mdoc(7), Fl).
        let names = (argument.names ?? []).map { "Fl " + ($0.kind == "long" ? "-" + $0.name : $0.name) }
        let value = argument.kind == "flag" ? nil : argument.valueName.map { "Ar \($0)" }
        return (names.isEmpty ? [value ?? ""] : [names.joined(separator: " , ")] + (value.map { [$0] } ?? []))
            .joined(separator: " ")
    }

    /// Text that roff takes as it is: no line of it is a request, no backslash an escape (roff(7)).
    private static func plain(_ text: String, between: String = "\n") -> String {
        text.replacing("\\", with: "\\e").split(separator: "\n").map { line in
            line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : String(line)
        }.joined(separator: between)
    }
}

extension ManualPage.Argument {
    fileprivate var isHelp: Bool { names?.contains { $0.name == "help" || $0.name == "version" } ?? false }
}
