import Blueprint
import Engine
import Foundation
import Machine
public import Site

/// Everything before the first backup: keys on both sides, and the proof that the place takes what is sent.
public struct BackupSetup: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var keys: RepositoryKeys { RepositoryKeys(deployment: deployment) }
    private var tool: RepositoryTool { RepositoryTool(deployment: deployment) }

    /// The place the site file names.
    /// - Throws: `Failure` where it names none, or on a server that does not lead.
    public func repository() throws -> BackupRepository {
        try deployment.mustMakeBackups("nothing was set up")
        guard let repository = deployment.site.backup.repository else {
            throw deployment.needsRepository("there is nothing to set up")
        }
        return repository
    }

    /// The line for the other computer's `authorized_keys`, made if need be.
    public func publicKey() async throws -> String {
        if let key = keys.publicKey { return key }
        let made = try await tool.plain(
            "backup-key",
            [
                "sh", "-c",
                "ssh-keygen -q -t ed25519 -N '' -C \"$1\" -f /tmp/key && cat /tmp/key && echo PUBLIC && cat /tmp/key.pub",
                "sh", "kopnik-\(deployment.site.name)",
            ])
        let parts = made.standardOutput.split(separator: "PUBLIC\n")
        guard made.succeeded, parts.count == 2 else {
            throw Failure("the key that logs in could not be made", because: made.lastWords, fix: "kopnik doctor")
        }
        try keys.keep(privateKey: String(parts[0]), publicKey: String(parts[1]))
        return String(parts[1]).trimmed
    }

    /// The other computer's keys as they are shown now, and how their owner would read them out.
    public struct HostKey: Sendable, Equatable {
        /// Lines of `known_hosts`.
        public var lines: String
        /// `SHA256:…`, one for each.
        public var fingerprints: [String]
    }

    /// Asks the other computer for its keys, unless they were accepted before.
    /// - Returns: `nil` where they were.
    public func hostKey(isAskedAnew: Bool) async throws -> HostKey? {
        let repository = try repository()
        if keys.access?.knownHosts != nil, !isAskedAnew { return nil }
        let scan = try await tool.plain(
            "backup-key",
            [
                "sh", "-c",
                "ssh-keyscan -T 15 -p \"$1\" \"$2\" 2>/tmp/why >/tmp/keys; cat /tmp/keys; echo FINGERPRINTS; ssh-keygen -lf /tmp/keys; tail -1 /tmp/why >&2",
                "sh", "\(repository.port)", repository.host,
            ])
        let parts = scan.standardOutput.components(separatedBy: "FINGERPRINTS\n")
        guard parts.count == 2, !parts[0].trimmed.isEmpty else {
            throw Failure(
                "the other computer was not reached",
                because: "\(repository.host):\(repository.port) does not answer as an SSH server",
                fix: "see that it is on and that this computer reaches it: ssh -p \(repository.port) \(repository.host)"
            )
        }
        let prints = parts[1].split(whereSeparator: \.isNewline).compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("SHA256:") }.map(String.init)
        }
        return HostKey(lines: parts[0].trimmed, fingerprints: prints)
    }

    /// The person said that it is the right computer.
    public func accept(_ key: HostKey) throws { try keys.keep(knownHosts: key.lines) }

    /// Logs in, and makes the part for files if it is not there.
    /// - Throws: `Failure` that says what is in the way.
    public func reach() async throws {
        try keys.keepAuthority()
        try await RepositoryStep(deployment: deployment).makeFiles()
    }

    /// After the services were given the keys: makes the part for the database.
    /// - Throws: `Failure` that says what is in the way.
    public func finish(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        // Also where it was made before: somebody may have emptied it.
        try await RepositoryStep(deployment: deployment).make(detail)
    }

    /// From now on this server writes there and no other.
    public func takeOver() async throws { try await RepositoryOwner(deployment: deployment).claim() }
}

extension Deployment {
    /// Why something about backups cannot be done before they are set up, and the next step to that.
    func needsRepository(_ what: String) -> Failure {
        guard site.backup.repository == nil else {
            if (try? backupMaker) == .nobody {
                return Failure(what, because: takesOverNoBackups.because, fix: takesOverNoBackups.fix)
            }
            return Failure(what, because: "the repository of backups is not set up yet", fix: "kopnik backup setup")
        }
        return Failure(
            what, because: "the site file names no place for backups",
            fix:
                "write 'backup: {repository: sftp://NAME@HOST/FOLDER}' into kopnik.yaml, then: kopnik up, kopnik backup setup"
        )
    }
}
