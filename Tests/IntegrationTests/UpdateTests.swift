import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// `update`, `rollback` and `history`, under load and broken off. One after the other on one site: each goes on from where the one before left it.
    @Suite(.serialized) struct UpdateTests {
        let host = BareHost.shared
        let site = UpdatedSite()

        @Test(.timeLimit(.minutes(10)))
        func `1: a new commit of both sources goes in under load, and nobody notices`() async throws {
            try await site.raise()
            try #require(try await site.version() == "demo-1.0.0")
            let old = try await site.script()
            _ = try await site.get("/api/notes", "--json", #"{"text":"written before the update"}"#)
            try await site.publish("1.1.0")
            try await site.commit("echo '// next' >>src/main.js", in: "client")
            // As a kopnik left it that kept no releases: what runs is one all the same, and test 3 returns to it.
            try #require(try await host.shell("rm -r \(UpdatedSite.root)/var/lib/kopnik/deployed/releases").succeeded)
            let database = try await host.shell("docker ps -q --filter name=updated_db").text
            let nginx = try await host.shell("docker ps -q --filter name=updated_nginx").text
            let load = try await site.underLoad(asset: old) {
                let update = try await site.kopnik("update", "--yes")
                #expect(update.succeeded, "\(update.standardError)\(update.standardOutput)")
            }
            print("update of both sources: \(load.took); \(load.summary)")
            for kind in ["page", "api", "asset"] {
                #expect(load.good(kind) ?? 0 > 200, "\(kind): \(load.reports[kind] ?? "")")
            }
            #expect(load.held.contains("open 50"), "\(load.held)")
            #expect(try await site.version() == "demo-1.1.0")
            let kept = try await site.releases()
            #expect(kept.map(\.isCurrent) == [false, true] && kept[0].sources.count == 2, "\(kept)")
            let new = try await site.script()
            #expect(new != old)
            // For pages that are open still, and byte for byte what they asked for.
            let name = try #require(old.split(separator: "/").last.map(String.init))
            let digest = try #require(name.split(separator: ".").dropLast().last)
            #expect(Digest(Data(try await site.get(old).utf8)).description.hasPrefix(digest))
            let code = try await site.get(
                "/assets/main.0123456789.js", "--output", "/dev/null", "--write-out", "%{http_code}")
            #expect(code == "404")
            // The database and nginx are the same containers as before.
            #expect(try await host.shell("docker ps -q --filter name=updated_db").text == database)
            #expect(try await host.shell("docker ps -q --filter name=updated_nginx").text == nginx)
            #expect(try await site.get("/api/notes").contains("written before the update"))
            #expect(try await site.kopnik("plan").exitCode == 0)
            #expect(try await site.kopnik("update", "--yes").standardOutput.contains("nothing new"))
        }

        @Test(.timeLimit(.minutes(10)))
        func `2: a release that does not get healthy takes no traffic and leaves everything as it was`() async throws {
            try await site.raise()
            let before = (try await site.version(), try await site.script(), try await site.releases().map(\.number))
            try await site.publish("9.9.9")
            try await site.commit(
                "sed -i '1i setInterval(() => {}, 1000); await new Promise(() => {});' src/index.js", in: "server")
            try await site.commit("echo '// of a release that fails' >>src/main.js", in: "client")
            let load = try await site.underLoad(asset: before.1) {
                let update = try await site.kopnik("update", "--yes", "--patience", "15")
                #expect(update.exitCode == 1)
                #expect(
                    update.standardError.contains("the service 'nodejs' does not get healthy"),
                    "\(update.standardError)")
                #expect(update.standardError.contains("the site runs on as it was before"), "\(update.standardError)")
            }
            print("an update that fails: \(load.summary)")
            for kind in ["page", "api", "asset"] {
                #expect(load.good(kind) ?? 0 > 200, "\(kind): \(load.reports[kind] ?? "")")
            }
            #expect(load.held.contains("open 50"), "\(load.held)")
            #expect(try await site.version() == before.0)
            #expect(try await site.script() == before.1)
            #expect(try await site.releases().map(\.number) == before.2)
            let plan = try await site.kopnik("plan")
            #expect(plan.exitCode == 0, "\(plan.standardOutput)")
            // One whose packages cannot even be installed is not begun to be raised.
            try await site.commit(
                "git reset --quiet --hard HEAD~1; sed -i 's|\"scripts\": {|\"scripts\": { \"preinstall\": \"exit 7\",|' package.json",
                in: "server")
            let broken = try await site.kopnik("update", "--yes")
            #expect(broken.exitCode == 1 && broken.standardError.contains("npm"), "\(broken.standardError)")
            #expect(try await site.version() == before.0)
            #expect(try await site.kopnik("plan").exitCode == 0)
            try await site.commit("sed -i 's| \"preinstall\": \"exit 7\",||' package.json", in: "server")
            try await site.commit(
                "git revert --no-edit HEAD >/dev/null 2>&1 || git checkout --quiet HEAD~1 -- src", in: "client")
        }

        @Test(.timeLimit(.minutes(10)))
        func `3: rollback brings the whole stack back under load, and forward again, and the data stay`() async throws {
            try await site.raise()
            let all = try await site.releases()
            let current = try #require(all.first { $0.isCurrent }), first = try #require(all.first)
            try #require(first.number < current.number)
            let (version, script) = (try await site.version(), try await site.script())
            var took: Duration = .zero
            let load = try await site.underLoad(asset: script) {
                let start = ContinuousClock.now
                let back = try await site.kopnik("rollback", "\(first.number)", "--yes")
                took = start.duration(to: .now)
                #expect(back.succeeded, "\(back.standardError)")
            }
            print("rollback of the whole stack: \(took); \(load.summary)")
            for kind in ["page", "api", "asset"] {
                #expect(load.good(kind) ?? 0 > 200, "\(kind): \(load.reports[kind] ?? "")")
            }
            #expect(load.held.contains("open 50"), "\(load.held)")
            #expect(try await site.version() == "demo-1.0.0")
            #expect(try await site.script() != script)
            #expect(try await site.get("/api/notes").contains("written before the update"))
            // It stays: an 'up' finds nothing to do.
            let plan = try await site.kopnik("plan")
            #expect(plan.exitCode == 0, "\(plan.standardOutput)")
            #expect(try await site.releases().first { $0.isCurrent }?.number == first.number)
            let forward = try await site.kopnik("rollback", "\(current.number)", "--yes")
            #expect(forward.succeeded, "\(forward.standardError)")
            #expect(try await site.version() == version)
            #expect(try await site.script() == script)
            #expect(try await site.kopnik("rollback", "77", "--yes").exitCode == 1)
        }

        @Test(.timeLimit(.minutes(10)))
        func `4: a source that cannot run twice is stopped first, and requests wait meanwhile`() async throws {
            try await site.raise()
            try await site.commit("sed -i '/mayOverlap/d' package.json", in: "server")
            #expect(try await site.kopnik("update", "--yes").succeeded)
            try await site.publish("1.2.0")
            let load = try await site.underLoad(asset: try await site.script()) {
                let update = try await site.kopnik("update", "--yes")
                #expect(update.succeeded, "\(update.standardError)")
            }
            print("update of a source that cannot run twice: \(load.summary)")
            for kind in ["page", "api", "asset"] {
                #expect(load.good(kind) ?? 0 > 200, "\(kind): \(load.reports[kind] ?? "")")
            }
            // There was a gap, or this proves nothing.
            #expect(load.slowest("api") ?? 0 > 1)
            #expect(try await site.version() == "demo-1.2.0")
            try await site.commit(
                #"sed -i 's/"type": "module",/&\n  "kopnik": {"mayOverlap": true},/' package.json"#,
                in: "server")
            #expect(try await site.kopnik("update", "--yes").succeeded)
        }

        @Test(.timeLimit(.minutes(10)))
        func `4b: where Crossbar is replaced, its sessions are closed in order and can be joined again`() async throws {
            try await site.raise()
            // Another number each time, for a site that was here before.
            let setting = #""close_handshake_timeout": "#
            try await site.commit(
                "sed -i 's/\(setting)[0-9]*/\(setting)'$((2000 + $(date +%s) % 900))/ .crossbar/config.json",
                in: "client")
            let load = try await site.underLoad(asset: "", requests: false) {
                let update = try await site.kopnik("update", "--yes")
                #expect(update.succeeded, "\(update.standardError)")
            }
            print("update that replaces Crossbar: \(load.held.split(separator: "\n").filter { !$0.hasPrefix("lost") })")
            #expect(load.held.contains("closed 1012 50") && !load.held.contains("closed 1006"), "\(load.held)")
            #expect(load.held.contains("joined again after"), "\(load.held)")
        }

        @Test(.timeLimit(.minutes(15)), arguments: ["Client", "Stack"])
        func `5: an update that is killed counts for nothing: up is about what ran, update goes on`(step: String)
            async throws
        {
            try await site.raise()
            let before = try await site.version()
            let next = "2.0.\(step.count)"
            try await site.publish(next)
            try await site.commit("echo '// before \(step)' >>src/main.js", in: "client")
            let update = try RunningUp(
                on: host, ["--file", UpdatedSite.file], verb: "update",
                injecting: RunningUp.Injection(
                    step: step, signal: SIGKILL, after: step == "Stack" ? .seconds(4) : .zero))
            #expect(try await update.exitCode(within: .seconds(200)) == 137, "\(update.said)")
            #expect(update.wasHit(in: step), "\(update.said)")
            // Somebody is served all the while; killed where it was, the sources that are known are those of before.
            #expect(try await site.version().hasPrefix("demo-"))
            if step == "Client" {
                let up = try await site.kopnik("up", "--yes")
                #expect(up.succeeded, "\(up.standardError)")
                #expect(try await site.version() == before)
            }
            let on = try await site.kopnik("update", "--yes")
            #expect(on.succeeded, "\(on.standardError)")
            #expect(try await site.version() == "demo-\(next)")
            #expect(try await site.kopnik("plan").exitCode == 0)
        }

        @Test(.timeLimit(.minutes(10)))
        func `6: the last five are kept, and what is not ours is never touched`() async throws {
            try await site.raise()
            let strange = """
                docker tag "$(docker image ls -q --filter reference='127.0.0.1:1/kopnik/nginx' | head -n 1)" somebody/else:1
                docker tag somebody/else:1 127.0.0.1:1/updatedtoo/nginx:1
                docker rm --force strange >/dev/null 2>&1 || true
                docker create --name strange --entrypoint true somebody/else:1 >/dev/null
                mkdir -p \(UpdatedSite.root)/home/ubuntu/sftp/.releases/mine; echo mine >\(UpdatedSite.root)/home/ubuntu/sftp/.releases/mine/note
                """
            try #require(try await host.shell(strange).succeeded)
            let images = "docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v '/updated/' | sort"
            let others = try await host.shell(images).text
            // By now there were more than that.
            try await site.publish("3.0.0")
            #expect(try await site.kopnik("update", "--yes").succeeded)
            let kept = try await site.releases()
            #expect(kept.count == 5 && kept.last?.isCurrent == true, "\(kept)")
            let folders = try await host.shell(
                "ls \(UpdatedSite.root)/home/ubuntu/sftp/.releases | grep -c '^kp-server-'"
            ).text
            #expect(Int(folders) ?? 99 <= 5, "\(folders)")
            #expect(try await host.shell("cat \(UpdatedSite.root)/home/ubuntu/sftp/.releases/mine/note").text == "mine")
            #expect(try await host.shell(images).text == others)
            #expect(try await host.shell("docker ps -aq --filter name=strange").text.isEmpty == false)
            _ = try await host.shell(
                "docker rm strange >/dev/null; docker rmi somebody/else:1 127.0.0.1:1/updatedtoo/nginx:1 >/dev/null; rm -r \(UpdatedSite.root)/home/ubuntu/sftp/.releases/mine"
            )
        }

        @Test(.timeLimit(.minutes(5)))
        func `7: the history tells who did what from where, and what came of it`() async throws {
            try await site.raise()
            struct Entry: Decodable {
                var who, from, what: String
                var result: String?
                var failed: Bool?
                var release: Int?
            }
            _ = try await host.run(
                [
                    "env", "SSH_CONNECTION=203.0.113.7 50122 10.0.0.1 22", "kopnik", "restart", "mail", "--file",
                    UpdatedSite.file,
                ])
            let text = try await site.kopnik("history", "--json", "--last", "1000").standardOutput
            let entries = try JSONDecoder().decode([Entry].self, from: Data(text.utf8))
            let last = try #require(entries.last)
            #expect(last.what == "kopnik restart mail" && last.from == "203.0.113.7" && last.who == "root")
            #expect(last.result == "done" && last.failed == false)
            #expect(entries.contains { $0.what == "kopnik up --force" && $0.result == "done" })
            #expect(try await site.kopnik("history").standardOutput.contains("kopnik restart mail: done"))
            let destroy = try await host.run(["kopnik", "destroy", "--file", UpdatedSite.file, "--confirm", "updated"])
            #expect(destroy.succeeded, "\(destroy)")
            let left = try await host.shell(
                "ls -A \(UpdatedSite.root) 2>/dev/null || true; docker image ls --format '{{.Repository}}' | grep /updated/ || true"
            )
            #expect(left.text.isEmpty, "\(left.text)")
            _ = try await host.shell("rm -rf /srv/updated")
        }
    }
}
