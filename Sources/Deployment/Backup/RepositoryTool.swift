import Blueprint
import Engine
import Foundation
import Machine
import Site

/// Runs pgBackRest and restic: in the running database's container, or in one of their own that ends with them.
struct RepositoryTool: Sendable {
    let deployment: Deployment
    /// What a kit says, where that and not what lies here is to be used.
    var access: String?

    private var docker: Docker { deployment.docker }
    private var keys: RepositoryKeys { RepositoryKeys(deployment: deployment) }

    /// A folder that the container sees, or a volume of Docker's.
    struct Mount {
        var source: String
        var target: String
        var isWritable = false
        var isVolume = false
    }

    /// The place is told to a person, with what it said and what to do.
    func failure(_ what: String, _ output: CommandOutput) -> Failure {
        RepositoryTrouble(output: output, repository: deployment.site.backup.repository, keys: keys).failure(what)
    }

    /// What restic keeps there of this site, the oldest first.
    func snapshots(_ filter: [String] = []) async throws -> [ResticSnapshot] {
        let output = try await alone(
            "backup-list",
            ["restic", "snapshots", "--json", "--no-lock", "--host", deployment.site.name] + filter)
        guard output.succeeded, let found = ResticSnapshot.read(output.standardOutput) else {
            throw failure("the repository of backups cannot be read", output)
        }
        return found
    }

    /// What `pgbackrest info` said, wherever it was run.
    func info(_ output: CommandOutput) throws -> PgBackRestInfo {
        guard output.succeeded, let info = PgBackRestInfo(output.standardOutput) else {
            throw failure("the repository of backups cannot be read", output)
        }
        return info
    }

    /// Runs in the database's own container, as its own user.
    /// - Throws: `Failure` where the database does not run.
    func inDatabase(_ words: [String], timeLimit: Duration? = .seconds(120), log: String? = nil) async throws
        -> CommandOutput
    {
        guard let container = try await docker.container(of: ServiceKind.db.rawValue, in: deployment.stack) else {
            throw Failure("the database does not run", because: "it has no container", fix: "kopnik status")
        }
        return try await docker.run(["exec", container] + words, timeLimit: timeLimit, log: log)
    }

    /// Runs in a container of its own.
    /// - Parameters:
    ///   - name: what it is for, in a word: two of one name do not run at once.
    ///   - line: is told each line of standard output.
    func alone(
        _ name: String, _ words: [String], mounts: [Mount] = [], volume: String? = nil, log: String? = nil,
        timeLimit: Duration? = .seconds(120), _ line: (@Sendable (String) async -> Void)? = nil
    ) async throws -> CommandOutput {
        let path = try access.map { try keys.writeAccess($0, as: "access-\(name)") } ?? keys.writeAccess()
        defer { if access != nil { try? deployment.world.files.remove(path) } }
        return try await start(
            name, entry: "repository", words,
            mounts: [Mount(source: path, target: "/run/secrets/repository")] + mounts, volume: volume, log: log,
            timeLimit: timeLimit, line)
    }

    /// Runs in a container of its own that knows nothing of the repository.
    func plain(_ name: String, _ words: [String]) async throws -> CommandOutput {
        try await start(
            name, entry: words[0], Array(words.dropFirst()), mounts: [], volume: nil, log: nil, timeLimit: .seconds(60),
            nil)
    }

    /// Starts a server in a container that knows nothing of the repository and has no network, as the database's own user.
    /// - Throws: `Failure` where Docker does not.
    func serve(_ container: String, volume: String, _ words: [String]) async throws {
        let line =
            [
                "run", "--detach", "--rm", "--init", "--name", container, "--network", "none", "--user", "5432:5432",
                "--stop-signal", "INT",
            ] + Self.confined + Self.data(volume) + deployment.hostLabelWords + [
                "--entrypoint", words[0], try await image(),
            ] + words.dropFirst()
        let output = try await docker.run(line)
        guard output.succeeded else {
            throw Failure("'\(words[0])' could not be started", because: output.lastWords, fix: "kopnik doctor")
        }
    }

    private func start(
        _ name: String, entry: String, _ words: [String], mounts: [Mount], volume: String?, log: String?,
        timeLimit: Duration?,
        _ line: (@Sendable (String) async -> Void)?
    ) async throws -> CommandOutput {
        // What reads may be done by several at once; the others are held apart by a lock, and what a killed one left is in the way.
        let isShared = [
            "backup-look", "backup-list", "backup-owner", "backup-unlock", "backup-key", "backup-epochs",
            "restore-look",
        ]
        .contains(name)
        let own = isShared ? "-\(ProcessInfo.processInfo.processIdentifier)" : ""
        let container = "\(deployment.site.name)-\(name)\(own)"
        // One that a killed run left behind.
        _ = try await docker.run(["rm", "--force", container])
        var words = Self.words(container, entry, words, image: try await image())
        let binds = mounts.flatMap { mount in
            let isReadOnly = !mount.isWritable
            return [
                "--mount",
                mount.isVolume
                    ? "type=volume,source=\(mount.source),target=\(mount.target)\(isReadOnly ? ",readonly" : "")"
                    : NodeTask.bind(deployment.hostPath(mount.source), to: mount.target, isReadOnly: isReadOnly),
            ]
        }
        let volumes = volume.map(Self.data) ?? []
        words.insert(contentsOf: binds + volumes + deployment.hostLabelWords, at: 1)
        let command = docker.command(words, timeLimit: timeLimit, log: log)
        let commands = deployment.world.commands
        return try await withTaskCancellationHandler {
            if let line { try await commands.follow(command, line) } else { try await commands.run(command) }
        } onCancel: {
            // The container outlives the command that started it.
            let docker = docker
            Task.detached { _ = try? await docker.run(["rm", "--force", container]) }
        }
    }

    /// root, for the files belong to several; of root's rights those that reading, and giving back to their owners, takes.
    private static func words(_ container: String, _ entry: String, _ words: [String], image: String) -> [String] {
        ["run", "--rm", "--init", "--log-driver", "none", "--name", container, "--user", "0:0"] + confined
            + ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID"].flatMap { ["--cap-add", $0] }
            + ["--entrypoint", entry, image] + words
    }

    /// What each of these containers may not, and the memory it has instead of a disk.
    private static let confined = [
        "--read-only", "--tmpfs", "/tmp:size=512m,mode=1777", "--shm-size", "256m", "--cap-drop", "ALL",
        "--security-opt", "no-new-privileges",
    ]

    /// A volume where the image has the database's data.
    private static func data(_ volume: String) -> [String] {
        ["--mount", "type=volume,source=\(volume),target=/var/lib/postgresql"]
    }

    /// The one the database runs from, or the one it will.
    private func image() async throws -> String {
        if let container = try? await docker.container(of: ServiceKind.db.rawValue, in: deployment.stack),
            let image = try await docker.image(of: container)
        {
            return image
        }
        return try await deployment.imageTags()[.db] ?? ""
    }
}

extension Deployment {
    /// A path as Docker's daemon sees it: the keeper's own view begins at its container's root.
    func hostPath(_ path: String) -> String { (world.environment["KOPNIK_HOST_PREFIX"] ?? "") + path }

    /// The labels of what is the site's, wherever this program runs.
    var hostLabelWords: [String] {
        let prefix = world.environment["KOPNIK_HOST_PREFIX"].map { Layout(prefix: $0) } ?? layout
        return StackPlan.labels(of: site, at: prefix).flatMap { ["--label", $0] }
    }
}
