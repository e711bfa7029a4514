import Foundation
import Machine

/// A computer of the swarm.
public struct SwarmNode: Sendable, Equatable {
    public var id: String
    public var name: String
    /// Whether it may change the swarm.
    public var isManager: Bool
    /// Whether the other managers follow it.
    public var isLeader: Bool
    /// `ready`, `down`, `disconnected` or `unknown`.
    public var state: String
    /// `active`, `pause` or `drain`.
    public var availability: String
    public var cores: Int?
    /// Bytes.
    public var memory: Int?
    /// Docker's version there.
    public var engine: String
}

extension Docker {
    /// The swarm's computers, by name.
    public func nodes() async throws -> [SwarmNode] {
        let ids = try await require(
            ["node", "ls", "--quiet"], toDo: "list the swarm's nodes", timeLimit: .seconds(15), fix: "kopnik doctor"
        ).lines
        guard !ids.isEmpty else { return [] }
        return Self.nodes(from: try await run(["node", "inspect"] + ids, timeLimit: .seconds(15)).standardOutput)
    }

    /// Reads `docker node inspect`.
    static func nodes(from text: String) -> [SwarmNode] {
        struct Answer: Decodable {
            struct Spec: Decodable {
                var Role: String
                var Availability: String
            }
            struct Description: Decodable {
                struct Resources: Decodable {
                    var NanoCPUs: Int?
                    var MemoryBytes: Int?
                }
                struct Engine: Decodable { var EngineVersion: String? }
                var Hostname: String?
                var Resources: Resources?
                var Engine: Engine?
            }
            struct Status: Decodable { var State: String }
            struct Manager: Decodable { var Leader: Bool? }
            var ID: String
            var Spec: Spec
            var Description: Description?
            var Status: Status
            var ManagerStatus: Manager?
        }
        let answers = (try? JSONDecoder().decode([Answer].self, from: Data(text.utf8))) ?? []
        return answers.map { answer in
            SwarmNode(
                id: answer.ID, name: answer.Description?.Hostname ?? answer.ID,
                isManager: answer.Spec.Role == "manager", isLeader: answer.ManagerStatus?.Leader ?? false,
                state: answer.Status.State, availability: answer.Spec.Availability,
                cores: (answer.Description?.Resources?.NanoCPUs).map { $0 / 1_000_000_000 },
                memory: answer.Description?.Resources?.MemoryBytes,
                engine: answer.Description?.Engine?.EngineVersion ?? "")
        }.sorted { $0.name < $1.name }
    }
}
