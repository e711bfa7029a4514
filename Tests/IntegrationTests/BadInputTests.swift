import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// Wrong input and things that are not as they should be: each says what, why and what to type, and leaves what ran running.
    @Suite struct BadInputTests {
        let host = BareHost.shared
        private static let image = "{{.Spec.TaskTemplate.ContainerSpec.Image}}"

        /// Runs `up` on a site file in a folder of its own.
        private func up(_ yaml: String, name: String = "bad", more: [String] = []) async throws -> CommandOutput {
            try await host.write(yaml, to: "/srv/bad/kopnik.yaml")
            return try await host.run(
                ["kopnik", "up", "--yes", "--file", "/srv/bad/kopnik.yaml"] + more,
                within: .seconds(600))
        }

        private func site(_ name: String, server: String = "demo", client: String = "demo") -> String {
            "name: \(name)\nports: {http: 8085, https: 8448}\nsources:\n  server: \(server)\n  client: \(client)\n"
        }

        private func expect(
            _ output: CommandOutput, code: Int32 = 1, says words: String...,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(output.exitCode == code, "\(output.standardError)", sourceLocation: sourceLocation)
            for word in words {
                #expect(output.standardError.contains(word), "\(output.standardError)", sourceLocation: sourceLocation)
            }
        }

        @Test func `an invalid site file is refused with every mistake and its place`() async throws {
            let output = try await up("name: kopnik\ndomian: x\nports:\n  http: many\n")
            expect(output, code: 2, says: "kopnik.yaml:2:1", "did you mean 'domain'?", "kopnik.yaml:4:9")
        }

        @Test func `a site file that cannot be read is named`() async throws {
            let output = try await host.run(["kopnik", "up", "--yes", "--file", "/srv/nowhere.yaml"])
            expect(output, code: 2, says: "/srv/nowhere.yaml cannot be read")
        }

        @Test func `bad usage ends with 2`() async throws {
            expect(try await host.run(["kopnik", "up", "--no-such-flag"]), code: 2, says: "--no-such-flag")
            expect(
                try await host.run(["kopnik", "verify", "--only", "Q9", "--prefix", BareHost.prefix]), code: 2,
                says: "no requirement 'Q9'")
        }

        @Test func `a taken port is told with the program that holds it`() async throws {
            try await host.raise()
            let output = try await host.run(["kopnik", "up", "--demo", "--yes", "--name", "bad"])
            expect(output, says: "port 80 is taken by", "--http-port 8080")
        }

        @Test func `a source folder without package.json is refused before anything is done`() async throws {
            try await host.raise()
            _ = try await host.shell("mkdir -p /srv/bad/empty")
            expect(
                try await up(site("bad", server: "{folder: empty}")), says: "/srv/bad/empty has no package.json",
                "sources")
            expect(try await up(site("bad", client: "{folder: nowhere}")), says: "there is no folder /srv/bad/nowhere")
        }

        @Test(.timeLimit(.minutes(5)))
        func `a missing npm script is named`() async throws {
            try await host.raise()
            try await host.write(
                #"{"name":"x","scripts":{"server:production":"node x"}}"#, to: "/srv/bad/server/package.json")
            expect(
                try await up(site("bad", server: "{folder: server}")), says: "kp-server has no npm script 'file-server'"
            )
        }

        @Test(.timeLimit(.minutes(5)))
        func `an npm install that fails says why, and where its log is`() async throws {
            try await host.raise()
            try await host.write(
                #"{"name":"x","scripts":{"server:production":"x","file-server":"x"},"dependencies":{"left":"file:./nowhere.tgz"}}"#,
                to: "/srv/bad/deps/package.json")
            let output = try await up(site("bad", server: "{folder: deps}"))
            expect(output, says: "'npm install' failed for kp-server", "nowhere.tgz", "npm-kp-server.log")
        }

        @Test(.timeLimit(.minutes(10)))
        func `a service that never gets healthy shows its last lines, and what ran before serves on`() async throws {
            try await host.raise()
            expect(try await up(site("turning")), code: 0)
            try await host.write(
                #"{"name":"x","scripts":{"server:production":"echo that is why it died >&2; exit 3","file-server":"sleep 1000"}}"#,
                to: "/srv/bad/dying/package.json")
            let output = try await up(site("turning", server: "{folder: dying}"))
            expect(output, says: "does not get healthy", "that is why it died", "the site runs on as it was before")
            let health = try await host.net([
                "curl", "--silent", "--insecure", "--resolve", "turning.localhost:8448:127.0.0.1",
                "https://turning.localhost:8448/api/health",
            ])
            #expect(health.standardOutput.contains("ok"), "\(health)")
            #expect(try await host.run(["kopnik", "destroy", "--name", "turning", "--confirm", "turning"]).succeeded)
        }

        @Test(.timeLimit(.minutes(5)))
        func `a foreign stack of the same name is left alone`() async throws {
            try await host.raise()
            let image = try await host.shell(
                "docker image ls --format '{{.Repository}}:{{.Tag}}' | grep '/kopnik/base:'"
            ).text
            try await host.write(
                "version: '3.8'\nservices: {web: {image: '\(image)', command: ['sleep', '1000'], deploy: {endpoint_mode: dnsrr}}}\n",
                to: "/srv/foreign.yaml")
            #expect(
                try await host.shell("docker stack deploy --resolve-image never -c /srv/foreign.yaml bad >/dev/null")
                    .succeeded)
            expect(try await up(site("bad")), says: "there is a stack named 'bad' already", "--name bad2")
            #expect(
                try await host.shell(
                    "docker service ls -q --filter name=bad_web | wc -l; docker stack rm bad >/dev/null"
                ).text == "1")
        }

        @Test(.timeLimit(.minutes(5)))
        func `a disk that is nearly full is told before anything is begun`() async throws {
            try await host.raise()
            _ = try await host.shell(
                "mkdir -p /srv/tiny; mountpoint -q /srv/tiny || mount -t tmpfs -o size=64M tmpfs /srv/tiny")
            let output = try await up(site("bad"), more: ["--prefix", "/srv/tiny/site"])
            expect(output, says: "nearly full: ", "df -h")
            _ = try await host.shell("umount /srv/tiny")
        }

        @Test func `Docker that does not answer at a given address is told, and no right to it too`() async throws {
            let silent = try await host.run([
                "env", "DOCKER_HOST=unix:///srv/no.sock", "kopnik", "up", "--demo", "--yes", "--name", "bad",
                "--http-port", "8085", "--https-port", "8448",
            ])
            expect(silent, says: "Docker does not answer at unix:///srv/no.sock", "unset DOCKER_HOST")
            let nobody = try await host.run([
                "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "HOME=/tmp", "kopnik", "up",
                "--demo", "--yes",
                "--name", "bad", "--http-port", "8085", "--https-port", "8448",
            ])
            expect(nobody, says: "sudo kopnik up --name bad")
        }

        @Test(.timeLimit(.minutes(5)))
        func `what somebody changed by hand is shown and not overwritten unasked`() async throws {
            try await host.raise()
            let conf = "\(BareHost.prefix)/etc/kopnik/nginx/nginx.conf"
            _ = try await host.run(["sed", "-i", "s/keepalive_timeout 65s/keepalive_timeout 5s/", conf])
            let plan = try await host.kopnik("plan")
            #expect(plan.exitCode == 3)
            #expect(
                plan.standardOutput.contains("-     keepalive_timeout 5s;")
                    && plan.standardOutput.contains("+     keepalive_timeout 65s;"), "\(plan)")
            expect(try await host.kopnik("up", "--yes"), says: "nginx.conf was changed by hand", "--force")
            #expect(try await host.run(["grep", "-c", "keepalive_timeout 5s", conf]).text == "1")
            _ = try await host.shell(
                "docker service update --quiet --detach --limit-memory 100M kopnik_mail >/dev/null")
            expect(try await host.kopnik("up", "--yes"), says: "the service 'mail' was changed by hand")
            // Docker's own `stack deploy` would leave an image that somebody put there.
            let wanted = try await host.shell("docker service inspect kopnik_mail --format '\(Self.image)'").text
            let other = try await host.shell(
                """
                docker tag \(wanted) kopnik-other
                docker service update --quiet --detach --no-resolve-image --image kopnik-other kopnik_mail >/dev/null
                """
            )
            #expect(other.succeeded, "\(other)")
            try await host.raise()
            #expect(
                try await host.shell("docker service inspect kopnik_mail --format '\(Self.image)'").text == wanted)
            _ = try await host.shell("docker image rm --force kopnik-other >/dev/null")
            #expect(try await host.kopnik("plan").exitCode == 0)
        }

        @Test func `a wrong name does not destroy`() async throws {
            try await host.raise()
            expect(try await host.kopnik("destroy", "--confirm", "kopnik2"), code: 2, says: "nothing was done")
            #expect(try await host.get("/api/health").succeeded)
        }
    }
}
