import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// A source that does not fit the specification, in the ways of the real kp-server: raised unchanged, by its profile.
    @Suite struct AwkwardSourceTests {
        let host = BareHost.shared
        static let file = "/srv/awkward/kopnik.yaml"

        /// Puts the fixtures beside what they share with the demo, and raises the site if it does not run yet.
        func raise() async throws {
            try await host.raise()
            let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let root = tests.deletingLastPathComponent().path(percentEncoded: false)
            let folder = host.rootFolder() + "/srv/awkward"
            let copy = """
                mkdir -p "$2" && cd "$2" && [ ! -e server ] || exit 0
                cp -R "$1/Tests/Fixtures/awkward-server" server && cp -R "$1"/demo/kp-server/platform/pg "$1"/demo/kp-server/platform/ws server/platform/
                cp "$1/demo/kp-server/src/wamp.js" server/src/wamp.mjs
                cp -R "$1/demo/kp-client" client && cp "$1/Tests/Fixtures/crossbar/config.json" client/.crossbar/config.json
                # The real one in its place, where somebody has it: a git repository of kp-client.
                if [ -n "${KOPNIK_REAL_KP_CLIENT:-}" ]; then git -C "$KOPNIK_REAL_KP_CLIENT" show HEAD:.crossbar/config.json >client/.crossbar/config.json; fi
                chown -R 1000:1000 server client
                cp "$1/Tests/Fixtures/registry/registry.py" .
                """
            let copied = try await LocalCommandRunner().run(Command("/bin/sh", ["-euc", copy, "sh", root, folder]))
            try #require(copied.succeeded, "\(copied)")
            try await host.write(
                "name: awkward\nports: {http: 8087, https: 8450}\nnode: {server: newest}\nsources: {server: {folder: server}, client: {folder: client}}\n",
                to: Self.file)
            try await withRegistry {
                let up = try await host.run(["kopnik", "up", "--yes", "--force", "--file", Self.file])
                try #require(up.succeeded, "\(up.standardError)\(up.standardOutput)")
            }
        }

        /// npm's registry for this host: where its containers look for it, with the few packages that the fixture asks for.
        private func withRegistry(_ body: () async throws -> Void) async throws {
            let start = """
                docker rm --force test-registry >/dev/null 2>&1 || true
                image=$(docker inspect --format '{{.Config.Image}}' "$(docker ps -q --filter name=kopnik_crossbar)")
                docker run --detach --name test-registry --network host --volume /srv/awkward/registry.py:/registry.py:ro \
                    --entrypoint python3 "$image" /registry.py >/dev/null
                """
            try #require(try await host.shell(start).succeeded)
            do { try await body() } catch {
                _ = try await host.shell("docker rm --force test-registry")
                throw error
            }
            try #require(try await host.shell("docker rm --force test-registry").succeeded)
        }

        func sql(_ text: String) async throws -> CommandOutput {
            try await host.run(["kopnik", "psql", "--file", Self.file, "-At", "-v", "ON_ERROR_STOP=1", "-c", text])
        }

        @Test(.timeLimit(.minutes(10)))
        func `comes up unchanged, and verify says in which rows it differs`() async throws {
            try await raise()
            struct Report: Decodable {
                struct Row: Decodable { var number, outcome, evidence: String }
                var results: [Row]
            }
            let output = try await host.run(["kopnik", "verify", "--file", Self.file, "--json"])
            let report = try JSONDecoder().decode(Report.self, from: Data(output.standardOutput.utf8))
            let outcomes = Dictionary(uniqueKeysWithValues: report.results.map { ($0.number, $0.outcome) })
            #expect(report.results.filter { $0.outcome == "broken" }.map { "\($0.number): \($0.evidence)" } == [])
            #expect(outcomes["N4"] == "differs" && outcomes["W4"] == "differs" && outcomes["B1"] == "holds")
            let plan = try await host.run(["kopnik", "plan", "--file", Self.file])
            #expect(plan.exitCode == 0, "\(plan.standardOutput)")
            // What git tracks is as its author left it: the settings are mounted over it, not written into it.
            let placed = try await host.shell(
                "cat /root/.local/share/kopnik/awkward/home/ubuntu/kp-server/cfg/private.json | tr -d ' \\n'")
            #expect(placed.text == #"{"production":{}}"#)
        }

        /// `bcrypt` of the fixture fails at its install with the `nan` that it asks for, as the real one does on Node 8.
        @Test(.timeLimit(.minutes(10)))
        func `gets native packages compiled with a newer nan, and nothing that git tracks is changed`() async throws {
            try await raise()
            let line = """
                cd /root/.local/share/kopnik/awkward/home/ubuntu/kp-server
                cat node_modules/bcrypt/built; echo; cat node_modules/libpq/built; echo
                grep -c '"nan"' package.json || true
                cmp package.json /srv/awkward/server/package.json && echo same
                """
            #expect(try await host.shell(line).lines == ["2.14.2", "2.14.2", "0", "same"])
        }

        @Test(.timeLimit(.minutes(10)))
        func `gets its tables and functions once, and none of the people of its tests`() async throws {
            try await raise()
            // As at the very first start, whatever this site has been through.
            _ = try await sql(#"DROP TABLE "Kopnik", "KopnikTree", "Registration", "Session", "Zemla" CASCADE"#)
            #expect(try await host.run(["kopnik", "restart", "--file", Self.file, "nodejs"]).succeeded)
            let tables =
                "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'"
            #expect(try await sql(tables).text == "Kopnik KopnikTree Registration Session Zemla")
            #expect(try await sql(#"SELECT count(*) FROM "Kopnik" WHERE email = 'unittest@example.org'"#).text == "0")
            #expect(try await sql("SELECT count(*) FROM pg_proc WHERE proname = 'get_zemli'").text == "1")
            #expect(
                try await sql(
                    "SELECT count(*) FROM information_schema.columns WHERE column_name = 'verifier_id' AND table_name = 'Zemla'"
                ).text
                    == "1")
            _ = try await sql(
                #"DELETE FROM "Zemla"; INSERT INTO "Zemla" (name, created_at, updated_at) VALUES ('kept over a restart', now(), now())"#
            )
            #expect(try await host.run(["kopnik", "restart", "--file", Self.file, "nodejs"]).succeeded)
            #expect(try await sql(#"SELECT count(*) FROM "Zemla" WHERE name = 'kept over a restart'"#).text == "1")
            let said = try await host.run(["kopnik", "logs", "--file", Self.file, "nodejs"]).standardOutput
            #expect(
                said.contains("make-tables: made 5 tables: Kopnik, KopnikTree, Registration, Session, Zemla"), "\(said)"
            )
            #expect(said.contains("make-tables: the database has tables: nothing to do"), "\(said)")
            // The numbers below belong to the people of its tests, who may do anything.
            #expect(try await sql(#"SELECT min(id) > 1000 FROM "Zemla""#).text == "t")
        }

        @Test(.timeLimit(.minutes(10)))
        func `prints its settings when it starts, and none of its secrets is in Docker's log`() async throws {
            try await raise()
            let line = """
                cd /root/.local/share/kopnik/awkward/var/lib/kopnik/secrets
                for service in nodejs files crossbar db; do docker service logs --raw awkward_$service; done >/srv/said 2>&1
                for secret in db-password crossbar-password wamp-ticket keys/vapid-private-key; do ! grep -qF "$(cat $secret)" /srv/said || echo $secret; done
                grep -c started /srv/said
                """
            let found = try await host.shell(line).lines
            #expect(found.count == 1 && Int(found.first ?? "0") ?? 0 > 0, "\(found)")
        }

        @Test(.timeLimit(.minutes(10)))
        func `gets its tables beside others, and touches none where some of its own are there`() async throws {
            try await raise()
            // As after a demo: other tables, none of its own.
            _ = try await sql(
                #"DROP TABLE "Kopnik", "KopnikTree", "Registration", "Session", "Zemla" CASCADE; CREATE TABLE IF NOT EXISTS demo_note (id int)"#
            )
            #expect(try await host.run(["kopnik", "restart", "--file", Self.file, "nodejs"]).succeeded)
            #expect(try await sql(#"SELECT count(*) FROM "Kopnik""#).text == "0")
            _ = try await sql(#"DROP TABLE "Session""#)
            _ = try await host.shell("docker kill $(docker ps -q --filter name=awkward_nodejs) >/dev/null")
            let refused = try await poll(for: .seconds(60)) { () -> Bool? in
                let said = try await host.run(["kopnik", "logs", "--file", Self.file, "nodejs"]).standardOutput
                return said.contains("lacks Session: it is not touched") ? true : nil
            }
            #expect(refused == true)
            // Whole again, as the application's own.
            _ = try await sql(
                #"DROP TABLE demo_note; SET ROLE kopnik; CREATE TABLE "Session" (id bigint PRIMARY KEY, authid varchar(255))"#
            )
            let up = try await host.run(["kopnik", "up", "--yes", "--force", "--file", Self.file])
            #expect(up.succeeded, "\(up.standardError)")
        }

        @Test(.timeLimit(.minutes(10)))
        func `finishes tables whose making was broken off, and touches no others`() async throws {
            try await raise()
            // As it is when the plug is pulled in the middle: the marker is there, some tables are not.
            _ = try await sql(
                #"CREATE TABLE kopnik_unfinished_tables (); DROP TABLE "Registration"; DROP FUNCTION get_zemli"#)
            #expect(try await host.run(["kopnik", "restart", "--file", Self.file, "nodejs"]).succeeded)
            #expect(try await sql(#"SELECT count(*) FROM "Registration""#).text == "0")
            #expect(try await sql("SELECT count(*) FROM pg_proc WHERE proname = 'get_zemli'").text == "1")
            #expect(try await sql("SELECT to_regclass('kopnik_unfinished_tables') IS NULL").text == "t")
        }

        @Test(.timeLimit(.minutes(10)))
        func `is unhealthy while its procedure is not registered`() async throws {
            try await raise()
            // The application stands still: its session ends, and with it the registration. The shell's own line must not fit the pattern: it
            // would stop itself, before the application or after it, as the numbers of both happen to be sorted.
            let stop =
                "docker exec $(docker ps -q --filter name=awkward_nodejs) sh -c 'for p in /proc/[0-9]*; do grep -qz [b]abel-node $p/cmdline && kill -STOP ${p#/proc/}; done; true'"
            _ = try await host.shell(stop)
            let line = "docker ps -q --no-trunc --filter name=awkward_nodejs --filter health=healthy"
            let before = try await host.shell("docker ps -q --no-trunc --filter name=awkward_nodejs").text
            let replaced = try await poll(for: .seconds(120)) { () -> Bool? in
                let now = try await host.shell(line).text
                return !now.isEmpty && now != before ? true : nil
            }
            #expect(replaced == true)
        }
    }
}
