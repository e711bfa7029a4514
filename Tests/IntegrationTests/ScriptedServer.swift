import Machine
import Testing

/// A server that one of the scripts in Tests/host made, with a whole system on it.
protocol ScriptedServer: Sendable {
    static var script: String { get }
    static var runner: LocalCommandRunner { get }
    var name: String { get }
}

extension ScriptedServer {
    /// Runs a shell line inside, as root in root's home.
    func shell(_ line: String, within limit: Duration = .seconds(120)) async throws -> CommandOutput {
        try await Self.runner.run(
            Command(Self.script, ["run", name, "sh", "-eu", "-c", "cd /root; \(line)"], timeLimit: limit))
    }

    /// The same, and it has to succeed.
    func must(_ line: String, within limit: Duration = .seconds(120)) async throws -> CommandOutput {
        let output = try await shell(line, within: limit)
        try #require(output.succeeded, "\(line): \(output.standardError)\n\(output.standardOutput)")
        return output
    }
}
