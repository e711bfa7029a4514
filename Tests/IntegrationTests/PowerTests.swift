import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// FAULTS rows 1, 2 and 8, with a checker that knows what was acknowledged.
    @Suite struct PowerTests {
        let host = BareHost.shared
        private let chance = Chance()
        /// More than can be written before the fault.
        private static let rows = 60000

        private func psql(_ sql: String) async throws -> CommandOutput {
            try await host.run(
                ["kopnik", "psql", "--prefix", BareHost.prefix, "-At", "-v", "ON_ERROR_STOP=1", "-c", sql],
                within: .seconds(20))
        }

        /// Inserts numbers one by one and keeps those that were acknowledged, until the database is gone or all are in.
        private func write() async throws -> Set<Int> {
            // One session; each RETURNING line is an acknowledgement that left the database after its commit.
            let lines = (0..<Self.rows).map { "INSERT INTO lost_set VALUES (\($0)) RETURNING n;" }
            let output = try await host.run(
                ["kopnik", "psql", "--prefix", BareHost.prefix, "-Atq"], input: lines.joined(separator: "\n"),
                within: .seconds(120))
            return Set(output.lines.compactMap { Int($0) })
        }

        private func empty() async throws {
            let made = try await psql("CREATE TABLE IF NOT EXISTS lost_set (n int PRIMARY KEY); TRUNCATE lost_set")
            try #require(made.succeeded, "\(made)")
        }

        /// Waits until writing goes on, and then a while longer by chance.
        private func waitInside(_ name: String) async throws -> Duration {
            let goesOn = try await poll(for: .seconds(20), every: .milliseconds(20)) {
                try await stored().count > 50 ? true : nil
            }
            try #require(goesOn == true, "nothing was written")
            let moment = chance.moment(name, upTo: .seconds(2))
            try await Task.sleep(for: moment)
            return moment
        }

        private func stored() async throws -> Set<Int> {
            let output = try await psql("SELECT n FROM lost_set")
            try #require(output.succeeded, "\(output)")
            return Set(output.lines.compactMap { Int($0) })
        }

        private func healthy(_ service: String, otherThan old: String) async throws -> Duration? {
            let start = ContinuousClock.now
            return try await poll(for: .seconds(60)) {
                let line =
                    "docker ps -q --no-trunc --filter label=com.docker.swarm.service.name=kopnik_\(service) --filter health=healthy"
                let now = try await host.shell(line).text
                return !now.isEmpty && now != old ? start.duration(to: .now) : nil
            }
        }

        @Test(
            .timeLimit(.minutes(10)),
            arguments: [
                "db", "mail", "crossbar", "nodejs", "files", "nginx", "keeper", "dashboard",
            ])
        func `a service that is killed comes back, and nothing acknowledged is lost`(_ service: String) async throws {
            try await host.raise()
            try await empty()
            let old = try await host.container(service)
            async let writing = write()
            let moment = try await waitInside(service)
            #expect(try await host.shell("docker kill --signal KILL \(old) >/dev/null").succeeded)
            let took = try await healthy(service, otherThan: old)
            #expect(took != nil, "\(service) did not come back")
            let acknowledged = try await writing
            #expect(acknowledged.count > 50, "nothing was acknowledged: there was nothing to lose")
            // Only the database's own end may cut the writing short; its end must have come before the last row.
            #expect((acknowledged.count < Self.rows) == (service == "db"), "\(acknowledged.count) rows")
            let lost = acknowledged.subtracting(try await stored())
            #expect(lost.isEmpty, "lost: \(lost.sorted())")
            print(
                "killed \(service) after \(moment) (seed \(chance.seed)): \(acknowledged.count) rows acknowledged, healthy again after \(took.map { ProgressLine.time($0) } ?? "never")"
            )
            let up = try await poll(for: .seconds(60)) { try await host.kopnik("status").succeeded ? true : nil }
            #expect(up == true, "status never got good again")
            #expect(try await host.kopnik("verify", "--only", "S1,W3,W4,M2").succeeded)
        }

        @Test(.timeLimit(.minutes(10)))
        func
            `the plug is pulled in the middle of commits and letters, and all that was acknowledged is there afterwards`()
            async throws
        {
            try await host.raise()
            try await empty()
            let letters = LetterClient(host: host)
            async let writing = write()
            async let sending = letters.send()
            let moment = try await waitInside("plug")
            try await host.power("cut")
            let (known, taken) = (try await writing, try await sending)
            #expect(taken.count > 2, "\(taken.count) letters: not in the middle of them")
            #expect(known.count > 50 && known.count < Self.rows, "\(known.count) rows: not in the middle of commits")
            try await host.power("boot")
            let start = ContinuousClock.now
            // No systemd here: nobody starts Docker but `up`.
            let up = try await host.kopnik("up", "--yes")
            #expect(up.succeeded, "\(up.standardError)")
            print(
                "power cut after \(moment) (seed \(chance.seed)): \(known.count) rows acknowledged, all services healthy \(ProgressLine.time(start.duration(to: .now))) after 'up' was typed"
            )
            let lost = known.subtracting(try await stored())
            #expect(lost.isEmpty, "lost: \(lost.sorted().prefix(20))")
            let lostLetters = try await letters.lost(of: taken, by: "a power cut")
            #expect(lostLetters.isEmpty, "lost letters: \(lostLetters.sorted().prefix(20))")
            #expect(try await host.kopnik("verify").succeeded)
        }

        @Test(.timeLimit(.minutes(5)))
        func `the keeper renews a certificate in time, and nginx serves the new one`() async throws {
            try await host.raise()
            let issue = """
                cd "$0/var/lib/kopnik/authority"
                live="$0/etc/letsencrypt/live/kopnik.localhost"
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -CA ca.crt -CAkey ca.key -config site.cnf -days 5 \\
                    -keyout "$live/privkey.pem" -out "$live/fullchain.pem" 2>/dev/null
                docker kill --signal HUP $(docker ps -q --filter name=kopnik_nginx) >/dev/null
                docker kill --signal KILL $(docker ps -q --filter name=kopnik_keeper) >/dev/null
                """
            #expect(try await host.run(["sh", "-euc", issue, BareHost.prefix]).succeeded)
            let served =
                "openssl s_client -connect 127.0.0.1:443 -servername kopnik.localhost </dev/null 2>/dev/null | openssl x509 -noout -checkend 8640000"
            let renewed = try await poll(for: .seconds(90)) { try await host.shell(served).succeeded ? true : nil }
            let said = try await host.kopnik("logs", "keeper", "--lines", "20").standardOutput
            #expect(renewed == true, "\(said)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `status does not lie while Docker is away, and everything returns with it`() async throws {
            try await host.raise()
            _ = try await host.shell("kill -KILL $(cat /var/run/docker.pid)")
            let away = try await poll(for: .seconds(10)) {
                try await host.run(["docker", "version"]).succeeded ? nil : true
            }
            try #require(away == true, "Docker still answers")
            let status = try await host.kopnik("status")
            #expect(status.exitCode == 1)
            #expect(status.standardError.contains("Docker"), "\(status)")
            let up = try await host.kopnik("up", "--yes")
            #expect(up.succeeded, "\(up.standardError)")
            #expect(try await host.get("/api/health").succeeded)
        }
    }
}
