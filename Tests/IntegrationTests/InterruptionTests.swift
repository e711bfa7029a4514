import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// FAULTS row 3: `up` killed at any step, and row 10: two operators at once.
    @Suite struct InterruptionTests {
        let host = BareHost.shared
        private let site = ["--demo", "--name", "broken-off", "--http-port", "8082", "--https-port", "8445"]

        @Test(.timeLimit(.minutes(20)))
        func `up goes on from wherever it was killed or stopped`() async throws {
            try await host.raise()
            // The steps as `plan` names them, so that a new one is never forgotten here.
            struct Entry: Decodable { var step: String }
            let plan = try await host.run(["kopnik", "plan", "--json"] + site)
            #expect(plan.exitCode == 3)
            let steps = try JSONDecoder().decode([Entry].self, from: Data(plan.standardOutput.utf8)).map(\.step)
            #expect(steps.count >= 10)
            // These find nothing to do for a new site on such a computer; `FreshHostTests` kills them where they have.
            let idle: Set = ["Computer", "Packages", "Docker", "Database"]
            for (index, step) in (steps.filter { !idle.contains($0) } + ["Verified"]).enumerated() {
                // The proof follows a change.
                if step == "Verified" {
                    #expect(try await host.run(["kopnik", "down", "--name", "broken-off"]).succeeded)
                }
                let signal = index.isMultiple(of: 2) && step != "Verified" ? SIGKILL : SIGINT
                let up = try RunningUp(on: host, site, injecting: RunningUp.Injection(step: step, signal: signal))
                let code = try await up.exitCode(within: .seconds(300))
                #expect(up.wasHit(in: step), "\(step): \(up.said)")
                #expect(code == (signal == SIGKILL ? 137 : 130), "\(step): \(up.said)")
                if signal == SIGINT { #expect(up.said.contains("run the same command again"), "\(step): \(up.said)") }
                // The site that ran keeps running.
                #expect(try await host.get("/api/health").succeeded, "after \(step)")
            }
            let end = try await host.run(["kopnik", "up", "--yes"] + site)
            #expect(end.succeeded, "\(end.standardError)\(end.standardOutput)")
            #expect(try await host.run(["kopnik", "verify", "--name", "broken-off"]).succeeded)
            #expect(try await host.shell("docker ps -aq --filter name=broken-off-npm").text.isEmpty)
            let destroy = try await host.run(["kopnik", "destroy", "--name", "broken-off", "--confirm", "broken-off"])
            #expect(destroy.succeeded, "\(destroy)")
        }

        @Test(.timeLimit(.minutes(10)))
        func `a change of a running site that was killed midway is nobody's edit, and goes on`() async throws {
            try await host.raise()
            try await host.write(
                "name: kopnik\ndomain: kopnik.localhost\nsources: {server: demo, client: demo}\npostgres: {work_mem: 41MB}\n",
                to: "/srv/change.yaml")
            let up = try RunningUp(on: host, ["--file", "/srv/change.yaml", "--prefix", BareHost.prefix])
            // Past the point where Docker was handed the change.
            let changed = try await poll(for: .seconds(120), every: .milliseconds(50)) {
                try await host.shell("docker service inspect kopnik_db --format '{{.UpdateStatus.State}}'").text
                    == "updating" ? true : nil
            }
            up.send(SIGKILL)
            #expect(changed == true, "\(up.said)")
            #expect(try await up.exitCode(within: .seconds(20)) == 137, "\(up.said)")
            let on = try await host.kopnik("up", "--yes", "--file", "/srv/change.yaml")
            #expect(on.succeeded, "\(on.standardError)")
            let answer = try await host.run([
                "kopnik", "psql", "--prefix", BareHost.prefix, "-At", "-c", "SHOW work_mem",
            ])
            #expect(answer.text == "41MB")
            try await host.write(
                "name: kopnik\ndomain: kopnik.localhost\nsources: {server: demo, client: demo}\n",
                to: "/srv/change.yaml")
            #expect(try await host.kopnik("up", "--yes", "--file", "/srv/change.yaml").succeeded)
        }

        @Test(.timeLimit(.minutes(5)))
        func `a second up is told who holds the lock and since when, and a dead holder holds nothing`() async throws {
            try await host.raise()
            // Stopped, it holds the lock for as long as we look.
            let words = ["--demo", "--name", "locked", "--http-port", "8083", "--https-port", "8446"]
            let first = try RunningUp(
                on: host, words, injecting: RunningUp.Injection(step: "Images", signal: SIGSTOP))
            let holds = try await poll(for: .seconds(60)) { first.begun("Images") ? true : nil }
            try #require(holds == true, "\(first.said)")
            let process = try #require(first.processInside)
            let second = try await host.run(["kopnik", "up", "--yes"] + words)
            #expect(second.exitCode == 1)
            #expect(
                second.standardError.contains(
                    "root runs 'kopnik up --name locked --demo --http-port 8083 --https-port 8446' (process \(process)) since"
                ),
                "\(second.standardError)")
            first.send(SIGKILL)
            #expect(try await first.exitCode(within: .seconds(20)) == 137)
            let third = try await host.run(["kopnik", "destroy", "--name", "locked", "--confirm", "locked"])
            #expect(third.succeeded, "\(third)")
        }
    }
}
