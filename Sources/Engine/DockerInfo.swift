import Foundation
import Machine

/// What the Docker daemon says of itself.
public struct DockerInfo: Sendable, Equatable {
    /// Its version, such as `20.10.24`.
    public var version: String
    /// The folder that holds its images, containers and volumes.
    public var root: String
    /// This computer's part in a swarm.
    public var swarm: SwarmState
    /// Nodes of the swarm; 0 without one.
    public var nodes: Int

    init(version: String, root: String, swarm: SwarmState, nodes: Int) {
        self.version = version
        self.root = root
        self.swarm = swarm
        self.nodes = nodes
    }

    /// The part a computer has in a swarm (`docker info`: LocalNodeState, ControlAvailable).
    public enum SwarmState: Sendable, Equatable {
        /// In no swarm.
        case inactive
        /// In a swarm, and able to change it.
        case manager
        /// In a swarm that another machine manages.
        case worker
        /// Any other state, as Docker names it: `pending`, `error`, `locked`.
        case unusable(String)
    }
}

/// Whether Docker answers.
public enum DockerPresence: Sendable, Equatable {
    /// The daemon answers, and says this of itself.
    case answers(DockerInfo)
    /// The command is there, the daemon does not answer.
    case silent(reason: String)
    /// There is no `docker` command.
    case notInstalled

    /// Whether the daemon answers.
    public var isThere: Bool { if case .answers = self { true } else { false } }
}

extension Docker {
    /// Asks the daemon about itself.
    public func presence() async -> DockerPresence {
        let output: CommandOutput
        do {
            output = try await run(["info", "--format", "{{json .}}"], timeLimit: .seconds(20))
        } catch let failure as Failure where failure.isMissingProgram {
            return .notInstalled
        } catch {
            // Not to be taken for a computer without Docker: `destroy` would go on to the files of a running site.
            return .silent(reason: (error as? Failure)?.because ?? "the question was broken off")
        }
        guard output.succeeded, let info = Self.info(from: output.standardOutput) else {
            return .silent(reason: output.lastWords)
        }
        return .answers(info)
    }

    /// Reads `docker info --format '{{json .}}'`.
    static func info(from text: String) -> DockerInfo? {
        struct Answer: Decodable {
            struct Swarm: Decodable {
                var LocalNodeState: String
                var ControlAvailable: Bool
                var Nodes: Int?
            }
            var ServerVersion: String?
            var DockerRootDir: String?
            var Swarm: Swarm?
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(text.utf8)),
            let version = answer.ServerVersion,
            !version.isEmpty
        else { return nil }
        let state: DockerInfo.SwarmState =
            switch (answer.Swarm?.LocalNodeState ?? "inactive", answer.Swarm?.ControlAvailable ?? false) {
            case ("inactive", _): .inactive
            case ("active", true): .manager
            case ("active", false): .worker
            case (let other, _): .unusable(other)
            }
        return DockerInfo(
            version: version, root: answer.DockerRootDir ?? "/var/lib/docker", swarm: state,
            nodes: answer.Swarm?.Nodes ?? 0)
    }
}
