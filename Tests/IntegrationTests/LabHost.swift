import Foundation
import Machine
import Testing

/// One of the two servers of a lab that `kopnik lab up` made on the bare computer: reached as a person reaches it.
struct LabHost: Sendable {
    let name: String
    var host = BareHost.shared

    /// A word and more for `kopnik lab`.
    static func lab(_ words: String..., within limit: Duration = .seconds(60)) async throws -> CommandOutput {
        try await BareHost.shared.run(["kopnik", "lab"] + words, within: limit)
    }

    /// The same about this server; it has to succeed.
    func power(_ verb: String) async throws {
        let output = try await Self.lab(verb, name)
        try #require(output.succeeded, "\(output)")
    }

    func run(_ words: [String], input: String? = nil, within limit: Duration = .seconds(60)) async throws
        -> CommandOutput
    {
        try await host.run(["kopnik", "lab", "run", name] + words, input: input, within: limit)
    }

    func kopnik(_ line: String, within limit: Duration = .seconds(300)) async throws -> CommandOutput {
        try await run(["sh", "-euc", "exec kopnik \(line)"], within: limit)
    }

    /// Asks the site there as a visitor does, from the bare computer.
    func visit(_ path: String, _ more: String...) async throws -> CommandOutput {
        let address = "10.214.77.\(name == "main" ? 11 : 12)"
        return try await host.net(
            [
                "curl", "--silent", "--fail-with-body", "--insecure", "--max-time", "20", "--resolve",
                "kopnik.localhost:443:\(address)",
            ] + more + ["https://kopnik.localhost\(path)"])
    }

    /// A line of SQL in the application's database.
    func psql(_ sql: String) async throws -> CommandOutput {
        try await run(["kopnik", "psql", "-Atq", "-v", "ON_ERROR_STOP=1", "-c", sql], within: .seconds(20))
    }

    /// How it stands; `nil` where it cannot say.
    func report() async throws -> PairSaid? {
        let said = try await kopnik("standby status --json", within: .seconds(30))
        return try? JSONDecoder().decode(PairSaid.self, from: Data(said.standardOutput.utf8))
    }

    /// Waits until each write here waits for the other one.
    func untilTogether() async throws {
        let together = try await poll(for: .seconds(90), every: .milliseconds(500)) { () -> Bool? in
            let now = try await report()
            return now?.bond == "together" && now?.database?.together == true ? true : nil
        }
        guard together != true else { return }
        let shown = try await kopnik("standby").standardOutput + kopnik("logs keeper --lines 20").standardOutput
        try #require(together == true, "\(shown)")
    }

    /// Waits until it stays stopped because another one leads.
    func untilFenced() async throws {
        let fenced = try await poll(for: .seconds(120), every: .milliseconds(500)) {
            try await report()?.role == "fenced" ? true : nil
        }
        let said = try await kopnik("logs keeper --lines 20")
        try #require(fenced == true, "\(name) is not fenced: \(said)")
    }

    /// Switches it on after another one took over, and makes it the standby of that.
    func comeBack(behind leads: LabHost) async throws {
        try await power("boot")
        try await untilFenced()
        try await rejoin(behind: leads)
    }

    /// Carries what the other one needs over to it, which takes it.
    func handOver(to other: LabHost) async throws {
        let handed = "/root/handed"
        let written = try await kopnik("standby hand-over \(handed)")
        try #require(written.succeeded, "\(written)")
        let root = "/var/lib/kopnik-lab"
        let carried = try await host.shell("mv \(root)/\(name)/root\(handed) \(root)/\(other.name)/root\(handed)")
        try #require(carried.succeeded)
        for line in ["standby accept \(handed)", "up --yes"] {
            let done = try await other.kopnik(line)
            try #require(done.succeeded, "\(done)")
        }
    }

    /// Makes it the standby of the one that leads, and waits until writes wait for it.
    func rejoin(behind leads: LabHost) async throws {
        let rejoin = try await kopnik("rejoin --yes")
        try #require(rejoin.succeeded, "\(rejoin.standardError)")
        try await leads.untilTogether()
    }
}
