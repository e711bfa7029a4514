import Blueprint
import Engine
import Foundation
import Machine

/// What Docker says of the stack.
struct StackSighting: Sendable {
    struct Service: Sendable, Equatable {
        var name: String
        /// Identifiers of the networks its tasks join.
        var networks: [String]
        /// Ports that it publishes on this computer.
        var ports: [Int]
        /// Whether `docker stack deploy` made it.
        var isOfStack: Bool
    }

    struct Network: Sendable, Equatable, Decodable {
        var ID: String
        var Name: String
        var Driver: String
    }

    struct Container: Sendable, Equatable {
        var id: String
        var service: String
        /// `healthy`, `unhealthy`, `starting`, or `nil` where the image has no health check.
        var health: String?
        var isPrivileged: Bool
        /// Names of the networks it really is in.
        var networks: [String]
        /// Its addresses in them, by the network's name.
        var addresses: [String: String] = [:]
        var mounts: [Mount]
        /// Ports of this computer that lead to it.
        var ports: [Int]
        /// Its address in the bridge by which Swarm's containers go out; this computer itself reaches it there.
        var gateway: String?
        /// The id of its task.
        var task: String?
        /// Whether its own check says nothing against it; one that has just begun is not well yet.
        var isWell: Bool { health ?? "healthy" == "healthy" }
    }

    struct Mount: Sendable, Equatable, Decodable {
        var Source: String
        var Destination: String
        var RW: Bool
    }

    var info: DockerInfo
    var services: [Service]
    var networks: [Network]
    /// Running containers, the newest first.
    var containers: [Container]

    func service(_ kind: ServiceKind) -> Service? { services.first { $0.name == kind.rawValue } }
    func container(_ kind: ServiceKind) -> Container? { containers.first { $0.service == kind.rawValue } }
}

extension Docker {
    /// Looks at the containers of a stack that run on this computer.
    func stackContainers(_ stack: String) async throws -> [StackSighting.Container] {
        let ids = try await require(
            [
                "ps", "--quiet", "--no-trunc", "--filter", "label=com.docker.stack.namespace=\(stack)", "--filter",
                "status=running",
            ], toDo: "list the stack's containers", timeLimit: .seconds(15), fix: "kopnik doctor"
        ).lines
        guard !ids.isEmpty else { return [] }
        // A container that ends between the two commands is named on standard error; the others are there all the same.
        async let output = run(["container", "inspect"] + ids, timeLimit: .seconds(15))
        async let bridge = gateways()
        let addresses = try await bridge
        return StackSighting.containers(from: try await output.standardOutput, stack: stack).map { container in
            var container = container
            container.gateway = addresses[container.id]
            return container
        }
    }

    /// Looks at services and networks of a stack, and at the daemon.
    func stackSighting(_ stack: String, containers: [StackSighting.Container]) async throws -> StackSighting {
        async let presence = presence()
        async let services = services(of: stack)
        async let networks = require(
            [
                "network", "ls", "--no-trunc", "--filter", "label=com.docker.stack.namespace=\(stack)", "--format",
                "{{json .}}",
            ],
            toDo: "list the stack's networks", timeLimit: .seconds(15), fix: "kopnik doctor")
        guard case .answers(let info) = await presence else {
            throw Failure(
                "Docker does not answer", because: "its daemon is not running, or this user may not talk to it",
                fix: "kopnik doctor")
        }
        return StackSighting(
            info: info, services: try await services.map { StackSighting.service($0, stack: stack) },
            networks: try await networks.lines.compactMap {
                try? JSONDecoder().decode(StackSighting.Network.self, from: Data($0.utf8))
            }, containers: containers)
    }
}

extension StackSighting {
    /// Reads one service's specification.
    static func service(_ state: ServiceState, stack: String) -> Service {
        struct Specification: Decodable {
            struct Template: Decodable { var Networks: [Attachment]? }
            struct Attachment: Decodable { var Target: String }
            var TaskTemplate: Template?
        }
        let specification = try? JSONDecoder().decode(Specification.self, from: Data(state.specification.utf8))
        return Service(
            name: state.name, networks: specification?.TaskTemplate?.Networks?.map(\.Target) ?? [], ports: state.ports,
            isOfStack: state.labels["com.docker.stack.namespace"] == stack)
    }

    /// Reads `docker container inspect`.
    static func containers(from text: String, stack: String) -> [Container] {
        struct Answer: Decodable {
            struct State: Decodable { var Health: Health? }
            struct Health: Decodable { var Status: String }
            struct Config: Decodable { var Labels: [String: String]? }
            struct Host: Decodable { var Privileged: Bool }
            struct Settings: Decodable {
                var Networks: [String: Joined]?
                var Ports: [String: [Binding]?]?
            }
            struct Joined: Decodable { var IPAddress: String? }
            struct Binding: Decodable { var HostPort: String }
            var Id: String
            var State: State
            var Config: Config
            var HostConfig: Host
            var Mounts: [Mount]?
            var NetworkSettings: Settings
        }
        let answers = (try? JSONDecoder().decode([Answer].self, from: Data(text.utf8))) ?? []
        return answers.compactMap { answer -> Container? in
            guard let name = answer.Config.Labels?["com.docker.swarm.service.name"], name.hasPrefix("\(stack)_") else {
                return nil
            }
            let bindings = (answer.NetworkSettings.Ports ?? [:]).values.flatMap { $0 ?? [] }
            return Container(
                id: answer.Id, service: String(name.dropFirst(stack.count + 1)), health: answer.State.Health?.Status,
                isPrivileged: answer.HostConfig.Privileged,
                networks: (answer.NetworkSettings.Networks ?? [:]).keys.sorted(),
                addresses: (answer.NetworkSettings.Networks ?? [:]).compactMapValues(\.IPAddress),
                mounts: answer.Mounts ?? [], ports: Set(bindings.compactMap { Int($0.HostPort) }).sorted(),
                task: answer.Config.Labels?["com.docker.swarm.task.id"])
        }
    }
}
