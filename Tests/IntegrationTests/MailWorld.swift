import Foundation
import Machine
import Testing

/// The world's mail servers and DNS for the shared host (`Tests/host/mail-world`), and the site on it as one that sends.
struct MailWorld: Sendable {
    let host = BareHost.shared
    private let runner = LocalCommandRunner()

    /// A letter that arrived, as the other side's server kept it.
    struct Letter: Decodable, Sendable {
        var from: String
        var to: [String]
        /// What dkimpy says of the signature: whether it is right, or why it cannot be read.
        var signed: Bool
        var tls: Bool
        var port: Int
        var login: String?
        var hello: String
        var text: String
    }

    private var script: String {
        URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "mail-world").path(
            percentEncoded: false)
    }
    var folder: String {
        URL(filePath: host.rootFolder()).deletingLastPathComponent().appending(path: "world").path(
            percentEncoded: false)
    }

    /// `up`, `dns`, `sink`, `away` or `down`.
    func turn(_ verb: String, input: String = "") async throws {
        let output = try await runner.run(
            Command(script, [verb, host.name], standardInput: input, timeLimit: .seconds(60)))
        try #require(output.succeeded, "\(output)")
    }

    /// Makes the site one that sends, with what else the site file says about mail, and lets it try again at once what was put off.
    func raise(_ mail: String) async throws {
        try await host.write(
            "name: kopnik\nsources: {server: demo, client: demo}\nmail: {from: noreply@kopnik.test, \(mail)}\n",
            to: "/srv/mail.yaml")
        let up = try await host.kopnik("up", "--yes", "--force", "--file", "/srv/mail.yaml")
        try #require(up.succeeded, "\(up.standardError)\n\(up.standardOutput)")
    }

    /// Hours become seconds: the same program, other numbers.
    func hurry() async throws {
        try await inMail(
            "postconf -e minimal_backoff_time=1s maximal_backoff_time=2s queue_run_delay=1s && postfix reload && postqueue -f"
        )
    }

    @discardableResult func inMail(_ line: String, input: String? = nil) async throws -> CommandOutput {
        let container = try await host.container("mail")
        let output = try await host.run(
            ["docker", "exec", "--interactive", container, "sh", "-euc", line], input: input, within: .seconds(30))
        try #require(output.succeeded, "\(output)")
        return output
    }

    /// Those that arrived for an address.
    func letters(to address: String) throws -> [Letter] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.map { name in
            try JSONDecoder().decode(Letter.self, from: Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
        }.filter { $0.to == [address] }
    }

    /// Waits for one.
    func arrival(to address: String, within limit: Duration = .seconds(30)) async throws -> Letter {
        let came = try await poll(for: limit) { try letters(to: address).first }
        if came == nil { try await tellOfQueue() }
        return try #require(came, "no letter came to \(address)")
    }

    /// Waits for one that was put off before the mail service or its settings were others. The queue's own word for trying now is said again
    /// and again: said while postfix reads its settings anew it is lost, and a letter tried a moment before them waits as long as the old ones say.
    func lateArrival(to address: String) async throws -> Letter {
        let came = try await poll(for: .seconds(60)) { () -> Letter? in
            if let letter = try letters(to: address).first { return letter }
            try await inMail("postqueue -f")
            return nil
        }
        if came == nil { try await tellOfQueue() }
        return try #require(came, "no letter came to \(address)")
    }

    /// What waits, and why, for whoever reads a failed test.
    private func tellOfQueue() async throws {
        print(try await inMail("postqueue -j").text)
        print(try await host.kopnik("logs", "mail", "--lines", "40").text)
    }

    /// `kopnik mail test`: its exit code, and what it says.
    func test(_ address: String) async throws -> (code: Int32, trial: Trial) {
        let output = try await host.kopnik("mail", "test", address, "--json")
        return (output.exitCode, try JSONDecoder().decode(Trial.self, from: Data(output.standardOutput.utf8)))
    }

    struct Trial: Decodable, Sendable {
        struct Fate: Decodable, Sendable {
            var outcome: String
            var code: String
            var said: String
            var server: String
        }
        var accepted: Bool
        var said: String
        var fate: Fate?
    }

    /// The DNS as a person fills it in by what `kopnik mail records` prints: options of dnsmasq.
    func records() async throws -> String {
        struct Records: Decodable {
            struct Record: Decodable { var type, name: String; var value: [String] }
            var records: [Record]
        }
        let output = try await host.kopnik("mail", "records", "--json")
        let records = try JSONDecoder().decode(Records.self, from: Data(output.standardOutput.utf8)).records
        return records.map { record in
            let value = record.value.joined()
            switch record.type {
            case "A": return "host-record=\(record.name),\(value)"
            case "PTR":
                return
                    "ptr-record=\(record.name.split(separator: ".").reversed().joined(separator: ".")).in-addr.arpa,\(value)"
            default: return "txt-record=\(record.name),\(record.value.map { "\"\($0)\"" }.joined(separator: ","))"
            }
        }.joined(separator: "\n") + "\n"
    }
}
