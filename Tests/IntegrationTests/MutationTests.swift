import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// Every row of `verify` is seen to turn red when the real thing that it is about is broken.
    @Suite struct MutationTests {
        let host = BareHost.shared

        private struct Report: Decodable {
            struct Row: Decodable {
                var number: String
                var outcome: String
                var evidence: String
            }
            var results: [Row]
            var broken: [Row] { results.filter { $0.outcome == "broken" } }
        }

        private func verify() async throws -> Report {
            let output = try await host.kopnik("verify", "--json")
            return try JSONDecoder().decode(Report.self, from: Data(output.standardOutput.utf8))
        }

        private func run(_ line: String) async throws -> CommandOutput {
            let variables = [
                "STACK=kopnik", "PREFIX=\(BareHost.prefix)", "DOMAIN=kopnik.localhost", "HTTPS=443",
                "KOPNIK_PREFIX=\(BareHost.prefix)", "KOPNIK=kopnik",
            ]
            return try await host.run(
                ["env"] + variables + ["sh", "-eu", "-c", Mutation.prelude + "\n" + line], within: .seconds(180))
        }

        private func shell(_ line: String) async throws {
            let output = try await run(line)
            try #require(output.succeeded, "\(line)\n\(output)")
        }

        @Test(.timeLimit(.minutes(6)), arguments: Mutation.all)
        fileprivate func `turns its row red, and only what follows from it`(_ mutation: Mutation) async throws {
            try await host.raise()
            if let needs = mutation.needs, case let output = try await run(needs), !output.succeeded {
                Issue.record("not possible on this computer: \(mutation): \(output.lastWords)", severity: .warning)
                return
            }
            try await shell(mutation.breaking)
            let broken = try await verify().broken
            let red = Set(broken.map(\.number))
            #expect(red == mutation.red, "\(broken.map { "\($0.number): \($0.evidence)" })")
            try await shell(mutation.mending)
            let left = try await verify().broken
            #expect(left.isEmpty, "still red after mending: \(left.map { "\($0.number): \($0.evidence)" })")
        }
    }
}
