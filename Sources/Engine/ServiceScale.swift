import Machine

extension Docker {
    /// Has so many containers of each of some services; does not wait for them.
    public func scale(_ services: [String], of stack: String, to count: Int, log: String, fix: String = "kopnik doctor")
        async throws
    {
        _ = try await require(
            ["service", "scale", "--detach"] + services.map { "\(stack)_\($0)=\(count)" },
            toDo: "\(count == 0 ? "stop" : "start") \(services.joined(separator: ", "))", log: log, fix: fix)
    }

    /// Ends all containers of some services in order and starts no others.
    /// - Throws: `Failure` where they do not end in three minutes.
    public func rest(_ services: [String], of stack: String, log: String) async throws {
        try await scale(services, of: stack, to: 0, log: log)
        let docker = self
        let ended = try await poll(for: .seconds(180)) { () -> Bool? in
            let question = ["ps", "--filter", "label=com.docker.stack.namespace=\(stack)", "--format"]
            // A Docker that does not answer says nothing of what has ended.
            let running = try await docker.require(
                question + ["{{.Label \"com.docker.swarm.service.name\"}}"], toDo: "see whether it has ended"
            ).lines
            return running.contains { name in services.contains { "\(stack)_\($0)" == name } } ? nil : true
        }
        guard ended == nil else { return }
        throw Failure(
            "\(services.joined(separator: ", ")) did not end within three minutes", because: "Docker still lists them",
            fix: "the same command again in some minutes")
    }
}
