import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// The demo's own tests, with the Node and the libraries that it runs on, against the router that runs.
    @Suite struct DemoTests {
        let host = BareHost.shared

        @Test(.timeLimit(.minutes(5)))
        func `the tests of the demo's server pass in its own image, beside the running Crossbar`() async throws {
            try await host.raise()
            let demo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "demo").path(percentEncoded: false)
            let copy = host.rootFolder() + "/srv/demo-tests"
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: demo, toPath: copy)
            defer { try? FileManager.default.removeItem(atPath: copy) }
            // The ticket stays in the environment: arguments can be read by everybody.
            let line = """
                image=$(docker inspect --format '{{.Config.Image}}' "$(docker ps -q --filter name=kopnik_nodejs)")
                router=$(docker ps -q --filter name=kopnik_crossbar)
                CROSSBAR_TICKET=$(cat "$0/var/lib/kopnik/secrets/wamp-ticket"); export CROSSBAR_TICKET
                exec docker run --rm --network "container:$router" --env CROSSBAR_TICKET --env REQUIRE_CROSSBAR=1 \\
                    --env CROSSBAR_URL=ws://127.0.0.1:8080/ws --volume /srv/demo-tests:/demo:ro --entrypoint sh "$image" \\
                    -euc 'cp -R /demo /tmp/demo; cd /tmp/demo/kp-server; npm install --silent; npm test'
                """
            let output = try await host.run(["sh", "-euc", line, BareHost.prefix], within: .seconds(240))
            #expect(output.succeeded, "\(output.standardOutput)\(output.standardError)")
            func count(_ word: String) throws -> Int {
                let lines = output.lines.map { $0.split(separator: " ").map(String.init) }
                let line = try #require(lines.last { $0.count == 3 && $0[1] == word }, "\(output)")
                return try #require(Int(line[2]))
            }
            #expect(try count("tests") > 40 && count("pass") > 40, "\(output.standardOutput)")
            #expect(try count("fail") == 0 && count("cancelled") == 0)
            // The one test that kills its router: this one is not its own.
            #expect(try count("skipped") == 1, "\(output.standardOutput)")
        }
    }
}
