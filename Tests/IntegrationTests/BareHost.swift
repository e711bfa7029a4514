import Foundation
import Machine
import Testing

/// The bare Debian that `kopnik-test` started: no Docker until `kopnik up` installed it, files, processes and network of its own.
struct BareHost: Sendable {
    static let shared = BareHost()
    /// Set by `kopnik-test`. Without it the suites here are not run, and say so.
    static var isHere: Bool { ProcessInfo.processInfo.environment["KOPNIK_TEST_HOST_NAME"] != nil }

    /// A prefix that no quoting mistake survives.
    static let prefix = "/srv/Пробный сайт, $1"

    private let runner = LocalCommandRunner()
    private let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "host/bare-host"
    )
    .path(percentEncoded: false)
    private let name = ProcessInfo.processInfo.environment["KOPNIK_TEST_HOST_NAME"] ?? "none"

    /// Runs a command inside.
    func run(_ words: [String], input: String? = nil, within limit: Duration = .seconds(600)) async throws
        -> CommandOutput
    {
        try await runner.run(Command(script, ["run", name] + words, standardInput: input, timeLimit: limit))
    }

    /// Runs a shell line inside.
    func shell(_ line: String, within limit: Duration = .seconds(300)) async throws -> CommandOutput {
        try await run(["sh", "-eu", "-c", line], within: limit)
    }

    /// Runs a command of this computer in the host's network.
    func net(_ words: [String]) async throws -> CommandOutput {
        try await runner.run(Command(script, ["net", name] + words, timeLimit: .seconds(60)))
    }

    /// `cut`, `boot`, `offline` or `online`.
    func power(_ verb: String) async throws {
        let output = try await runner.run(Command(script, [verb, name], timeLimit: .seconds(60)))
        try #require(output.succeeded, "\(output)")
    }

    /// `kopnik` on the main site of the tests.
    func kopnik(_ words: String..., within limit: Duration = .seconds(900)) async throws -> CommandOutput {
        try await run(["kopnik"] + words + ["--prefix", Self.prefix], within: limit)
    }

    /// Sees to it that the main site runs as `up` made it.
    func raise() async throws {
        let output = try await kopnik("up", "--demo", "--yes", "--force")
        try #require(output.succeeded, "\(output.standardError)\n\(output.standardOutput)")
    }

    /// Asks the site by https from outside, as a browser would.
    func get(_ path: String, arguments: [String] = []) async throws -> CommandOutput {
        let root = try rootFolder()
        return try await net(
            [
                "curl", "--silent", "--show-error", "--max-time", "20", "--resolve", "kopnik.localhost:443:127.0.0.1",
                "--cacert",
                "\(root)\(Self.prefix)/var/lib/kopnik/authority/ca.crt",
            ] + arguments + ["https://kopnik.localhost\(path)"])
    }

    /// The host's files as this computer sees them.
    func rootFolder() throws -> String {
        let store = ProcessInfo.processInfo.environment["KOPNIK_TEST_STORE"] ?? "/var/tmp/kopnik-test"
        return "\(store)/hosts/\(name)/root"
    }

    /// Writes a file inside.
    func write(_ text: String, to path: String) async throws {
        let output = try await run(["sh", "-c", "mkdir -p \"$(dirname \"$0\")\" && cat >\"$0\"", path], input: text)
        try #require(output.succeeded)
    }
}
