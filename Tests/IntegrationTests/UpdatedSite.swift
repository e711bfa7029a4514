import Foundation
import Machine
import Testing

/// A copy of its own whose sources are git repositories: the demo's, so that there is something to update.
struct UpdatedSite: Sendable {
    let host = BareHost.shared
    static let file = "/srv/updated/kopnik.yaml"
    static let root = "/root/.local/share/kopnik/updated"
    static let address = "https://updated.localhost:8452"

    func kopnik(_ words: String..., within limit: Duration = .seconds(300)) async throws -> CommandOutput {
        try await host.run(["kopnik"] + words + ["--file", Self.file], within: limit)
    }

    /// Makes the repositories once, and raises the site from them if it does not run yet.
    func raise() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path(percentEncoded: false)
        let folder = host.rootFolder() + "/srv/updated"
        let make = """
            mkdir -p "$2" && cd "$2" && [ ! -e server ] || exit 0
            cp -R "$1/demo/kp-server" server && cp -R "$1/demo/kp-client" client
            for name in server client; do
                git -C $name init --quiet --initial-branch master
                git -C $name add --all && git -C $name -c user.name=test -c user.email=test@localhost commit --quiet --message first
            done
            # Whoever runs git inside is root, and so are these.
            chown -R 0:0 .
            """
        let made = try await LocalCommandRunner().run(Command("/bin/sh", ["-euc", make, "sh", root, folder]))
        try #require(made.succeeded, "\(made)")
        try await host.write(
            "name: updated\nports: {http: 8089, https: 8452}\nsources:\n  server: {git: file:///srv/updated/server}\n  client: {git: file:///srv/updated/client}\n",
            to: Self.file)
        let up = try await kopnik("up", "--yes", "--force", within: .seconds(900))
        try #require(up.succeeded, "\(up.standardError)\(up.standardOutput)")
    }

    /// Changes a source by a shell line in its folder, and commits that.
    func commit(_ line: String, in source: String) async throws {
        let done = try await host.shell(
            "cd /srv/updated/\(source); \(line); git add --all; git -c user.name=test -c user.email=test@localhost commit --quiet --allow-empty --message next"
        )
        try #require(done.succeeded, "\(done)")
    }

    /// Gives the server a version by which it is known again.
    func publish(_ version: String) async throws {
        try await commit("sed -i 's/\"version\": \".*\"/\"version\": \"\(version)\"/' package.json", in: "server")
    }

    func get(_ path: String, _ more: String...) async throws -> String {
        try await host.net(["curl", "--silent", "--insecure", "--max-time", "30"] + more + ["\(Self.address)\(path)"])
            .standardOutput
    }

    /// What the running server says of itself.
    func version() async throws -> String {
        struct Answer: Decodable { var release: String }
        let text = try await get("/api/version")
        return (try? JSONDecoder().decode(Answer.self, from: Data(text.utf8)))?.release ?? text
    }

    /// The address of the page's own script, as the page names it.
    func script() async throws -> String {
        let page = try await get("/")
        let match = try #require(page.firstMatch(of: #/src="(\/assets\/main\.[0-9a-f]+\.js)"/#), "\(page)")
        return String(match.output.1)
    }

    struct Release: Decodable {
        var number: Int
        var sources: [String: String]
        var isCurrent: Bool
    }

    func releases() async throws -> [Release] {
        let list = try await kopnik("rollback", "--list", "--json")
        return try JSONDecoder().decode([Release].self, from: Data(list.standardOutput.utf8))
    }

    /// Does something while 200 requests a second come, unless none are wanted, and 50 WAMP sessions are open.
    func underLoad(asset: String, requests: Bool = true, _ body: () async throws -> Void) async throws -> Load {
        let root = host.rootFolder() + "/srv/updated"
        let sessions = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "host/hold-sessions.py"
        ).path(percentEncoded: false)
        // Three kinds, so that each is judged by itself: the page, the application, and a file that an open page still asks for.
        let line = """
            cd "$1"; rm -f held page api asset go ended; mkfifo go; exec 9<>go
            "$2" wss://updated.localhost:8452/ws 127.0.0.1 50 "$3" <go >held 2>&1 9>&- & holder=$!
            for _ in $(seq 300); do grep -q ready held && break; sleep 0.1; done
            pids=
            load() { name=$1; shift; hey -z 300s -t 60 -host updated.localhost:8452 "$@" >$name & pids="$pids $!"; }
            if [ "$5" = no ]; then : >asset; load() { :; }; fi
            load page -c 10 -q 8 \(Self.loopback)/
            load api -c 20 -q 4 -disable-keepalive \(Self.loopback)/api/version
            load asset -c 10 -q 4 "\(Self.loopback)$4"
            for _ in $(seq 3000); do [ -e ended ] && break; sleep 0.1; done
            [ -z "$pids" ] || { kill -INT $pids; wait $pids || true; }
            exec 9>&-; wait $holder
            """
        let authority = host.rootFolder() + Self.root + "/var/lib/kopnik/authority/ca.crt"
        async let load = LocalCommandRunner().run(
            Command(
                BareHost.script,
                [
                    "net", host.name, "bash", "-euc", line, "bash", root, sessions, authority, asset,
                    requests ? "yes" : "no",
                ],
                timeLimit: .seconds(400)))
        let isUnderWay = try await poll(for: .seconds(40)) {
            try await host.shell("grep -q ready /srv/updated/held && [ -e /srv/updated/asset ]").succeeded ? true : nil
        }
        let start = ContinuousClock.now
        do {
            try #require(isUnderWay == true)
            // Some of it before, some after, so that there is something to compare with.
            try await Task.sleep(for: .seconds(2))
            try await body()
            try await Task.sleep(for: .seconds(2))
        } catch {
            _ = try await host.shell("touch /srv/updated/ended")
            _ = try await load
            throw error
        }
        let took = start.duration(to: .now)
        _ = try await host.shell("touch /srv/updated/ended")
        let ended = try await load
        try #require(ended.succeeded, "\(ended)")
        return Load(
            took: took, held: try await host.shell("cat /srv/updated/held").standardOutput,
            reports: [
                "page": try await host.shell("cat /srv/updated/page || true").standardOutput,
                "api": try await host.shell("cat /srv/updated/api || true").standardOutput,
                "asset": try await host.shell("cat /srv/updated/asset || true").standardOutput,
            ])
    }

    private static let loopback = "https://127.0.0.1:8452"

    /// What the load generators saw.
    struct Load {
        var took: Duration
        var held: String
        var reports: [String: String]

        /// The longest that one request of a kind took, in seconds.
        func slowest(_ kind: String) -> Double? {
            reports[kind]?.firstMatch(of: #/Slowest:\s+([0-9.]+)/#).flatMap { Double($0.output.1) }
        }

        /// How many requests were answered with 200, if no other answer and no error was seen.
        func good(_ kind: String) -> Int? {
            guard let report = reports[kind], !report.contains("Error distribution") else { return nil }
            let codes = report.matches(of: #/\[(\d+)\]\s+(\d+) responses/#)
            guard codes.count == 1, codes[0].1 == "200" else { return nil }
            return Int(codes[0].2)
        }

        /// For the log of a test run.
        var summary: String {
            reports.keys.sorted().map { kind in
                "\(kind): \(good(kind).map(String.init) ?? "FAILED") answers, slowest \(slowest(kind) ?? -1) s"
            }.joined(separator: "; ") + "; "
                + held.split(separator: "\n").filter { !$0.hasPrefix("lost") && $0 != "ready" }.joined(separator: ", ")
        }
    }
}
