import ArgumentParser
import Foundation
import Machine

/// The command as this person types it: the program is hardly ever on the PATH, and the next command has to name the same site.
struct TypedCommand: Sendable {
    /// How the program was called, such as `./kopnik`.
    var program: String
    /// The words of this call, without the program.
    var words: [String]

    /// This process's own call.
    static var current: TypedCommand {
        let environment = ProcessInfo.processInfo.environment
        return TypedCommand(
            program: environment["KOPNIK_TYPED"] ?? "kopnik",
            words: environment[wordsVariable].map { $0.components(separatedBy: separator) }
                ?? Array(CommandLine.arguments.dropFirst()))
    }

    /// What was typed on another computer, where this is a server that does it (`--on`).
    static let wordsVariable = "KOPNIK_WORDS"
    static let separator = "\u{1F}"
    static var isFromAfar: Bool { ProcessInfo.processInfo.environment[wordsVariable] != nil }

    private static let verbs = Set(Kopnik.configuration.subcommands.map { $0._commandName })
    private static let ofTheSite = ["--on", "--jump", "--file", "--name", "--prefix"]
    private static let ofTheWish = ["--domain", "--http-port", "--https-port"]

    /// The text with every `kopnik VERB …` in it as this person has to type it.
    func applied(to text: String) -> String {
        text.replacing(#/(?<before>^|[ (:'\n])(?:\./)?kopnik (?<verb>[a-z]+(?:-[a-z]+)*)(?<rest>[^'\n]*)/#) { match in
            guard Self.verbs.contains(String(match.output.verb)) else { return String(match.output.0) }
            // It is about the machines of this folder, and its words are Vagrant's own.
            if match.output.verb == "vagrant" {
                return "\(match.output.before)\(program) vagrant\(applied(to: String(match.output.rest)))"
            }
            // A verb of two words, such as `mail inbox`: options stand behind both.
            let inner = Self.inner(String(match.output.verb), match.output.rest)
            let rest = String(match.output.rest.dropFirst(inner.count))
            let carried = (match.output.verb == "up" || match.output.verb == "plan") ? wishes(not: rest) : []
            let added = (options(Self.ofTheSite, not: rest) + carried).map { " " + $0 }.joined()
            return "\(match.output.before)\(program) \(match.output.verb)\(inner)\(added)\(applied(to: rest))"
        }
    }

    private static let verbsOfTwoWords = Dictionary(
        uniqueKeysWithValues: Kopnik.configuration.subcommands.map { verb in
            (verb._commandName, verb.configuration.subcommands.map { $0._commandName })
        })

    /// How many words name the verb of a call.
    static func countOfVerbs(_ words: [String]) -> Int {
        guard let first = words.first, verbs.contains(first) else { return 0 }
        guard words.count > 1, verbsOfTwoWords[first]?.contains(words[1]) == true else { return 1 }
        return 2
    }

    /// The second word of a verb with the blank before it, if a text begins with one.
    private static func inner(_ verb: String, _ text: Substring) -> String {
        let word = text.dropFirst().prefix { $0.isLetter || $0 == "-" }
        guard text.first == " ", verbsOfTwoWords[verb]?.contains(String(word)) == true else { return "" }
        return " " + word
    }

    private func wishes(not text: String) -> [String] {
        let demo = words.contains("--demo") && !text.contains("--demo") ? ["--demo"] : []
        return demo + options(Self.ofTheWish, not: text)
    }

    private func options(_ names: [String], not text: String) -> [String] {
        names.compactMap { name in
            guard !text.contains(name) else { return nil }
            if let index = words.firstIndex(of: name), index + 1 < words.count {
                return "\(name) \(Command.quoted(words[index + 1]))"
            }
            return words.first { $0.hasPrefix(name + "=") }.map(Command.quoted)
        }
    }
}

/// Prints text for a person on standard output, commands in it as they have to be typed here.
func tell(_ text: String) {
    print(TypedCommand.current.applied(to: text))
    fflush(nil)
}

/// The same on standard error.
func warn(_ text: String) {
    // A full disk behind `2>log` is no reason to end.
    try? FileHandle.standardError.write(contentsOf: Data((TypedCommand.current.applied(to: text) + "\n").utf8))
}
