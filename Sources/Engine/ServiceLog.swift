import Machine

/// One line that a container wrote, and when.
public struct LogLine: Sendable, Equatable {
    /// As Docker writes it, such as `2026-11-25T12:10:22.003456789Z`: always this long, so it sorts as text.
    public var time: String
    /// Without the end of the line.
    public var text: String

    /// Lines of `docker logs --timestamps`.
    static func read(_ output: String) -> [LogLine] {
        // The end of a line of a terminal, \r\n, is one Character.
        output.split { $0 == "\n" || $0 == "\r\n" }.map { line in
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            return LogLine(time: String(parts[0]), text: parts.count == 2 ? String(parts[1]) : "")
        }
    }
}

extension Docker {
    /// The last lines of a service, of its containers before the present one too, in the order of time.
    ///
    /// Not by `docker service logs`: right after a task began, or after Docker itself started again, that now and then waits for ever
    /// (docker/cli#4678), its `--tail` counts for each task, and its `--follow` may miss the tasks that come (docker/docs#13165).
    /// - Parameters:
    ///   - count: how many at most, zero or more; `nil` for all.
    ///   - last: only what was written after this line.
    /// - Throws: `Failure` where Docker does not answer.
    public func lastLines(of service: String, in stack: String, count: Int?, after last: LogLine? = nil) async throws
        -> [LogLine]
    {
        let since = last.map { ["--since", $0.time] } ?? []
        let containers = try await require(
            [
                "ps", "--all", "--quiet", "--no-trunc", "--filter",
                "label=com.docker.swarm.service.name=\(stack)_\(service)",
            ], toDo: "find the containers of '\(service)'", fix: "kopnik doctor"
        ).lines
        var lines: [LogLine] = []
        for container in containers {
            // Gone since it was listed: then it has nothing to say.
            let output = try await run(
                ["logs", "--timestamps", "--tail", count.map { "\($0)" } ?? "all"] + since + [container],
                timeLimit: .seconds(30))
            guard output.succeeded else { continue }
            lines += LogLine.read(output.standardOutput) + LogLine.read(output.standardError)
        }
        // What was written at the same moment stays in the order in which it was read: `sort` is stable.
        lines.sort { $0.time < $1.time }
        if let last { lines.removeAll { $0.time <= last.time } }
        return Array(lines.suffix(count ?? lines.count))
    }
}
