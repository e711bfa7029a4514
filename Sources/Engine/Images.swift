import Machine

extension Docker {
    /// Which of these images are there, by tag.
    public func presentImages(_ tags: [String]) async throws -> Set<String> {
        guard !tags.isEmpty else { return [] }
        // One call for all: it names those it found and fails for the rest.
        let output = try await run(["image", "inspect", "--format", "{{json .RepoTags}}"] + tags)
        let found = output.standardOutput
        return Set(tags.filter { found.contains("\"\($0)\"") })
    }

    /// The id of each of these images that is there, by tag.
    public func imageIDs(_ tags: [String]) async throws -> [String: String] {
        guard !tags.isEmpty else { return [:] }
        let output = try await run(["image", "inspect", "--format", "{{.Id}} {{json .RepoTags}}"] + tags)
        var ids: [String: String] = [:]
        for line in output.lines {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { continue }
            for tag in tags where parts[1].contains("\"\(tag)\"") { ids[tag] = String(parts[0]) }
        }
        return ids
    }

    /// The tags of all images with a label whose repository starts with a prefix, such as `kopnik/`.
    public func imageTags(withPrefix prefix: String, label: String) async throws -> [String] {
        let output = try await require(
            ["image", "ls", "--filter", "label=\(label)", "--format", "{{.Repository}}:{{.Tag}}"],
            toDo: "list Docker's images")
        return output.lines.filter { $0.hasPrefix(prefix) }.sorted()
    }

    /// The tags of all images of this very repository, such as `127.0.0.1:1/kopnik/root`.
    public func imageTags(of repository: String) async throws -> [String] {
        try await require(
            ["image", "ls", repository, "--format", "{{.Repository}}:{{.Tag}}"], toDo: "list Docker's images"
        ).lines.filter { $0.hasPrefix(repository + ":") && !$0.hasSuffix(":<none>") }.sorted()
    }

    /// Builds an image from a folder.
    /// - Parameter isFresh: whether nothing may be taken from earlier builds.
    /// - Throws: `Failure` with the builder's last words and the log's path.
    public func build(
        _ tag: String, from folder: String, arguments: [String: String], labels: [String: String],
        isFresh: Bool = false,
        log: String
    ) async throws {
        var line = ["build", "--tag", tag, "--force-rm"] + (isFresh ? ["--no-cache"] : [])
        // By name only: Docker takes the value from its environment, for an address may hold a password.
        for name in arguments.keys.sorted() { line += ["--build-arg", name] }
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) { line += ["--label", "\(name)=\(value)"] }
        var build = command(line + [folder], timeLimit: .seconds(1800), log: log)
        build.environment.merge(arguments) { _, argument in argument }
        let output = try await commands.run(build)
        guard !output.succeeded else { return }
        throw Failure(
            "could not build the image \(tag)",
            because: Self.reason(forFailedBuild: output.standardOutput) ?? output.lastWords,
            fix: "check the network, then run the same command again: what is built already is kept", log: log)
    }

    /// The line in which apt, pip or npm says why; the builder itself only repeats the whole command that failed.
    static func reason(forFailedBuild text: String) -> String? {
        let marks = ["E: ", "W: Failed", "ERROR: ", "npm error ", "mmdebstrap: ", "error: "]
        return text.split(whereSeparator: \.isNewline).map {
            // BuildKit begins each line with its step and the time: `#12 3.4 E: …`.
            $0.trimmed.replacing(#/^#[0-9]+ [0-9.]+ /#, with: "")
        }.last { line in
            marks.contains { line.hasPrefix($0) }
        }
    }

    /// Removes images by tag, with the unnamed layers only they used; those in use or gone are left.
    /// - Returns: the tags that could not be removed, with Docker's reason.
    public func removeImages(_ tags: [String]) async throws -> [String: String] {
        var kept: [String: String] = [:]
        for tag in tags {
            let output = try await run(["image", "rm", tag])
            if !output.succeeded, !output.standardError.contains("No such image") { kept[tag] = output.lastWords }
        }
        return kept
    }
}
