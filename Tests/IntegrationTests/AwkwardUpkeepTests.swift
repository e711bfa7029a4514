import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// What is seen to around the awkward source while it runs: rights in its database, the size of its logs.
    @Suite struct AwkwardUpkeepTests {
        let host = BareHost.shared
        private let source = AwkwardSourceTests()

        @Test(.timeLimit(.minutes(10)))
        func `lets the role of Crossbar's logins read their columns and nothing else`() async throws {
            try await source.raise()
            func asCrossbar(_ text: String) async throws -> CommandOutput {
                try await source.sql("SET ROLE crossbar; " + text)
            }
            for text in [
                #"SELECT email, password, rolee FROM "Kopnik""#,
                #"SELECT 1 FROM "Registration" WHERE state = 0 AND email = ''"#,
            ] {
                #expect(try await asCrossbar(text).succeeded, "\(text)")
            }
            for text in [
                #"SELECT passport FROM "Kopnik""#, #"SELECT password FROM "Registration""#, #"SELECT * FROM "Zemla""#,
                #"UPDATE "Kopnik" SET rolee = 'server'"#, #"DELETE FROM "Registration""#, "CREATE TABLE mine (id int)",
                #"INSERT INTO "Session" (id) VALUES (1)"#,
            ] {
                let output = try await asCrossbar(text)
                #expect(!output.succeeded && output.standardError.contains("permission denied"), "\(text): \(output)")
            }
            // What somebody gave it besides is told, and taken back where that is wished; what it needs comes back unasked.
            _ = try await source.sql(
                #"GRANT UPDATE ON "Kopnik" TO crossbar; REVOKE SELECT ON "Registration" FROM crossbar"#)
            let plan = try await host.run(["kopnik", "plan", "--file", AwkwardSourceTests.file])
            #expect(
                plan.exitCode == 3 && plan.standardOutput.contains("let Crossbar's logins read email, state"), "\(plan)"
            )
            #expect(plan.standardOutput.contains("take back what Crossbar's logins do not need"))
            #expect(try await host.run(["kopnik", "up", "--yes", "--file", AwkwardSourceTests.file]).exitCode == 1)
            #expect(
                try await host.run(["kopnik", "up", "--yes", "--force", "--file", AwkwardSourceTests.file]).succeeded)
            #expect(try await !asCrossbar(#"UPDATE "Kopnik" SET rolee = 'server'"#).succeeded)
            #expect(try await asCrossbar(#"SELECT email, state FROM "Registration""#).succeeded)
        }

        @Test(.timeLimit(.minutes(10)))
        func `has the logs that it writes bounded, by size, age and in all`() async throws {
            try await source.raise()
            let folder = "/root/.local/share/kopnik/awkward/home/ubuntu/kp-server/log"
            let fill = """
                cd \(folder)
                head -c 12000000 /dev/zero | tr '\\0' x >>root.log
                for day in 1 2 3 4 5 6; do head -c 10000000 /dev/zero >root.log-2026-01-0$day; touch -d "-$((20 - day)) days" root.log-2026-01-0$day; done
                echo old >root.log-2025-01-01; touch -d '-31 days' root.log-2025-01-01
                echo secret >/srv/elsewhere; ln -sf /srv/elsewhere linked.log
                chown -h 1000:1000 *
                """
            _ = try await host.shell(fill)
            let names = try await poll(for: .seconds(150), every: .seconds(2)) { () -> [String]? in
                let found = try await host.shell(
                    "cd \(folder); ls; [ $(du -sk . | cut -f1) -lt 51300 ] && [ -s root.log.full ] && echo bounded")
                return found.lines.last == "bounded" ? found.lines : nil
            }
            let found = try #require(names)
            #expect(!found.contains("root.log-2025-01-01") && !found.contains("root.log-2026-01-01"), "\(found)")
            #expect(found.contains("root.log-2026-01-06") && found.contains("root.log"))
            // It is written on in the same file.
            #expect(
                try await host.shell("cd \(folder); stat -c %s root.log; cat /srv/elsewhere").lines == ["0", "secret"])
            _ = try await host.shell("cd \(folder); rm -f root.log-* root.log.full linked.log")
        }
    }
}
