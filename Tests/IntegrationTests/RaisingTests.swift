import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// What runs after `up`, as a person uses it.
    @Suite struct RaisingTests {
        let host = BareHost.shared

        @Test(.timeLimit(.minutes(5)))
        func `the page's own links all work from outside`() async throws {
            try await host.raise()
            struct Link: Decodable { var ok: Bool }
            var said = ""
            // Right after a restart the server may still be about to join Crossbar again.
            let works = try await poll(for: .seconds(30)) { () -> Bool? in
                said = try await host.get("/api/links").standardOutput
                let links = try JSONDecoder().decode([String: Link].self, from: Data(said.utf8))
                try #require(Set(links.keys) == ["database", "mail", "wamp", "files"])
                return links.values.allSatisfy { $0.ok } ? true : nil
            }
            #expect(works == true, "\(said)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `an upload comes back byte for byte, and 27 MB are refused`() async throws {
            try await host.raise()
            let root = host.rootFolder()
            _ = try await host.shell("head -c 3000000 /dev/urandom >/srv/small; head -c 28311552 /dev/zero >/srv/large")
            let sent = try await host.get("/upload", arguments: ["--form", "file=@\(root)/srv/small"])
            let name = try FollowingFiles.name(sent)
            let back = try await host.get("/download/\(name)", arguments: ["--output", "\(root)/srv/back"])
            #expect(back.succeeded)
            #expect(try await host.shell("cmp /srv/small /srv/back").succeeded)
            let refused = try await host.get(
                "/upload",
                arguments: [
                    "--form", "file=@\(root)/srv/large", "--output", "/dev/null", "--write-out", "%{http_code}",
                ])
            #expect(refused.standardOutput == "413", "\(refused)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `status, logs, exec and psql look inside`() async throws {
            try await host.raise()
            let status = try await host.kopnik("status", "--json")
            #expect(status.succeeded, "\(status)")
            #expect(status.standardOutput.contains("\"isUp\" : true"))
            #expect(try await host.kopnik("logs", "crossbar").standardOutput.contains("realm"))
            #expect(
                try await host.run(["kopnik", "exec", "--prefix", BareHost.prefix, "nodejs", "node", "-p", "6*7"]).text
                    == "42")
            let answer = try await host.run([
                "kopnik", "psql", "--prefix", BareHost.prefix, "-At", "-c", "SHOW work_mem",
            ])
            #expect(answer.text == "40MB", "\(answer)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `maintenance shows everybody a page, sends those away who are there, and outlasts up`() async throws {
            try await host.raise()
            func answer(_ path: String) async throws -> (status: String, text: String) {
                let said = try await host.get(path, arguments: ["--write-out", "\n%{http_code} %header{retry-after}"])
                return (said.lines.last ?? "", said.standardOutput)
            }
            let router = try await host.shell("docker ps -q --filter name=kopnik_crossbar").text
            let on = try await host.kopnik("maintenance", "on", "--say", "until 18:00 <today>")
            #expect(on.succeeded, "\(on)")
            for path in ["/", "/api/version", "/ws", "/upload", "/index.html"] {
                let (status, text) = try await answer(path)
                #expect(status == "503 120", "\(path): \(status)")
                #expect(
                    text.contains("На сайте идут работы") && text.contains("until 18:00 &lt;today&gt;"),
                    "\(path): \(text)")
            }
            let sent = try await host.get(
                "/upload", arguments: ["--form", "file=@/etc/hostname", "--write-out", "\n%{http_code}"])
            #expect(sent.lines.last == "503" && sent.standardOutput.contains("На сайте идут работы"), "\(sent)")
            // Sessions are closed by a router that ends in order.
            #expect(try await host.shell("docker ps -q --filter name=kopnik_crossbar").text != router)
            let up = try await host.kopnik("up", "--yes")
            #expect(up.succeeded && up.standardError.contains("nothing to do"), "\(up)")
            let status = try await host.kopnik("status")
            #expect(status.succeeded && status.standardOutput.contains("kopnik maintenance off"), "\(status)")
            let verify = try await host.kopnik("verify", "--only", "W1,W5,G3")
            #expect(verify.succeeded && verify.standardOutput.contains("shown the page of maintenance"), "\(verify)")
            #expect(try await host.kopnik("maintenance").exitCode == 3)
            #expect(try await host.kopnik("maintenance", "off").succeeded)
            let back = try await poll(for: .seconds(10)) { try await answer("/").status.hasPrefix("200") ? true : nil }
            #expect(back == true)
            #expect(try await host.kopnik("maintenance", "off").standardOutput.contains("nothing to do"))
            #expect(try await host.kopnik("maintenance").succeeded)
            try await settle()
        }

        /// The application joins the router again after it was exchanged.
        private func settle() async throws {
            let well = try await poll(for: .seconds(60)) { try await host.kopnik("verify").succeeded ? true : nil }
            #expect(well == true)
        }

        @Test(.timeLimit(.minutes(5)))
        func `logs go on with the container that comes after, and end by themselves however often they are asked for`()
            async throws
        {
            try await host.raise()
            let follow = """
                kopnik logs files --prefix "$0" --follow --lines 0 >/tmp/followed & follower=$!
                kopnik restart files --prefix "$0" >/dev/null
                for _ in $(seq 100); do grep -q "listening on port" /tmp/followed && break; sleep 0.2; done
                kill $follower
                cat /tmp/followed
                """
            let said = try await host.run(["sh", "-euc", follow, BareHost.prefix], within: .seconds(120))
            #expect(said.standardOutput.contains("listening on port 8484"), "\(said)")
            // Swarm's own `service logs` hung in one of some twenty.
            for _ in 1...20 {
                #expect(try await host.kopnik("logs", "files", "--lines", "3", within: .seconds(20)).lines.count <= 3)
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func `a second copy of another name and other ports stands beside the first`() async throws {
            try await host.raise()
            let up = try await host.run([
                "kopnik", "up", "--demo", "--yes", "--name", "second", "--http-port", "8081", "--https-port", "8444",
                "--trust",
            ])
            #expect(up.succeeded, "\(up.standardError)\(up.standardOutput)")
            // Any program of that computer trusts it now, without being told of the authority.
            let trusted =
                "openssl s_client -connect 127.0.0.1:8444 -servername second.localhost -verify_return_error </dev/null >/dev/null 2>&1"
            #expect(try await host.shell(trusted).succeeded)
            #expect(try await host.get("/api/health").succeeded)
            let before = try await host.shell("docker image ls -q | sort -u | wc -l")
            let destroy = try await host.run(["kopnik", "destroy", "--name", "second", "--confirm", "second"])
            #expect(destroy.succeeded, "\(destroy)")
            let left = try await host.shell(
                """
                docker ps -aq --filter name=second; docker volume ls -q --filter name=second; docker network ls -q --filter name=second
                docker secret ls -q --filter name=second; docker config ls -q --filter name=second
                docker image ls --format '{{.Repository}}' | grep /second/ || true
                find / -xdev \\( -path '*kopnik/second*' -o -path '*kopnik-second*' \\) -not -path '/proc/*' | head -n 3
                """)
            #expect(left.text.isEmpty, "\(left.text)")
            // What both share is still there: the first goes on.
            #expect(try await host.shell("docker image ls -q | sort -u | wc -l").text == before.text)
            #expect(try await host.get("/api/health").succeeded)
        }

        @Test(.timeLimit(.minutes(5)))
        func `down keeps all data`() async throws {
            try await host.raise()
            _ = try await host.get("/api/notes", arguments: ["--json", #"{"name":"test","text":"kept over down"}"#])
            #expect(try await host.get("/api/notes").standardOutput.contains("kept over down"))
            #expect(try await host.kopnik("down").succeeded)
            #expect(
                try await host.shell(
                    "docker ps -q --filter label=com.docker.stack.namespace=kopnik | wc -l"
                ).text == "0")
            try await host.raise()
            #expect(try await host.get("/api/notes").standardOutput.contains("kept over down"))
        }
    }
}

/// Everything that needs the bare computer, one after the other.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that these need"))
struct OnABareComputer {}
