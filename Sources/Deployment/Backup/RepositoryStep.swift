import Blueprint
import Engine
import Foundation
import Machine
import Site

/// The repository of backups is there and takes what is sent. Where it cannot be reached the site comes up all the same, and it is told.
struct RepositoryStep: Step {
    let deployment: Deployment
    let name = "Backup"

    private var keys: RepositoryKeys { RepositoryKeys(deployment: deployment) }
    private var tool: RepositoryTool { RepositoryTool(deployment: deployment) }
    private var files: Files { deployment.world.files }
    /// Says for which repository, with which passphrase, all was made.
    private var mark: String { "\(deployment.layout.backup)/repository" }
    /// Why the last attempt failed.
    private var trouble: String { "\(deployment.layout.backup)/trouble" }

    /// This run of the program: what failed in an earlier one is tried again.
    private var run: String { "\(Computer.bootID)-\(ProcessInfo.processInfo.processIdentifier)" }

    private var wanted: String {
        Digest(
            [
                deployment.site.backup.repository?.description ?? "", keys.access?.passphrase ?? "",
                "\(deployment.site.postgres.version)",
            ].joined(
                separator: "\n")
        )
        .short
    }

    var isReady: Bool { files.text(of: mark)?.trimmed == wanted }

    /// Whether this server may write there is to be decided anew.
    func forget() throws { try files.remove(mark) }

    func inspect() async throws -> Inspection {
        guard let repository = deployment.site.backup.repository, let missing = keys.missing else {
            return Inspection("none")
        }
        guard missing.isEmpty else {
            return Inspection("not set up yet: kopnik backup setup", isPostponed: true)
        }
        guard isReady else {
            // Tried just now.
            if let words = files.text(of: trouble)?.trimmed, words.hasPrefix(run + " ") {
                return Inspection("not yet: \(words.dropFirst(run.count).trimmed)", isPostponed: true)
            }
            return Inspection("to make", changes: [Change("make the repository of backups at \(repository)")])
        }
        return Inspection(
            "\(repository), " + BackupRecord.read(deployment.layout, files: files).words(deployment.world.now()))
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        do {
            try await make(detail)
            try files.remove(trouble)
        } catch let failure as Failure {
            let words = failure.inOneLine
            try files.makeFolder(deployment.layout.backup)
            try files.write("\(run) \(words)\n", to: trouble)
        }
    }

    /// - Throws: `Failure` that says what is in the way.
    func make(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        await detail("reaching the repository")
        try await makeFiles()
        await detail("making the place for the database")
        try await makeStanza()
        try files.makeFolder(deployment.layout.backup)
        // What was kept elsewhere proves nothing here.
        if !isReady { try files.remove(BackupRecord.path(deployment.layout)) }
        try files.write(wanted + "\n", to: mark)
    }

    /// restic's half; reading its configuration proves that the passphrase fits.
    func makeFiles() async throws {
        let reach = try await tool.alone("backup-look", ["reach"], timeLimit: .seconds(60))
        guard reach.succeeded else { throw tool.failure("the repository of backups cannot be reached", reach) }
        let look = try await tool.alone("backup-look", ["restic", "cat", "config"], timeLimit: .seconds(90))
        guard !look.succeeded else { return }
        // There is none (restic, "Exit codes").
        guard look.exitCode == 10 else { throw tool.failure("the repository of backups cannot be used", look) }
        let made = try await tool.alone("backup-look", ["restic", "init"], timeLimit: .seconds(120))
        guard made.succeeded else { throw tool.failure("the repository of backups cannot be made", made) }
    }

    /// pgBackRest's half, which needs the running database.
    private func makeStanza() async throws {
        let made = try await tool.inDatabase(
            ["repository", "pgbackrest", "stanza-create"], timeLimit: .seconds(180), log: deployment.log("backup"))
        guard made.succeeded else {
            // It is of another major version, or of another database: what is kept of that one stays.
            guard made.standardOutput.contains("stanza-upgrade") || made.standardError.contains("stanza-upgrade") else {
                throw tool.failure("the place for the database cannot be made", made)
            }
            let upgraded = try await tool.inDatabase(
                ["repository", "pgbackrest", "stanza-upgrade"], timeLimit: .seconds(180), log: deployment.log("backup"))
            guard upgraded.succeeded else { throw tool.failure("the place for the database cannot be made", upgraded) }
            return
        }
    }
}
