import Foundation
import Machine
import Testing

/// A bare Debian: no Docker until `kopnik up` installed it, files, processes and network of its own.
struct BareHost: Sendable {
    /// The one that `kopnik-test` started.
    static let shared = BareHost(name: ProcessInfo.processInfo.environment["KOPNIK_TEST_HOST_NAME"] ?? "none")
    /// Set by `kopnik-test`. Without it the suites here are not run, and say so.
    static var isHere: Bool { ProcessInfo.processInfo.environment["KOPNIK_TEST_HOST_NAME"] != nil }

    /// A prefix that no quoting mistake survives.
    static let prefix = "/srv/Пробный сайт, $1"

    let name: String
    private let runner = LocalCommandRunner()
    static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "host/bare-host"
    )
    .path(percentEncoded: false)

    init(name: String) { self.name = name }

    /// Runs something on a host of its own beside the shared one; `kopnik-test` ends it too, should this be killed.
    static func fresh(_ word: String, _ body: (BareHost) async throws -> Void) async throws {
        let host = BareHost(name: "\(shared.name)-\(word)")
        try await host.power("up")
        do {
            let program = "/usr/local/bin/kopnik"
            try FileManager.default.copyItem(
                atPath: shared.rootFolder() + program, toPath: host.rootFolder() + program)
            try await body(host)
        } catch {
            try await host.power("down")
            throw error
        }
        try await host.power("down")
    }

    /// Runs a command inside.
    func run(_ words: [String], input: String? = nil, within limit: Duration = .seconds(600)) async throws
        -> CommandOutput
    {
        try await runner.run(Command(Self.script, ["run", name] + words, standardInput: input, timeLimit: limit))
    }

    /// Runs a shell line inside.
    func shell(_ line: String, within limit: Duration = .seconds(300)) async throws -> CommandOutput {
        try await run(["sh", "-eu", "-c", line], within: limit)
    }

    /// Runs a command of this computer in the host's network.
    func net(_ words: [String]) async throws -> CommandOutput {
        try await runner.run(Command(Self.script, ["net", name] + words, timeLimit: .seconds(60)))
    }

    /// `up`, `cut`, `boot`, `offline`, `online` or `down`.
    func power(_ verb: String) async throws {
        let output = try await runner.run(Command(Self.script, [verb, name], timeLimit: .seconds(120)))
        try #require(output.succeeded, "\(output)")
    }

    /// `kopnik` on the main site of the tests.
    func kopnik(_ words: String..., within limit: Duration = .seconds(900)) async throws -> CommandOutput {
        try await run(["kopnik"] + words + ["--prefix", Self.prefix], within: limit)
    }

    /// A shell line in a service's container of the main site.
    func inside(_ service: String, _ line: String) async throws -> CommandOutput {
        try await run(["kopnik", "exec", "--prefix", Self.prefix, service, "sh", "-euc", line], within: .seconds(20))
    }

    /// Sees to it that the main site runs as `up` made it.
    func raise() async throws {
        let output = try await kopnik("up", "--demo", "--yes", "--force")
        try #require(output.succeeded, "\(output.standardError)\n\(output.standardOutput)")
    }

    /// Asks the site by https from outside, as a browser would.
    func get(_ path: String, arguments: [String] = []) async throws -> CommandOutput {
        try await net(
            [
                "curl", "--silent", "--show-error", "--max-time", "20", "--resolve", "kopnik.localhost:443:127.0.0.1",
                "--cacert",
                "\(rootFolder())\(Self.prefix)/var/lib/kopnik/authority/ca.crt",
            ] + arguments + ["https://kopnik.localhost\(path)"])
    }

    /// The running container of a service of the main site.
    func container(_ service: String) async throws -> String {
        try await shell("docker ps -q --no-trunc --filter label=com.docker.swarm.service.name=kopnik_\(service)").text
    }

    /// The host's files as this computer sees them.
    func rootFolder() -> String {
        let store = ProcessInfo.processInfo.environment["KOPNIK_TEST_STORE"] ?? "/var/tmp/kopnik-test"
        return "\(store)/hosts/\(name)/root"
    }

    /// Writes a file inside.
    func write(_ text: String, to path: String) async throws {
        let output = try await run(["sh", "-c", "mkdir -p \"$(dirname \"$0\")\" && cat >\"$0\"", path], input: text)
        try #require(output.succeeded)
    }
}
