import ArgumentParser
import Blueprint
import Deployment
import Foundation
import Machine

struct FirstPersonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-person",
        abstract: "Makes the first person of a copy that has nobody, with the lands down to the house.",
        discussion:
            "All others register in the page and are verified by this one. What is not given is asked for; the password is asked for always, or read from standard input."
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "First name.")
    var givenName: String?
    @Option(help: "Surname.")
    var surname: String?
    @Option(help: "Patronymic; may be left out.")
    var patronymic: String?
    @Option(help: "The e-mail address, by which this person logs in.")
    var email: String?
    @Option(help: "Year of birth.")
    var birth: Int?
    @Option(help: "The last four digits of the passport.")
    var passport: String?
    @Option(
        name: .customLong("land"),
        help: ArgumentHelp(
            "A land of this person, such as country=Россия: world, country, region, town, street, house.",
            valueName: "level=name"))
    var lands: [String] = []

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let first = try await deployment.firstPerson()
        let prompt = Prompt()
        let given = try landsGiven(first)
        let wish = FirstPerson.Wish(
            name: try answer(givenName, "first name", "given-name", prompt),
            surname: try answer(surname, "surname", "surname", prompt),
            patronymic: try optionalAnswer(patronymic, "patronymic", prompt),
            email: try Self.email(try answer(email, "e-mail address", "email", prompt)),
            birth: try Self.birth(
                try answer(birth.map { "\($0)" }, "year of birth", "birth", prompt), least: first.leastAge),
            passport: try answer(passport, "last four digits of the passport", "passport", prompt),
            lands: try first.levels.compactMap { level in
                try land(level, given, prompt).map { FirstPerson.Wish.Land(name: $0, level: level.number) }
            })
        let password = try password(prompt)
        // Who that is stands in the database, and nowhere else.
        try await deployment.noted("kopnik first-person") {
            try await deployment.makeFirstPerson(wish, password: password)
        }
        let lands = wish.lands.map(\.name).joined(separator: ", ")
        tell("  \(wish.email) is the first person, of: \(lands)")
        tell("  to log in:  \(deployment.address)")
        tell("  Whoever registers is verified there by this person.")
    }

    /// The levels that were given, by name.
    private func landsGiven(_ first: FirstPerson) throws -> [String: String] {
        try lands.reduce(into: [:]) { known, text in
            let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            guard parts.count == 2, first.levels.contains(where: { $0.name == parts[0] }) else {
                let names = first.levels.map(\.name).joined(separator: ", ")
                throw Self.wrong(
                    "'\(text)' is no land", because: "a land is given as one of \(names), then = and its name",
                    fix: "for example: --land country=Россия")
            }
            known[parts[0]] = try Self.checked(parts[1], parts[0])
        }
    }

    private func land(_ level: FirstPerson.Level, _ given: [String: String], _ prompt: Prompt) throws -> String? {
        if let name = given[level.name] { return name }
        if let usual = level.usual { return usual }
        guard level.isOptional else { return try answer(nil, level.name, "land \(level.name)=", prompt) }
        return try optionalAnswer(nil, level.name, prompt)
    }

    /// What was given, or else what is typed; without a terminal it has to be given, for the input holds the password.
    private func answer(_ given: String?, _ label: String, _ option: String, _ prompt: Prompt) throws -> String {
        if let given { return try Self.checked(given, label) }
        guard prompt.isTerminal else {
            throw Self.wrong(
                "the \(label) is missing", because: "there is no terminal to ask for it on",
                fix: "give it as an option: --\(option)…; 'kopnik first-person --help' has them all")
        }
        return try Self.checked(try prompt.ask(label) ?? "", label)
    }

    private func optionalAnswer(_ given: String?, _ label: String, _ prompt: Prompt) throws -> String? {
        let text = try given ?? (prompt.isTerminal ? prompt.ask("\(label) (Enter for none)") : nil) ?? ""
        return text.isEmpty ? nil : try Self.checked(text, label)
    }

    private func password(_ prompt: Prompt) throws -> String {
        let password = try prompt.ask("password, at least 8 characters", isHidden: true) ?? ""
        guard password.count >= 8 else {
            throw Self.wrong(
                "the password is too short", because: "it has \(password.count) characters",
                fix: "type 8 or more when asked, or: kopnik first-person … <FILE")
        }
        if prompt.isTerminal, try prompt.ask("once more", isHidden: true) != password {
            throw Self.wrong(
                "the two passwords are not the same", because: "it is not shown while you type it",
                fix: "run the same command again")
        }
        return password
    }

    /// What the columns take: 255 characters, none of them a control character.
    private static func checked(_ text: String, _ label: String) throws -> String {
        let text = text.trimmed
        guard !text.isEmpty, text.count <= 255,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw wrong(
                "the \(label) cannot be taken", because: "it is empty, or not one line of at most 255 characters",
                fix: "run the same command again")
        }
        return text
    }

    private static func email(_ text: String) throws -> String {
        guard text.contains(#/^[^@\s]+@[^@\s]+$/#) else {
            throw wrong(
                "'\(text)' is no e-mail address", because: "it has to be like anna@example.org",
                fix: "run the same command again")
        }
        return text
    }

    private static func birth(_ text: String, least: Int) throws -> Int {
        let now = Calendar(identifier: .gregorian).component(.year, from: Date())
        guard let year = Int(text), (1900...now).contains(year), now - year >= least else {
            throw wrong(
                "'\(text)' is no year of birth that kp-server takes",
                because: "it takes nobody younger than \(least), so at the latest \(now - least)",
                fix: "run the same command again")
        }
        return year
    }

    private static func wrong(_ what: String, because: String, fix: String) -> UsageFailure {
        UsageFailure(description: "kopnik: \(what)\n  because: \(because)\n  fix:     \(fix)")
    }
}
