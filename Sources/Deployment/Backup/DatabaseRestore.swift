import Foundation
import Machine

/// One run of `restore-database` in a container.
struct DatabaseRestore: Sendable {
    let tool: RepositoryTool

    /// The moment as Postgres reads it.
    static func target(_ moment: Date?) -> [String] {
        moment.map { [$0.formatted(.iso8601.dateTimeSeparator(.space)).replacing("Z", with: "+00")] } ?? []
    }

    /// The newest copy that is not damaged; pgBackRest itself would take the newest of all.
    /// - Throws: `Failure` where there is none, or none that old.
    func wholeCopy(before moment: Date?) async throws -> PgBackRestInfo.Backup {
        let info = try tool.info(
            try await tool.alone("restore-look", ["--as-postgres", "pgbackrest", "--output=json", "info"]))
        let whole = info.backups.filter { !$0.isDamaged }
        guard let copy = whole.last(where: { $0.stop <= (moment ?? .distantFuture).timeIntervalSince1970 }) else {
            let oldest = whole.first.map { Date(timeIntervalSince1970: $0.stop).universalMinute }
            throw Failure(
                "there is no copy of the database to restore",
                because: oldest.map { "the oldest whole one is of \($0)" } ?? "none in the repository is whole",
                fix: oldest.map { "the same command with --at '\($0.dropLast(4))' or later" }
                    ?? "look for another repository, or for the dumps in it: docs/disaster.md")
        }
        return copy
    }

    /// - Returns: what is in it.
    /// - Throws: `Failure` where it did not come back.
    func run(
        _ name: String, _ words: [String], _ volume: String, _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> RestoredDatabase {
        let found = Latest<RestoredDatabase>()
        let said = Latest<String>()
        let output = try await tool.alone(
            name, ["--as-postgres", "restore-database"] + words, volume: volume, timeLimit: nil
        ) { line in
            if let result = RestoredDatabase(line: line) { found.set(result) }
            // Why, before what follows from it.
            if said.value == nil, line.contains("FATAL") || line.contains("ERROR") { said.set(line) }
            if let words = RestoreLine.words(line) { await detail(words) }
        }
        if output.exitCode == 4 {
            throw Failure(
                "nothing was restored: there is a database here", because: "the volume \(volume) holds one",
                fix: "use another, empty computer")
        }
        if said.value?.contains("before configured recovery target was reached") == true {
            throw Failure(
                "the repository does not reach that far",
                because: "its newest entry is older than the time you asked for",
                fix: "the same command with an earlier --at, or without it for the newest state")
        }
        guard output.succeeded else {
            throw tool.failure(
                "the database could not be restored",
                CommandOutput(
                    exitCode: output.exitCode, standardOutput: said.value ?? "", standardError: output.standardError))
        }
        guard let database = found.value else { throw Failure("the database could not be restored") }
        return database
    }
}
