import Foundation
import Machine

extension Docker {
    /// Where this computer itself reaches the swarm's containers that run on it: their addresses in the bridge by which they go out, by the
    /// container's id.
    public func gateways() async throws -> [String: String] {
        let output = try await run(
            ["network", "inspect", "docker_gwbridge", "--format", "{{json .Containers}}"], timeLimit: .seconds(15))
        return Self.addresses(from: output.standardOutput)
    }

    /// Reads the containers of a network, by their identifier.
    static func addresses(from text: String) -> [String: String] {
        struct Member: Decodable { var IPv4Address: String }
        let members = (try? JSONDecoder().decode([String: Member].self, from: Data(text.utf8))) ?? [:]
        return members.compactMapValues { $0.IPv4Address.split(separator: "/").first.map(String.init) }
    }
}
