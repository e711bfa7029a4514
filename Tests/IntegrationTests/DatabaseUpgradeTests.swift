import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// From Postgres 15 to 17 and back, broken off at random moments while somebody writes. In CI once and without the way back;
    /// `KOPNIK_TEST_ROUNDS=3 ./kopnik-test bare --filter DatabaseUpgradeTests` does all of it three times.
    @Suite(.serialized) struct DatabaseUpgradeTests {
        let host = BareHost.shared
        let site = ExchangedSite()
        private let chance = Chance()
        private let rounds = ProcessInfo.processInfo.environment["KOPNIK_TEST_ROUNDS"].flatMap { Int($0) }

        @Test(.timeLimit(.minutes(60)))
        func `1: the data go to the newer Postgres and back, whatever is broken off, and nothing acknowledged is lost`()
            async throws
        {
            try await site.raise()
            try await refusals()
            for round in 1...(rounds ?? 1) {
                let until = try await upgrade(round)
                if rounds != nil { try await back(round, keeping: until) }
                try #require(try await site.kopnik("database", "confirm", "--yes").succeeded)
                #expect(try await site.folders() == [rounds == nil ? "17/main" : "15/main"])
            }
        }

        /// What is said before anything is touched.
        private func refusals() async throws {
            try await site.ask(for: 17)
            for verb in ["plan", "up"] {
                let words = try await site.kopnik(verb)
                #expect(words.exitCode == 1 && words.standardError.contains("kopnik database upgrade"), "\(words)")
            }
            let db = try await host.shell("docker ps -q --filter name=exchanged_db").text
            // As long as a disk, and no longer than a name: what a copy of it would need is not there.
            let huge =
                "\"$(docker volume inspect --format '{{.Mountpoint}}' exchanged_database)\"/15/main/base/huge"
            try #require(try await host.shell("truncate --size 9T \(huge)").succeeded)
            let full = try await site.kopnik("database", "upgrade", "--yes")
            #expect(full.exitCode == 1 && full.standardError.contains("not enough room"), "\(full)")
            try #require(try await host.shell("rm \(huge)").succeeded)
            #expect(try await site.folders() == ["15/main"])
            #expect(try await host.shell("docker ps -q --filter name=exchanged_db").text == db)
            // As one leaves it that is killed between its two renames: the older data are the truth, and the next upgrade begins anew.
            let state = """
                cd "$(docker volume inspect --format '{{.Mountpoint}}' exchanged_database)"; mkdir -p 17/main; echo 17 >17/main/PG_VERSION; chown -R 5432:5432 17
                echo '{"kept": 15, "current": 17, "at": "2026-11-25T00:00:00Z", "pending": "upgrade", "image": "x", "contents": {"parts": []}}' \\
                    >\(ExchangedSite.root)/var/lib/kopnik/deployed/database.json
                """
            try #require(try await host.shell(state).succeeded)
            let pending = try await site.kopnik("up", "--yes")
            #expect(pending.exitCode == 1 && pending.standardError.contains("was broken off"), "\(pending)")
        }

        /// - Returns: what was acknowledged before the switch for certain.
        private func upgrade(_ round: Int) async throws -> Set<String> {
            let moment = chance.moment("upgrade \(round)", upTo: .seconds(25))
            var said = ""
            let before = Set(try await site.notes())
            let written = try await site.writing("up\(round)") {
                let first = try RunningUp(on: host, ["--file", ExchangedSite.file], verb: "database upgrade")
                try await Task.sleep(for: moment)
                first.send(SIGKILL)
                let code = try await first.exitCode(within: .seconds(200))
                let main = try await site.folders()
                #expect(main.contains { $0.hasSuffix("/main") }, "\(main)")
                let again = try await site.kopnik("database", "upgrade", "--yes")
                #expect(again.succeeded, "\(again.standardError)\(again.standardOutput)")
                said =
                    "killed after \(moment) (exit \(code ?? -1)), folders \(main); \(again.standardError.split(separator: "\n").filter { $0.contains("nothing could") })"
            }
            print(
                "upgrade, round \(round) (seed \(chance.seed)): \(said); \(written.acknowledged.count) notes, longest gap \(written.gap) s"
            )
            #expect(try await site.version() == 17)
            #expect(try await site.folders() == ["15/kept", "17/main"])
            let stored = try await site.notes()
            let lost = Set(written.acknowledged).union(before).subtracting(stored)
            #expect(lost.isEmpty, "lost: \(lost.sorted())")
            #expect(Set(stored).count == stored.count, "something was stored twice")
            let facts = try await site.sql(
                """
                SELECT current_setting('data_checksums'); SELECT string_agg(datname::text || datlocprovider::text, ',' ORDER BY datname) FROM pg_database;
                SELECT count(*), count(DISTINCT b) FROM "odd 'name'"; SELECT one(); SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'reader'::regrole;
                SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'dev';
                INSERT INTO "odd 'name'" (t) VALUES ('next') RETURNING id;
                """)
            let wanted = [
                "on", "devb,kopnikb,postgresb,template0b,template1b,testb", "20000|20000", "1",
                "{statement_timeout=7s}",
                "of the test", "20001", "INSERT 0 1",
            ]
            #expect(facts.lines == wanted, "\(facts)")
            #expect(try await site.kopnik("plan").exitCode == 0)
            let rollback = try await site.kopnik("rollback", "1", "--yes")
            #expect(rollback.exitCode == 1 && rollback.standardError.contains("ran Postgres 15"), "\(rollback)")
            return before
        }

        private func back(_ round: Int, keeping before: Set<String>) async throws {
            let moment = chance.moment("back \(round)", upTo: .seconds(12))
            // Nobody to ask: nothing is done, and it is said what would be lost.
            let asked = try await site.kopnik("database", "back")
            #expect(asked.exitCode == 2, "\(asked)")
            let first = try RunningUp(on: host, ["--file", ExchangedSite.file], verb: "database back")
            let told = try await poll(for: .seconds(20)) { first.begun("Way back") ? true : nil }
            #expect(told == true)
            try await Task.sleep(for: moment)
            first.send(SIGKILL)
            let code = try await first.exitCode(within: .seconds(200))
            #expect(first.said.contains("public.\"odd 'name'\": 1 row more"), "\(first.said)")
            let folders = try await site.folders()
            let again = try await site.kopnik("database", "back", "--yes")
            // Ended before it was killed, there is nothing to go back to any more.
            #expect(again.succeeded || again.standardError.contains("nothing to go back to"), "\(again)")
            print(
                "way back, round \(round) (seed \(chance.seed)): killed after \(moment) (exit \(code ?? -1)), folders \(folders)"
            )
            #expect(try await site.version() == 15)
            #expect(try await site.folders() == ["15/main", "17/kept"])
            let lost = before.subtracting(try await site.notes())
            #expect(lost.isEmpty, "lost: \(lost.sorted())")
            #expect(try await site.sql("SELECT count(*) FROM \"odd 'name'\"").text == "20000")
        }

        @Test(.timeLimit(.minutes(10)), .enabled(if: ProcessInfo.processInfo.environment["KOPNIK_TEST_ROUNDS"] != nil))
        func `2: a copy that is not what was there leaves the old version running`() async throws {
            try await site.ask(for: 17)
            // One that takes no connections cannot be copied.
            try #require(
                try await site.sql(
                    "CREATE DATABASE closed; UPDATE pg_database SET datallowconn = false WHERE datname = 'closed'"
                ).succeeded)
            let upgrade = try await site.kopnik("database", "upgrade", "--yes")
            #expect(upgrade.exitCode == 1 && upgrade.standardError.contains("old: database closed"), "\(upgrade)")
            #expect(upgrade.standardError.contains("Postgres 15 runs on"), "\(upgrade)")
            #expect(try await site.version() == 15)
            #expect(try await site.folders() == ["15/main"])
            #expect(try await site.kopnik("status").succeeded)
        }

        @Test(.timeLimit(.minutes(5)))
        func `3: nothing of it is left`() async throws {
            let gone = try await site.kopnik("destroy", "--confirm", "exchanged")
            #expect(gone.succeeded, "\(gone)")
            #expect(try await host.shell("docker volume ls -q | grep exchanged || true").text.isEmpty)
            #expect(try await host.shell("docker ps -aq --filter name=exchanged").text.isEmpty)
        }
    }
}
