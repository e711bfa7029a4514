import Foundation
import Machine
import Overview
import Testing

extension OnABareComputer {
    /// The dashboard in a real browser.
    @Suite struct LivePageTests {
        let host = BareHost.shared
        private var browser: Browser { Browser(host: host) }

        private static let all =
            "document.querySelectorAll('.task.is-up').length === 8 && !document.querySelector('.is-down')"
        private static let fits = "document.documentElement.scrollWidth <= window.innerWidth"

        /// Runs something on the bare computer in the background, and ends it with the test.
        private func beside(_ line: String, until port: Int, _ body: () async throws -> Void) async throws {
            let start = try await host.run(["sh", "-c", "\(line) >/tmp/beside.log 2>&1 & echo $!", BareHost.prefix])
            let end = { _ = try? await host.shell("kill \(start.text) || true") }
            do {
                let answers = try await poll(for: .seconds(20)) {
                    try await host.net(["curl", "--silent", "--output", "/dev/null", "http://127.0.0.1:\(port)/health"])
                        .succeeded
                        ? true : nil
                }
                let said = try await host.shell("cat /tmp/beside.log").text
                try #require(answers == true, "\(said)")
                try await body()
            } catch {
                await end()
                throw error
            }
            await end()
        }

        /// `kopnik dashboard`, as a person opens it.
        private func opened(_ body: (String) async throws -> Void) async throws {
            try await host.raise()
            try await beside(#"kopnik dashboard --no-browser --port 8090 --prefix "$0""#, until: 8090) {
                try await body("http://127.0.0.1:8090/")
            }
        }

        @Test(.timeLimit(.minutes(6)))
        func `the page draws the real site in three sizes, both themes and both languages`() async throws {
            try await opened { address in
                for (width, height) in [(390, 844), (820, 1180), (1440, 900)] {
                    for isDark in [false, true] {
                        let language = isDark ? "ru" : "en"
                        let seen = try await browser.run([
                            .size(width, height, isDark: isDark, language: language), .open(address), .until(Self.all),
                            .until("document.querySelector('#way .edge.up')", within: 30), .evaluate(Self.fits),
                            .evaluate("document.documentElement.lang"),
                            .evaluate("document.getElementById('verdict-words').textContent"),
                            .evaluate("getComputedStyle(document.body).backgroundColor"),
                            .shot("site-\(width)-\(isDark ? "dark" : "light")-\(language)"),
                        ])
                        #expect(seen[4].isTrue, "\(width) px are too narrow for it")
                        #expect(seen[5].text == language)
                        #expect(["All is well", "Всё в порядке"].contains(seen[6].text), "\(seen[6].text)")
                        #expect((seen[7].text == "rgb(20, 23, 26)") == isDark, "\(seen[7].text)")
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(6)))
        func `a container that is killed is red within two seconds, its links too, and green again by itself`()
            async throws
        {
            try await opened { address in
                let container = try await host.container("nodejs")
                // What was red once must not look well again until another has taken its place.
                let remember = """
                    window.old = document.querySelector('.task[data-service=nodejs]').dataset.key;
                    setInterval(() => { const task = document.querySelector(`.task[data-key="${window.old}"]`);
                      if (task?.classList.contains('is-down')) window.red = true; else if (task && window.red) window.flickered = true; }, 10)
                    """
                let seen = try await browser.run([
                    .size(1280, 900), .open(address), .until(Self.all),
                    .until("document.querySelectorAll('#way svg.wide .edge.up').length >= 9", within: 40),
                    .evaluate(remember), .run(["docker", "kill", "--signal", "KILL", container]),
                    .until("document.querySelector('.task.is-down[data-service=nodejs]')", within: 2),
                    .until("document.querySelectorAll('#way svg.wide .edge.down').length >= 3", within: 1),
                    .evaluate("document.getElementById('verdict').className"),
                    .evaluate("document.getElementById('said').textContent"), .shot("killed"),
                    .until(
                        "\(Self.all) && document.querySelector('.task[data-service=nodejs]').dataset.key !== window.old",
                        within: 60),
                    .until("document.querySelectorAll('#way svg.wide .edge.down').length === 0", within: 30),
                    .evaluate(
                        "[...document.querySelectorAll('#events li')].slice(0, 4).map((e) => e.textContent).join('; ')"),
                    .evaluate("Boolean(window.flickered)"),
                ])
                #expect(!seen[14].isTrue, "it looked well in between")
                print("killed nodejs: red \(seen[6].seconds) s after the kill, all green \(seen[11].seconds) s later")
                #expect(seen[8].text == "verdict down")
                // What a screen reader is told without being asked.
                #expect(seen[9].text == "Down: nodejs", "\(seen[9].text)")
                #expect(
                    seen[13].text.contains("nodejs ended with code 137") && seen[13].text.contains("nodejs runs, after")
                )
            }
        }

        @Test(.timeLimit(.minutes(6)))
        func `fifty tasks on five nodes are drawn well, read aloud, reached by keyboard and printed`() async throws {
            try await host.raise()
            let model = String(decoding: try CrowdedSite.overview.encoded(), as: UTF8.self)
            try await host.write(model, to: "/srv/crowd/site.json")
            // The keeper's part, for as long as the test may take.
            _ = try await host.shell(
                "(for _ in $(seq 120); do cut -d. -f1 /proc/uptime >/srv/crowd/beat; sleep 2; done) >/dev/null 2>&1 &")
            let line = "kopnik dashboard-server --folder /srv/crowd --address 127.0.0.1 --port 8091"
            try await beside(line, until: 8091) {
                let address = "http://127.0.0.1:8091/"
                // Each task lies within its node and on no other task, and its texts within it.
                let tidy = """
                    (() => { const boxes = [...document.querySelectorAll('.task')].map((e) => [e, e.getBoundingClientRect(), e.closest('.node').getBoundingClientRect()]);
                    const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
                    return boxes.every(([e, a, node], i) => inside(a, node) && e.scrollWidth <= e.clientWidth + 1 && boxes.every(([, b], j) => i === j ||
                      a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1)); })()
                    """
                for (width, height, isDark) in [(390, 844, true), (820, 1180, false), (1440, 900, false)] {
                    let seen = try await browser.run([
                        .size(width, height, isDark: isDark), .open(address),
                        .until(
                            "document.querySelectorAll('.task').length === 50 && document.querySelectorAll('.node').length === 5"
                        ),
                        .evaluate(Self.fits), .evaluate(tidy), .shot("crowd-\(width)"),
                    ])
                    #expect(seen[3].isTrue && seen[4].isTrue, "\(width) px: \(seen[3].isTrue), \(seen[4].isTrue)")
                }
                let seen = try await browser.run([
                    .size(1280, 900, language: "ru"), .open(address),
                    .until("document.querySelectorAll('.task').length === 50"),
                    .key("Tab"), .evaluate("document.activeElement.className"), .key("Tab"), .key("Tab"),
                    .evaluate("document.activeElement.textContent"), .key("Enter"),
                    .evaluate("document.documentElement.lang + ' ' + document.activeElement.textContent"),
                    .evaluate("document.getElementById('rows-box').querySelector('summary').focus()"), .key("Enter"),
                    .evaluate("document.getElementById('rows-box').open"), .axes, .print("crowd"),
                ])
                #expect(seen[4].text == "skip")
                #expect(seen[7].text == "English" && seen[9].text == "en English", "\(seen[7].text), \(seen[9].text)")
                #expect(seen[12].isTrue)
                let aloud = (seen[13].value as? [[Any]] ?? []).map { $0.map { "\($0)" }.joined(separator: " ") }
                for words in [
                    "banner ", "main ", "heading Nodes and containers", "heading main", "status ",
                    "link kopnik.localhost",
                    "button English", "table ",
                ] {
                    #expect(
                        aloud.contains {
                            $0.hasPrefix(words.replacing("link kopnik.localhost", with: "link https://"))
                        }, "\(words)")
                }
                #expect(aloud.contains { $0.contains("nodejs to db: works") }, "the links are told as words too")
                #expect(seen[14].number > 20_000)
            }
        }

        @Test(.timeLimit(.minutes(6)))
        func `twenty viewers take less than 40 MB, and a flood and slow clients do not keep anybody out`() async throws
        {
            try await host.raise()
            let container = try await host.container("dashboard")
            let address = try await host.shell(
                "docker network inspect docker_gwbridge --format '{{range $id, $c := .Containers}}{{$id}} {{$c.IPv4Address}}{{println}}{{end}}' | awk '$1 == \"\(container)\" { sub(\"/.*\", \"\", $2); print $2 }'"
            ).text
            try #require(!address.isEmpty)
            let script = URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "crowd")
            let output = try await host.net(["/usr/bin/python3", script.path(percentEncoded: false), address, "8080"])
            try #require(output.succeeded, "\(output)")
            let memory = try await host.shell(
                "grep -E '^VmRSS' /proc/$(docker inspect --format '{{.State.Pid}}' \(container))/status /proc/$(pgrep -f '^/usr/local/bin/kopnik dashboard-server' | head -n 1)/status"
            )
            // The first process is Docker's init; the largest of them is ours.
            let kilobytes =
                memory.lines.compactMap { $0.split(separator: " ").dropLast().last.flatMap { Int($0) } }.max() ?? 0
            print("the dashboard with 20 viewers and after a flood: \(kilobytes) kB; \(output.text)")
            #expect(kilobytes > 5000 && kilobytes < 40 << 10)
            #expect(try await host.container("dashboard") == container, "it was ended for it")
        }

        @Test(.timeLimit(.minutes(6)))
        func `nothing that is shown is a secret, and behind nginx nobody sees it without the password`() async throws {
            try await host.raise()
            try await host.write(
                "sources: {server: demo, client: demo}\ndashboard: {path: /look}\n", to: "/srv/look.yaml")
            try await host.write("sources: {server: demo, client: demo}\n", to: "/srv/plain.yaml")
            let nginx = try await host.container("nginx")
            #expect(
                try await host.get("/look/model").standardOutput.contains("<!doctype html>"),
                "the site's own page until then")
            let up = try await host.kopnik("up", "--yes", "--file", "/srv/look.yaml")
            try #require(up.succeeded, "\(up)")
            #expect(try await host.container("nginx") == nginx, "nginx was replaced: the site was away for it")
            let said = try await host.kopnik("dashboard", "--password")
            let password = try #require(said.lines.last?.split(separator: " ").last.map(String.init))
            func status(_ path: String, _ more: String...) async throws -> String {
                try await host.get(
                    path, arguments: ["--path-as-is", "--output", "/dev/null", "--write-out", "%{http_code}"] + more
                ).standardOutput
            }
            for path in ["/look/", "/look/model", "/look/events", "/look/page.js"] {
                #expect(try await status(path) == "401", "\(path)")
                #expect(try await status(path, "--user", "kopnik:wrong") == "401", "\(path)")
            }
            #expect(try await status("/look") == "301")
            for path in ["/look/../look/model", "/look/%2e%2e/look/model", "//look/model", "/look//model"] {
                #expect(try await status(path) == "401", "\(path)")
            }
            let model = try await host.get("/look/model", arguments: ["--user", "kopnik:\(password)"]).standardOutput
            #expect(SiteOverview(Data(model.utf8))?.services.count == 8)
            // Every value that is a secret anywhere: kopnik's own, and what the containers were given as files and as environment.
            let secrets = try await host.run([
                "sh", "-euc",
                #"""
                find "$0/var/lib/kopnik/secrets" -type f -exec sh -c 'cat "$1"; echo' sh {} \; | grep -v -- ---- | tr -s ' ' '\n'
                for id in $(docker ps -q); do
                    docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$id" | sed 's/^[^=]*=//'
                    docker exec --user 0 "$id" sh -c 'cat /run/secrets/* 2>/dev/null' | grep -oE '[A-Za-z0-9_+/=-]{20,}' || true
                done
                """#, BareHost.prefix,
            ])
            let values = Set(
                secrets.lines.map(\.trimmed).filter {
                    $0.count >= 16 && !$0.contains("/usr/") && $0 != "kopnik.localhost" && $0 != BareHost.prefix
                })
            #expect(values.count >= 10 && values.contains(password))
            for value in values { #expect(!model.contains(value), "the model holds a secret: \(value.prefix(4))…") }
            let outcome = try await host.kopnik("verify", "--only", "V1,W1,W4,W5")
            #expect(outcome.succeeded, "\(outcome)")
            let back = try await host.kopnik("up", "--yes", "--file", "/srv/plain.yaml")
            try #require(back.succeeded, "\(back)")
            #expect(try await host.get("/look/model").standardOutput.contains("<!doctype html>"))
        }

        @Test(.timeLimit(.minutes(5)))
        func `the terminal draws the same, and goes on where the keeper is silent`() async throws {
            try await host.raise()
            let line = #"timeout 4 kopnik status --watch --prefix "$0" || [ $? = 124 ]"#
            let seen = try await host.run(["sh", "-c", line, BareHost.prefix]).standardOutput
            for words in [
                "all is well", "● db ", "● nginx → nodejs", "no standby is set up", "no backup is set up", "hold, ",
            ] {
                #expect(seen.contains(words), "\(words)\n\(seen)")
            }
            _ = try await host.shell("docker service scale -d kopnik_keeper=0 >/dev/null")
            // It then asks Docker itself, which takes its time on a busy computer.
            let patient = line.replacing("timeout 4", with: "timeout 12")
            let silent = try await poll(for: .seconds(120), every: .seconds(2)) { () -> String? in
                let text = try await host.run(["sh", "-c", patient, BareHost.prefix]).standardOutput
                return text.contains("the keeper is silent") ? text : nil
            }
            let text = try #require(silent)
            #expect(text.contains("● db ") && text.contains("● nginx → nodejs"), "\(text)")
            _ = try await host.shell("docker service scale -d kopnik_keeper=1 >/dev/null")
            try await host.raise()
        }
    }
}
