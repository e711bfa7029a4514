import Machine
import TestSupport
import Testing

@testable import Engine

@Suite struct `What a service said` {
    private static let before = "2026-11-25T12:10:21.000000001Z"
    private static let now = "2026-11-25T12:10:22.000000001Z"
    private static let after = "2026-11-25T12:10:22.000000002Z"

    private let runner = ScriptedRunner([
        (["docker", "ps"], CommandOutput(exitCode: 0, standardOutput: "new\nold\ngone\n")),
        (
            ["docker", "logs", "--timestamps", "--tail", "2", "new"],
            CommandOutput(
                exitCode: 0, standardOutput: "\(now) listening on 80\r\n", standardError: "\(after) careful: a: b\n")
        ),
        (
            ["docker", "logs", "--timestamps", "--tail", "2", "old"],
            CommandOutput(exitCode: 0, standardOutput: "\(before) ended\n\(before) \n")
        ),
        (["docker", "logs", "--timestamps", "--tail", "all", "--since", now, "new"], .init(exitCode: 0)),
        (
            ["docker", "logs", "--timestamps", "--tail", "all", "--since", now, "old"],
            CommandOutput(exitCode: 0, standardOutput: "\(now) again\n\(after) more\n")
        ),
        (["docker", "logs"], CommandOutput(exitCode: 1, standardError: "Error: No such container: gone\n")),
    ])

    @Test func `is told in the order of time, over all its containers and both their outputs`() async throws {
        let lines = try await Docker(commands: runner).lastLines(of: "nodejs", in: "kopnik", count: 2)
        #expect(lines.map(\.text) == ["listening on 80", "careful: a: b"])
    }

    @Test func `is not told twice to one who follows it`() async throws {
        let last = LogLine(time: Self.now, text: "listening on 80")
        let lines = try await Docker(commands: runner).lastLines(of: "nodejs", in: "kopnik", count: nil, after: last)
        #expect(lines.map(\.text) == ["more"])
    }
}
