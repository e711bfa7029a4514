public import Blueprint
import Engine
import Machine
import Site

extension Deployment {
    /// How the first person is made in this site's database, as far as it can be told before anybody is asked for a name.
    /// - Throws: `Failure` where its tables are not known or not there, or somebody is.
    public func firstPerson() async throws -> FirstPerson {
        let first = try await knownFirstPerson()
        _ = try await running(.crossbar)
        let output = try await ask(first.isNobodyThere)
        guard output.succeeded else { throw Self.failure(output) }
        guard output.text == "t" else { throw Self.somebody }
        return first
    }

    private func knownFirstPerson() async throws -> FirstPerson {
        let profile = try await serverProfile()
        guard let first = profile.firstPerson else {
            throw Failure(
                "kopnik cannot make a first person here",
                because: profile.settings == .plain
                    ? "the tables of this kp-server are not known; the demo has no people at all"
                    : "nobody can log in to \(profile.title) as it is, whoever is in its database (docs/sources.md)",
                fix: "raise kp-server's branch master (key 'sources' of the site file), or ask the source's authors")
        }
        return first
    }

    /// What is to be said of a database that has nobody, for then nobody can register either.
    func examinePeople() async -> [Finding] {
        guard let first = try? await knownFirstPerson(), let answer = try? await ask(first.isNobodyThere),
            answer.text == "t"
        else { return [] }
        return [
            Finding(
                .warning, "People", "there is nobody yet",
                because: "whoever registers is verified by somebody who is there", fix: "kopnik first-person")
        ]
    }

    /// Writes the first person and the lands down to the house, all or nothing.
    /// - Throws: `Failure` where somebody is there, or the tables are not.
    public func makeFirstPerson(_ wish: FirstPerson.Wish, password: String) async throws {
        let first = try await knownFirstPerson()
        world.redaction.add(password)
        var wish = wish
        wish.password = try await hash(password)
        world.redaction.add(wish.password)
        let output = try await ask(try first.script(wish))
        guard !output.succeeded else { return }
        throw Self.failure(output)
    }

    private func ask(_ text: String) async throws -> CommandOutput {
        try await docker.run(
            Docker.psql(in: try await running(.db), database: site.postgres.production),
            standardInput: text, timeLimit: .seconds(30))
    }

    /// By the bcrypt of Crossbar's container, in the form that kp-server's own bcrypt writes. The password goes by standard input.
    private func hash(_ password: String) async throws -> String {
        let output = try await docker.require(
            ["exec", "--interactive", try await running(.crossbar), "hash-password"], toDo: "hash the password",
            standardInput: password, timeLimit: .seconds(30), fix: "kopnik up, then the same command again")
        guard output.text.hasPrefix("$2a$") else {
            throw Failure("could not hash the password", because: "the service 'crossbar' gave no bcrypt hash")
        }
        return output.text
    }

    private func running(_ service: ServiceKind) async throws -> String {
        guard let container = try await docker.container(of: service.rawValue, in: stack) else {
            throw Failure(
                "the service '\(service.rawValue)' does not run", because: "the database is reached through it",
                fix: "kopnik up")
        }
        return container
    }

    private static let somebody = Failure(
        "there is somebody already",
        because: "this command makes the first person of an empty copy, and no other; nothing was changed",
        fix: "the others register in the page, and are verified there by whoever was first")

    private static func failure(_ output: CommandOutput) -> Failure {
        let said = output.standardError
        if said.contains(FirstPerson.somebody) { return somebody }
        if said.contains("does not exist") {
            return Failure(
                "the database has not the tables that a person is written into", because: output.lastWords,
                fix: "kopnik up makes them with the application's first start; then the same command again")
        }
        return Failure(
            "could not write the first person", because: "\(output.lastWords); nothing was changed",
            fix: "kopnik logs db")
    }
}
