import Foundation
import Machine

/// One service of a stack as Docker holds it.
public struct ServiceState: Sendable, Equatable {
    /// Without the stack's prefix: `db`.
    public var name: String
    /// Docker's own id of it.
    public var id: String
    /// The image its tasks are made from; empty where Docker names none.
    public var image: String
    /// How many tasks are to run; 1 where Docker gives no number.
    public var replicas: Int
    /// The labels of the service itself, not those of its containers.
    public var labels: [String: String]
    /// Published host ports.
    public var ports: [Int]
    /// `updating`, `completed`, `paused`, `rollback_started` …, or `nil` if it was never updated.
    public var updateState: String?
    /// Everything that was asked for, in Docker's own words with sorted keys: changes when somebody changes the service.
    public var specification: String
    /// The part of it that makes a task, likewise: when it changes, Swarm replaces the service's tasks.
    public var template: String

    /// Makes one from its parts.
    public init(
        name: String, id: String, image: String, replicas: Int, labels: [String: String] = [:], ports: [Int] = [],
        updateState: String? = nil, specification: String = "", template: String = ""
    ) {
        self.template = template
        self.name = name
        self.id = id
        self.image = image
        self.replicas = replicas
        self.labels = labels
        self.ports = ports
        self.updateState = updateState
        self.specification = specification
    }
}

/// One task of a stack: a container that runs, ran, or is meant to.
public struct TaskState: Sendable, Equatable {
    /// Docker's own id of it, whole.
    public var id: String
    /// The service's name without the stack's prefix.
    public var service: String
    /// What Swarm wants: `Running`, `Shutdown` …
    public var desired: String
    /// What it is: `Running`, `Starting`, `Failed`, `Rejected` … A task with a health check is `Running` only once that is healthy.
    public var current: String
    /// How long it has been so, in Docker's words: `2 minutes ago`.
    public var since: String
    /// Why it failed, in Docker's words; empty if it did not.
    public var error: String

    init(id: String, service: String, desired: String, current: String, since: String = "", error: String = "") {
        self.id = id
        self.service = service
        self.desired = desired
        self.current = current
        self.since = since
        self.error = error
    }

    /// Whether it runs and is meant to.
    public var isUp: Bool { desired == "Running" && current == "Running" }
    /// Whether Swarm means it to run, wherever it is on its way.
    public var isWanted: Bool { desired == "Running" || desired == "Ready" }
    /// Whether it ended badly, its node refused it, or its node was away too long.
    public var hasFailed: Bool { current == "Failed" || current == "Rejected" || current == "Orphaned" }
}

extension Docker {
    /// The services of a stack; none if there is no such stack.
    public func services(of stack: String) async throws -> [ServiceState] {
        let names = try await require(
            ["service", "ls", "--filter", "label=com.docker.stack.namespace=\(stack)", "--format", "{{.Name}}"],
            toDo: "list the stack's services"
        ).lines
        guard !names.isEmpty else { return [] }
        let output = try await run(["service", "inspect"] + names)
        guard output.succeeded || output.standardError.lowercased().contains("no such service") else {
            throw Failure("could not read the stack's services", because: output.lastWords, fix: "kopnik doctor")
        }
        return Self.services(from: output.standardOutput, stack: stack)
    }

    /// Reads `docker service inspect`.
    static func services(from text: String, stack: String) -> [ServiceState] {
        guard let list = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] else { return [] }
        return list.compactMap { service -> ServiceState? in
            guard let id = service["ID"] as? String, let specification = service["Spec"] as? [String: Any],
                let name = specification["Name"] as? String
            else { return nil }
            let template = specification["TaskTemplate"] as? [String: Any]
            let container = template?["ContainerSpec"] as? [String: Any]
            let mode = (specification["Mode"] as? [String: Any])?["Replicated"] as? [String: Any]
            let endpoint = specification["EndpointSpec"] as? [String: Any]
            let ports = (endpoint?["Ports"] as? [[String: Any]] ?? []).compactMap { $0["PublishedPort"] as? Int }
            return ServiceState(
                name: String(name.dropFirst(stack.count + 1)), id: id, image: container?["Image"] as? String ?? "",
                replicas: mode?["Replicas"] as? Int ?? 1, labels: specification["Labels"] as? [String: String] ?? [:],
                ports: ports,
                updateState: (service["UpdateStatus"] as? [String: Any])?["State"] as? String,
                specification: words(specification), template: words(template ?? [:]))
        }.sorted { $0.name < $1.name }
    }

    /// Docker's own words with sorted keys. `Runtime` stands in a service's template and not in what its tasks were made from.
    private static func words(_ part: [String: Any]) -> String {
        let part = part.filter { $0.key != "Runtime" }
        return String(
            decoding: (try? JSONSerialization.data(withJSONObject: part, options: [.sortedKeys])) ?? Data(),
            as: UTF8.self)
    }

    /// What each of these tasks was made from, as `ServiceState.template` has it: Swarm keeps a task that fits, and makes no other.
    public func templates(ofTasks ids: [String]) async throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        // A task may go meanwhile: it names the others all the same.
        return Self.templates(from: try await run(["inspect", "--type", "task"] + ids).standardOutput)
    }

    /// Reads `docker inspect --type task`.
    static func templates(from text: String) -> [String: String] {
        guard let list = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] else {
            return [:]
        }
        return list.reduce(into: [:]) { found, task in
            guard let id = task["ID"] as? String, let specification = task["Spec"] as? [String: Any] else { return }
            found[id] = words(specification)
        }
    }

    /// The tasks of a stack, the newest of each service first; none if there is no such stack.
    public func tasks(of stack: String) async throws -> [TaskState] {
        let output = try await run(["stack", "ps", "--no-trunc", "--format", "{{json .}}", stack])
        guard output.succeeded else {
            if output.standardError.contains("nothing found in stack") { return [] }
            _ = try await require(["stack", "ps", stack], toDo: "list the stack's tasks")
            return []
        }
        return Self.tasks(from: output.standardOutput, stack: stack)
    }

    /// Reads `docker stack ps --format '{{json .}}'`.
    static func tasks(from text: String, stack: String) -> [TaskState] {
        struct Line: Decodable {
            var ID: String
            var Name: String
            var DesiredState: String
            var CurrentState: String
            var Error: String
        }
        return text.split(whereSeparator: \.isNewline).compactMap { line -> TaskState? in
            guard let task = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { return nil }
            let service = task.Name.dropFirst(stack.count + 1).split(separator: ".").first.map(String.init) ?? task.Name
            let words = task.CurrentState.split(separator: " ", maxSplits: 1)
            return TaskState(
                id: task.ID, service: service, desired: task.DesiredState, current: words.first.map(String.init) ?? "",
                since: words.count > 1 ? String(words[1]) : "", error: task.Error)
        }
    }
}
