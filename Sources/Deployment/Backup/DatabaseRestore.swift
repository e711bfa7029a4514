import Foundation
import Machine

/// One run of `restore-database` in a container.
struct DatabaseRestore: Sendable {
    let tool: RepositoryTool

    /// Where a restore begins, and which way it takes from there.
    struct Start: Sendable {
        var copy: PgBackRestInfo.Backup
        var moment: Date?
        var way: Timelines.Way

        /// The words of `restore-database`: the copy, the moment as Postgres reads it, the line.
        var words: [String] {
            guard let moment else { return [copy.label] }
            let time = moment.formatted(.iso8601.dateTimeSeparator(.space)).replacing("Z", with: "+00")
            return [copy.label, time] + (way.line.map { ["\($0)"] } ?? [])
        }
    }

    /// The newest copy from which a moment can be reached, and that is not damaged; pgBackRest itself would take the newest of all.
    /// - Throws: `Failure` where there is none, or none that old.
    func start(for moment: Date?) async throws -> Start {
        let info = try tool.info(
            try await tool.alone("restore-look", ["--as-postgres", "pgbackrest", "--output=json", "info"]))
        let timelines = try await timelines(info)
        let way = timelines.way(to: moment)
        let whole = info.backups.filter { !$0.isDamaged }
        let end = (moment ?? .distantFuture).timeIntervalSince1970
        guard let copy = whole.last(where: { $0.stop <= end && timelines.holds($0, on: way.line) }) else {
            let oldest = whole.first.map { Date(timeIntervalSince1970: $0.stop).universalMinute }
            throw Failure(
                "there is no copy of the database to restore",
                because: oldest.map { "the oldest whole one is of \($0)" } ?? "none in the repository is whole",
                fix: oldest.map { "the same command with --at '\($0.dropLast(4))' or later" }
                    ?? "look for another repository, or for the dumps in it: docs/disaster.md")
        }
        if let words = way.words { await tool.deployment.world.progress.report(.note(words)) }
        return Start(copy: copy, moment: moment, way: way)
    }

    private func timelines(_ info: PgBackRestInfo) async throws -> Timelines {
        guard let folder = info.logFolder else { return Timelines() }
        let output = try await tool.alone("restore-look", ["--as-postgres", "timelines", folder])
        guard output.succeeded, let found = Timelines(output.standardOutput) else {
            throw tool.failure("the lines of the database's log cannot be read", output)
        }
        return found.knowing(info.backups)
    }

    /// - Returns: what is in it.
    /// - Throws: `Failure` where it did not come back.
    func run(
        _ name: String, _ mode: String, _ start: Start, _ volume: String,
        _ detail: @escaping @Sendable (String) async -> Void
    ) async throws -> RestoredDatabase {
        let found = Latest<RestoredDatabase>()
        let said = Latest<String>()
        let output = try await tool.alone(
            name, ["--as-postgres", "restore-database", mode] + start.words, volume: volume, timeLimit: nil
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
            if let next = start.way.leftFor {
                throw Failure(
                    "nothing was kept of that moment",
                    because: "the log from before the restore of \(next.began.universalMinute) ends earlier",
                    fix:
                        "the same command with an earlier --at, or with --at '\(next.began.universalSecond.dropLast(4))' or later"
                )
            }
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
