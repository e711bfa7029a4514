import Machine

/// How far a stack is from what was asked for: a pure judgement over what Docker says.
public struct Convergence: Sendable, Equatable {
    /// One service's state on the way.
    public enum Verdict: Sendable, Equatable {
        /// As many of its tasks run as were asked for, and no update is under way.
        case healthy
        /// Not there yet, and what it is doing.
        case coming(String)
        /// It will not get there by itself.
        case failed(String)
    }

    /// The verdict on each service by name.
    public var verdicts: [String: Verdict]

    /// Whether every service is healthy.
    public var isComplete: Bool { verdicts.values.allSatisfy { $0 == .healthy } }
    /// The names of the healthy services, sorted.
    public var healthy: [String] { verdicts.filter { $0.value == .healthy }.keys.sorted() }
    /// The names of all others, sorted; failed ones are among them.
    public var waiting: [String] { verdicts.filter { $0.value != .healthy }.keys.sorted() }
    /// The services that will not get there by themselves, sorted by name, and why.
    public var failures: [(service: String, reason: String)] {
        verdicts.sorted { $0.key < $1.key }.compactMap { name, verdict in
            if case .failed(let reason) = verdict { (name, reason) } else { nil }
        }
    }

    /// How many tasks of one service may fail, before it counts as failed.
    public static let patience = 3

    /// Judges.
    /// - Parameters:
    ///   - known: tasks that were there before the change; their failures count for nothing.
    ///   - replaced: services whose tasks Swarm has to replace: a known task is not yet the wanted one, whatever it does.
    public init(
        services: [ServiceState], tasks: [TaskState], known: Set<String> = [], replaced: Set<String> = []
    ) {
        verdicts = [:]
        for service in services {
            // The update's state is set only a moment after the change was taken (swarmkit, orchestrator/update).
            let own = tasks.filter {
                $0.service == service.name && !(replaced.contains(service.name) && known.contains($0.id))
            }
            verdicts[service.name] = Self.verdict(on: service, tasks: own, known: known)
        }
    }

    private static func verdict(on service: ServiceState, tasks: [TaskState], known: Set<String>) -> Verdict {
        let failed = tasks.filter { $0.hasFailed && !known.contains($0.id) }
        if let state = service.updateState, state == "paused" || state.hasPrefix("rollback") {
            return .failed(failed.first { !$0.error.isEmpty }?.error ?? "its update stopped")
        }
        let isUp = service.updateState != "updating" && tasks.filter(\.isUp).count >= service.replicas
        // What failed before it came up is history: Swarm keeps the last tasks for days.
        if isUp { return .healthy }
        if failed.count >= patience, let last = failed.first {
            return .failed(last.error.isEmpty ? "it ended \(failed.count) times" : last.error)
        }
        if service.updateState == "updating" { return .coming("replacing") }
        let current = tasks.first(where: \.isWanted)
        return .coming(current.map { $0.current.lowercased() } ?? "waiting for a place")
    }
}

extension Docker {
    /// `docker stack deploy`; returns at once, before anything runs (docker/cli#373): follow it with `convergence`.
    /// - Parameter compose: the file's text; its path would be split at every comma in it.
    public func deploy(_ stack: String, compose: String, log: String) async throws {
        // Where the file's image is the one of the last deployment, Docker keeps what the service has, even if somebody put another
        // one there by hand (docker/cli, `stack deploy`, deployServices): so it must not know of the last deployment.
        let mark = "com.docker.stack.image"
        for service in try await services(of: stack) where service.labels[mark].map({ $0 != service.image }) ?? false {
            _ = try await require(
                ["service", "update", "--detach", "--quiet", "--label-rm", mark, "\(stack)_\(service.name)"],
                toDo: "take back the image of \(service.name)", timeLimit: .seconds(60), log: log,
                fix: "kopnik doctor")
        }
        _ = try await require(
            ["stack", "deploy", "--compose-file", "-", "--prune", "--resolve-image", "never", stack],
            toDo: "hand the stack to Docker", standardInput: compose, timeLimit: .seconds(180), log: log,
            fix: "kopnik doctor")
    }

    /// Where a stack stands now.
    public func convergence(of stack: String) async throws -> Convergence {
        async let services = services(of: stack)
        async let tasks = tasks(of: stack)
        return Convergence(services: try await services, tasks: try await tasks)
    }

    /// Ends a service's container in order; Swarm starts another, which is waited for until it is healthy.
    /// - Throws: `Failure` where none gets healthy in two minutes.
    public func restart(_ container: String, of service: String, in stack: String) async throws {
        _ = try await require(
            ["stop", container], toDo: "stop the container of '\(service)'", timeLimit: .seconds(180),
            fix: "kopnik doctor")
        let docker = self
        let filter = [
            "--filter", "label=com.docker.swarm.service.name=\(stack)_\(service)", "--filter", "health=healthy",
        ]
        let back = try await poll(for: .seconds(120)) { () -> Bool? in
            let now = try await docker.run(["ps", "--quiet", "--no-trunc"] + filter).lines
            return now.contains { $0 != container } ? true : nil
        }
        guard back == nil else { return }
        throw Failure(
            "the service '\(service)' does not get healthy again", because: "two minutes have passed since its restart",
            fix: "kopnik logs \(service)")
    }

    /// The image that a container was made of, by the name it was given; `nil` where Docker does not know the container.
    public func image(of container: String) async throws -> String? {
        let output = try await run(["inspect", "--format", "{{.Config.Image}}", container])
        return output.succeeded && !output.text.isEmpty ? output.text : nil
    }

    /// The container of a service that runs on this computer, or `nil`.
    public func container(of service: String, in stack: String) async throws -> String? {
        try await run([
            "ps", "--quiet", "--no-trunc", "--filter", "label=com.docker.swarm.service.name=\(stack)_\(service)",
            "--filter",
            "status=running",
        ]).lines.first
    }
}
