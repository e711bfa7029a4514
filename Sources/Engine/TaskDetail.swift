public import Foundation
import Machine

/// One task of a stack with its times, as the swarm keeps it.
public struct TaskDetail: Sendable, Equatable {
    public var id: String
    /// The id of its service.
    public var service: String
    /// Which replica it is, from 1.
    public var slot: Int
    /// The id of its node; empty before it has one.
    public var node: String
    public var image: String
    /// What the swarm wants: `running`, `ready`, `shutdown` …
    public var desired: String
    /// What it is: `starting`, `running`, `failed` …
    public var state: String
    public var since: Date
    public var created: Date
    /// Why it failed; empty if it did not.
    public var error: String
    public var exitCode: Int?
    /// Its container; empty before there is one.
    public var container: String
    /// Bytes that it may use; `nil` without a limit.
    public var memoryLimit: Int?

    /// Makes one from its parts.
    public init(
        id: String, service: String, slot: Int = 1, node: String = "", image: String = "", desired: String,
        state: String, since: Date, created: Date, error: String = "", exitCode: Int? = nil, container: String = "",
        memoryLimit: Int? = nil
    ) {
        self.id = id
        self.service = service
        self.slot = slot
        self.node = node
        self.image = image
        self.desired = desired
        self.state = state
        self.since = since
        self.created = created
        self.error = error
        self.exitCode = exitCode
        self.container = container
        self.memoryLimit = memoryLimit
    }
}

/// A container of this computer, as Docker lists it.
public struct ContainerState: Sendable, Equatable {
    public var id: String
    /// `running`, `exited` …
    public var state: String
    /// Whether its own check fails.
    public var isUnhealthy: Bool
    /// With what code it ended; `nil` before that.
    public var exitCode: Int?

    /// Makes one from its parts.
    public init(id: String, state: String, isUnhealthy: Bool = false, exitCode: Int? = nil) {
        self.id = id
        self.state = state
        self.isUnhealthy = isUnhealthy
        self.exitCode = exitCode
    }
}

extension Docker {
    /// The tasks of a stack with their times, those of the past that the swarm still keeps among them.
    public func taskDetails(of stack: String) async throws -> [TaskDetail] {
        let ids = try await run(["stack", "ps", "--no-trunc", "--quiet", stack], timeLimit: .seconds(15))
        guard ids.succeeded else {
            if ids.standardError.contains("nothing found in stack") { return [] }
            throw Failure("could not list the stack's tasks", because: ids.lastWords, fix: "kopnik doctor")
        }
        guard !ids.lines.isEmpty else { return [] }
        // A task that the swarm forgets between the two commands is named on standard error; the others are there all the same.
        let output = try await run(["inspect", "--type", "task"] + ids.lines, timeLimit: .seconds(15))
        return Self.taskDetails(from: output.standardOutput)
    }

    /// Reads `docker inspect --type task`.
    static func taskDetails(from text: String) -> [TaskDetail] {
        struct Answer: Decodable {
            struct Status: Decodable {
                struct Container: Decodable {
                    var ContainerID: String?
                    var ExitCode: Int?
                }
                var Timestamp: String
                var State: String
                var Message: String?
                var Err: String?
                var ContainerStatus: Container?
            }
            struct Spec: Decodable {
                struct Container: Decodable { var Image: String? }
                struct Resources: Decodable { var Limits: Limits? }
                struct Limits: Decodable { var MemoryBytes: Int? }
                var ContainerSpec: Container?
                var Resources: Resources?
            }
            var ID: String
            var CreatedAt: String
            var ServiceID: String
            var Slot: Int?
            var NodeID: String?
            var DesiredState: String
            var Status: Status
            var Spec: Spec
        }
        let answers = (try? JSONDecoder().decode([Answer].self, from: Data(text.utf8))) ?? []
        return answers.compactMap { answer -> TaskDetail? in
            guard let since = moment(answer.Status.Timestamp), let created = moment(answer.CreatedAt) else {
                return nil
            }
            return TaskDetail(
                id: answer.ID, service: answer.ServiceID, slot: answer.Slot ?? 1, node: answer.NodeID ?? "",
                image: answer.Spec.ContainerSpec?.Image ?? "", desired: answer.DesiredState,
                state: answer.Status.State, since: since, created: created, error: answer.Status.Err ?? "",
                exitCode: answer.Status.ContainerStatus?.ExitCode,
                container: answer.Status.ContainerStatus?.ContainerID ?? "",
                memoryLimit: answer.Spec.Resources?.Limits?.MemoryBytes)
        }
    }

    /// `2026-11-25T12:10:22.003456789Z`, to the second.
    static func moment(_ text: String) -> Date? { try? Date(text.prefix(19) + "Z", strategy: .iso8601) }

    /// The stack's containers on this computer, those that ended among them, by id.
    public func containerStates(of stack: String) async throws -> [String: ContainerState] {
        let output = try await require(
            [
                "ps", "--all", "--no-trunc", "--filter", "label=com.docker.stack.namespace=\(stack)", "--format",
                "{{.ID}} {{.State}} {{.Status}}",
            ], toDo: "list the stack's containers", timeLimit: .seconds(15), fix: "kopnik doctor")
        let states = output.lines.compactMap(Self.containerState)
        return Dictionary(states.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads a line such as `0123abcd exited Exited (137) 3 seconds ago`.
    static func containerState(_ line: String) -> ContainerState? {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2 else { return nil }
        let status = words.count > 2 ? words[2] : ""
        let code = status.hasPrefix("Exited (") ? Int(status.dropFirst("Exited (".count).prefix { $0 != ")" }) : nil
        return ContainerState(
            id: String(words[0]), state: String(words[1]), isUnhealthy: status.contains("(unhealthy)"), exitCode: code)
    }

    /// How many bytes of memory containers of this computer use, by id. Takes two seconds: Docker measures the processor too.
    public func memoryUse(of containers: [String]) async throws -> [String: Int] {
        guard !containers.isEmpty else { return [:] }
        let output = try await run(
            ["stats", "--no-stream", "--no-trunc", "--format", "{{.ID}} {{.MemUsage}}"] + containers,
            timeLimit: .seconds(20))
        return Self.memoryUse(from: output.standardOutput)
    }

    /// Reads lines such as `0123abcd 12.34MiB / 256MiB`.
    static func memoryUse(from text: String) -> [String: Int] {
        var use: [String: Int] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.count >= 2, let bytes = bytes(words[1]), bytes > 0 else { continue }
            use[String(words[0])] = bytes
        }
        return use
    }

    private static func bytes(_ text: Substring) -> Int? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let powers = ["B": 0, "KiB": 10, "kB": 10, "MiB": 20, "MB": 20, "GiB": 30, "GB": 30, "TiB": 40]
        guard let value = Double(digits), let power = powers[String(text.dropFirst(digits.count))] else { return nil }
        return Int(value * Double(1 << power))
    }
}
