import Foundation
import Machine
import Testing

/// Moments around a restore to a moment: steps of `BackupTests` that run when the whole is asked for.
extension BackupTests {
    /// A moment of now that the log has reached the repository with.
    func momentOnItsOwnPiece(_ host: BareHost) async throws -> String {
        let psql =
            "docker exec $(docker ps -q --filter name=kopnik_db) psql -h /run/postgresql -U postgres -d kopnik -At -c"
        // Postgres follows the log to a moment only if it has a change from after it.
        let prepared = try await host.shell(
            """
            \(psql) "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '1 s', 'YYYY-MM-DD HH24:MI:SS')"
            \(psql) "SELECT pg_sleep_until(date_trunc('second', clock_timestamp()) + interval '2 s')" >/dev/null
            \(psql) 'CREATE TABLE IF NOT EXISTS later (n int); INSERT INTO later VALUES (1); SELECT pg_walfile_name(pg_switch_wal())'
            """)
        let moment = try #require(prepared.lines.first { $0.hasPrefix("20") }, "\(prepared)")
        let piece = try #require(prepared.lines.last { $0.count == 24 }, "\(prepared)")
        let arrived = try await poll(for: .seconds(120), every: .seconds(1)) {
            try await host.shell("\(psql) 'SELECT last_archived_wal FROM pg_stat_archiver'").text >= piece ? true : nil
        }
        try #require(arrived == true, "\(piece)")
        return moment
    }

    /// - Parameters:
    ///   - before: the moment to which the site was restored.
    ///   - left: a moment after it, before that restore.
    ///   - now: a moment after that restore.
    func aroundTheFork(
        _ host: BareHost, before: String, left: String, leftNotes: Set<String>, now: String, notes: Set<String>
    ) async throws {
        func look(_ moment: String) async throws -> (notes: Set<String>, dear: String, said: String) {
            let asked = try await kopnik(
                host,
                "backup psql --at '\(moment)' -At -c \"SELECT coalesce(to_regclass('dear')::text, '-')\" -c 'SELECT text FROM demo_note'"
            )
            try #require(asked.succeeded, "\(moment): \(asked)")
            return (Set(asked.lines.dropFirst()), asked.lines.first ?? "", asked.standardError)
        }
        let notTheirs = "not in the past of what runs now"
        let early = try await look(before)
        #expect(
            early.dear == "dear" && early.notes.isDisjoint(with: leftNotes) && !early.said.contains(notTheirs),
            "\(early)")
        let abandoned = try await look(left)
        #expect(abandoned.dear == "-" && leftNotes.isSubset(of: abandoned.notes), "\(abandoned)")
        #expect(abandoned.said.contains(notTheirs), "\(abandoned.said)")
        // Just after the restore, before its first copy was done: the newest copy of all is of the branch that was left.
        let first = try #require(
            try await list(host).first { $0.kind.hasPrefix("database") && $0.at.replacing("T", with: " ") > left })
        let done = try Date(first.at, strategy: .iso8601)
        let young = try await look(
            done.addingTimeInterval(-1).formatted(.iso8601.dateTimeSeparator(.space)).replacing("Z", with: ""))
        #expect(young.dear == "dear" && young.notes.isDisjoint(with: leftNotes), "\(young)")
        let late = try await look(now)
        #expect(
            late.dear == "dear" && notes.isSubset(of: late.notes) && late.notes.isDisjoint(with: leftNotes), "\(late)")
        #expect(!late.said.contains(notTheirs), "\(late.said)")
    }
}
