import Machine

extension Docker {
    /// The names of the swarm's secrets that carry all of these labels, such as `org.kopnik.site=kopnik`.
    public func secretNames(labels: [String]) async throws -> [String] {
        try await require(
            ["secret", "ls"] + labels.flatMap { ["--filter", "label=\($0)"] } + ["--format", "{{.Name}}"],
            toDo: "list the swarm's secrets", fix: "kopnik doctor"
        ).lines
    }

    /// Stores a secret; its value travels on standard input, never in an argument.
    public func createSecret(_ name: String, value: String, labels: [String]) async throws {
        let output = try await run(
            ["secret", "create"] + labels.flatMap { ["--label", $0] } + [name, "-"], standardInput: value)
        guard output.succeeded || output.standardError.contains("AlreadyExists") else {
            throw Failure(
                "could not store the secret \(name) in the swarm", because: output.lastWords, fix: "kopnik doctor")
        }
    }

    /// Removes secrets; one that a service still uses stays.
    public func removeSecrets(_ names: [String]) async throws {
        for name in names { _ = try await run(["secret", "rm", name]) }
    }
}
