import Blueprint
import Engine
import Foundation
import Machine
import Overview

/// The links of the data's way, and a try of each from where it begins.
struct LinkTrial: Sendable {
    /// Where kp-server answers HTTP; `nil` where it serves none.
    let applicationPort: Int?

    /// A link that is tried: a TCP connection from inside one container to another, or a folder that must be there.
    struct Way: Sendable {
        var from: ServiceKind
        var to: String
        var test: Test

        enum Test: Sendable {
            case port(String, Int)
            case folder(String, mustBeWritable: Bool)
        }
    }

    var ways: [Way] {
        let api = applicationPort.map { [Way(from: .nginx, to: "nodejs", test: .port("nodejs", $0))] } ?? []
        return [
            Way(from: .nginx, to: "nginx", test: .port("127.0.0.1", 443)),
            Way(
                from: .nginx, to: "dist",
                test: .folder("/home/ubuntu/kp-client/dist/index.html", mustBeWritable: false)),
        ] + api + [
            Way(from: .nginx, to: "crossbar", test: .port("crossbar", 8080)),
            Way(from: .nginx, to: "files", test: .port("files", 8484)),
            Way(from: .nodejs, to: "crossbar", test: .port("crossbar", 8080)),
            Way(from: .nodejs, to: "mail", test: .port("mail", 25)),
            Way(from: .nodejs, to: "db", test: .port("db", 5432)),
            Way(from: .files, to: "db", test: .port("db", 5432)),
            Way(
                from: .files, to: "uploads",
                test: .folder("/home/ubuntu/sftp/kp-server/upload", mustBeWritable: true)),
        ]
    }

    /// What bash runs inside a container: a line for each way that is open, with the microseconds that it took.
    static func program(_ ways: [Way]) -> String {
        let lines = ways.map { way in
            switch way.test {
            case .port(let host, let port):
                "( a=${EPOCHREALTIME//[!0-9]/}; exec 3<>/dev/tcp/\(host)/\(port) && echo \"\(way.to) $((${EPOCHREALTIME//[!0-9]/} - a))\" ) 2>/dev/null &"
            case .folder(let path, let mustBeWritable):
                "[ -\(mustBeWritable ? "w" : "r") \(path) ] && echo \"\(way.to) -\""
            }
        }
        return (lines + ["wait"]).joined(separator: "\n")
    }

    /// What a program like that said: microseconds by target, `nil` where none are counted.
    static func read(_ text: String) -> [String: Int?] {
        var open: [String: Int?] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if words.count == 2 { open[String(words[0])] = Int(words[1]) }
        }
        return open
    }

    /// Tries all of them; a link whose container does not run is down.
    func run(_ docker: Docker, stack: String) async -> [SiteOverview.Link] {
        var answers: [ServiceKind: [String: Int?]] = [:]
        for from in [ServiceKind.nginx, .nodejs, .files] {
            let own = ways.filter { $0.from == from }
            guard let container = try? await docker.container(of: from.rawValue, in: stack),
                // `timeout` inside: what is ended outside goes on in the container.
                let output = try? await docker.run(
                    ["exec", container, "timeout", "4", "bash", "-c", Self.program(own)], timeLimit: .seconds(8))
            else { continue }
            answers[from] = Self.read(output.standardOutput)
        }
        return ways.map { way in
            let answer = answers[way.from]?[way.to]
            let from = way.to == ServiceKind.nginx.rawValue ? "browser" : way.from.rawValue
            return SiteOverview.Link(
                from: from, to: way.to, condition: answer == nil ? .down : .up,
                milliseconds: answer.flatMap { $0 }.map { (Double($0) / 100).rounded() / 10 })
        }
    }
}
