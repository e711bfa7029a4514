import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// FAULTS row 3: `up` killed at any step, and row 10: two operators at once.
    @Suite struct InterruptionTests {
        let host = BareHost.shared
        private let site = ["--name", "broken-off", "--http-port", "8082", "--https-port", "8445"]

        /// Starts `up` in the background and waits until it says that a step begins.
        private func start(until step: String) async throws {
            let words = site.joined(separator: " ")
            let line =
                "rm -f /tmp/up.log; setsid sh -c 'echo $$ >/tmp/up.pid; exec kopnik up --demo --yes \(words) >/tmp/up.log 2>&1' >/dev/null 2>&1 </dev/null &"
            #expect(try await host.shell(line).succeeded)
            let reached = try await poll(for: .seconds(300)) { () -> Bool? in
                let log = try await host.shell("cat /tmp/up.log 2>/dev/null || true").standardOutput
                return log.contains("… \(step)") || log.contains("is up") ? true : nil
            }
            #expect(reached == true, "\(step) was never reached")
        }

        private func wait() async throws {
            _ = try await poll(for: .seconds(60)) {
                try await host.shell("kill -0 $(cat /tmp/up.pid)").succeeded ? nil : true
            }
        }

        @Test(.timeLimit(.minutes(20)))
        func `up goes on from wherever it was killed or stopped`() async throws {
            try await host.raise()
            // The steps as `plan` names them, so that a new one is never forgotten here.
            struct Entry: Decodable { var step: String }
            let plan = try await host.run(["kopnik", "plan", "--demo", "--json"] + site)
            #expect(plan.exitCode == 3)
            let steps = try JSONDecoder().decode([Entry].self, from: Data(plan.standardOutput.utf8)).map(\.step)
            #expect(steps.count >= 10)
            for (index, step) in (steps + ["Verified"]).enumerated() {
                let signal = index.isMultiple(of: 2) ? "KILL" : "INT"
                try await start(until: step)
                _ = try await host.shell("kill -\(signal) $(cat /tmp/up.pid)")
                try await wait()
                if signal == "INT" {
                    let log = try await host.shell("cat /tmp/up.log").standardOutput
                    #expect(log.contains("run the same command again") || log.contains("is up"), "\(step): \(log)")
                }
                // The site that ran keeps running.
                #expect(try await host.get("/api/health").succeeded, "after \(step)")
            }
            let end = try await host.run(["kopnik", "up", "--demo", "--yes"] + site)
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
            let words = "--file /srv/change.yaml --prefix \"$0\""
            _ = try await host.run([
                "sh", "-c",
                "rm -f /tmp/up.log; setsid sh -c 'echo $$ >/tmp/up.pid; exec kopnik up --yes \(words) >/tmp/up.log 2>&1' \"$1\" >/dev/null 2>&1 </dev/null &",
                "sh", BareHost.prefix,
            ])
            // Past the point where Docker was handed the change.
            let changed = try await poll(for: .seconds(120)) {
                try await host.shell("docker service inspect kopnik_db --format '{{.UpdateStatus.State}}'").text
                    == "updating" ? true : nil
            }
            #expect(changed == true)
            _ = try await host.shell("kill -KILL $(cat /tmp/up.pid)")
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
            let words = "--name locked --http-port 8083 --https-port 8446"
            _ = try await host.shell(
                "rm -f /tmp/up.log; setsid sh -c 'echo $$ >/tmp/up.pid; exec kopnik up --demo --yes \(words) >/tmp/up.log 2>&1' >/dev/null 2>&1 </dev/null &"
            )
            _ = try await poll(for: .seconds(60)) {
                try await host.shell("cat /tmp/up.log").standardOutput.contains("… Packages") ? true : nil
            }
            _ = try await host.shell("kill -STOP $(cat /tmp/up.pid)")
            let second = try await host.run([
                "kopnik", "up", "--demo", "--yes", "--name", "locked", "--http-port", "8083", "--https-port", "8446",
            ])
            #expect(second.exitCode == 1)
            let process = try await host.shell("cat /tmp/up.pid").text
            #expect(
                second.standardError.contains("root runs 'kopnik up' (process \(process)) since"),
                "\(second.standardError)")
            _ = try await host.shell("kill -KILL $(cat /tmp/up.pid)")
            let third = try await host.run(["kopnik", "destroy", "--name", "locked", "--confirm", "locked"])
            #expect(third.succeeded, "\(third)")
        }
    }
}
