import Blueprint
import Engine
import Foundation
import Machine

/// What is seen from inside the container of kp-server.
struct InsideSighting: Sendable, Decodable {
    /// A TCP connection, and the first thing the other side said.
    struct Port: Sendable, Decodable {
        /// The protocol's own greeting, or `nil` if what was said is not that.
        var greeting: String?
        var said: String
    }

    struct Dependencies: Sendable, Decodable {
        /// Packages that were looked at, those of packages included.
        var checked: Int
        /// Such as `pg`, or `express → debug`.
        var missing: [String]
    }

    struct Process: Sendable, Decodable {
        /// The command line of whoever listens on port 80.
        var command: String
        /// The npm script it was started by, or `nil` if by none.
        var script: String?
    }

    var mail: Part<Port>
    var db: Part<Port>
    var crossbar: Part<Port>
    var dependencies: Part<Dependencies>
    var process: Part<Process>
    var answers: Part<[HTTPAnswer]>
}

/// What an HTTP server answered, as far as two answers to one question are alike.
struct HTTPAnswer: Sendable, Decodable, Equatable {
    var path: String
    var status: Int
    /// The names in the JSON object that was answered, or else the body's digest: values such as a time differ from call to call.
    var shape: String
}

private struct Request: Encodable {
    var program: String
    var paths: [String]
    var port: Int?
    var main: String?
}

extension Docker {
    /// Runs the probe program in the container, once for all rows.
    func insideSighting(container: String, paths: [String], of server: ServerProfile) async throws -> InsideSighting {
        let request = try JSONEncoder().encode(
            Request(program: ProbeProgram.inside.text, paths: paths, port: server.port, main: server.mainFile))
        let start = """
            let text = ""; process.stdin.on("data", (part) => text += part).on("end", () => {
            const request = JSON.parse(text); new Function("request", "require", request.program)(request, require); });
            """
        let output = try await require(
            ["exec", "--interactive", container, "node", "-e", start], toDo: "look from inside nodejs",
            standardInput: String(decoding: request, as: UTF8.self), timeLimit: .seconds(20), fix: "kopnik logs nodejs")
        return try JSONDecoder().decode(InsideSighting.self, from: Data(output.text.utf8))
    }
}
