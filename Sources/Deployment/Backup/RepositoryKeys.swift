import Blueprint
import Foundation
import Machine
import Site

/// By what the repository of backups is reached and read: kept with the site's other secrets, and in the recovery kit.
struct RepositoryKeys: Sendable {
    let deployment: Deployment

    private var files: Files { deployment.world.files }
    private var folder: String { deployment.layout.repositorySecrets }
    var passphrasePath: String { "\(deployment.layout.secrets)/repository-passphrase" }
    private var privateKeyPath: String { "\(folder)/ssh-key" }
    private var publicKeyPath: String { "\(folder)/ssh-key.pub" }
    private var knownHostsPath: String { "\(folder)/known-hosts" }
    private var authorityPath: String { "\(folder)/authority.pem" }

    /// Everything there is; `nil` before the passphrase was drawn.
    var access: RepositoryAccess? {
        guard let passphrase = files.text(of: passphrasePath)?.trimmed, passphrase.count >= 32 else { return nil }
        let keys = Keys(deployment: deployment)
        var access = RepositoryAccess(passphrase: passphrase)
        access.keyID = keys.value(.repositoryKeyID)
        access.key = keys.value(.repositoryKey)
        access.privateKey = files.text(of: privateKeyPath)?.trimmed
        access.knownHosts = files.text(of: knownHostsPath)?.trimmed
        access.authority = files.text(of: authorityPath)?.trimmed
        for secret in [access.passphrase, access.key].compactMap({ $0 }) { deployment.world.redaction.add(secret) }
        return access
    }

    /// What is missing before backups can be made, in words; `nil` where the site file names no repository.
    var missing: [String]? {
        deployment.site.backup.repository.map { access?.missing(for: $0) ?? ["the passphrase"] }
    }

    /// The text of the Docker secret.
    var text: String { access?.text(for: deployment.site.backup) ?? RepositoryAccess.none }

    /// The line for the other computer's `authorized_keys`.
    var publicKey: String? { files.text(of: publicKeyPath)?.trimmed }

    func makeFolder() throws {
        try files.makeFolder(deployment.layout.secrets, mode: 0o700)
        try files.makeFolder(folder, mode: 0o700)
    }

    /// Takes over the authority that the site file names: the keeper does not see that file.
    /// - Throws: `Failure` where it cannot be read or is none.
    func keepAuthority() throws {
        guard let path = deployment.site.backup.authority else { return try files.remove(authorityPath) }
        guard let text = files.text(of: path)?.trimmed else {
            // What was taken over before serves where the file is not seen.
            if files.exists(authorityPath) { return }
            throw Failure(
                "the authority of backups cannot be read", because: "there is no file \(path) (backup.authority)",
                fix: "put it there, or take the line out of the site file")
        }
        guard text.contains("-----BEGIN CERTIFICATE-----") else {
            throw Failure(
                "\(path) holds no certificate", because: "backup.authority names a file in PEM form",
                fix: "name the certificate of the authority that made the store's")
        }
        try makeFolder()
        try files.write(text + "\n", to: authorityPath, mode: 0o600)
    }

    /// Keeps what was said by somebody who can be believed: a person, or a recovery kit.
    func keep(knownHosts text: String) throws {
        try makeFolder()
        try files.write(text + "\n", to: knownHostsPath, mode: 0o600)
    }

    /// Puts everything of a recovery kit in its place.
    func keep(_ access: RepositoryAccess) throws {
        try makeFolder()
        try files.write(access.passphrase + "\n", to: passphrasePath, mode: 0o600)
        let keys = Keys(deployment: deployment)
        if let keyID = access.keyID { try keys.set(.repositoryKeyID, to: keyID) }
        if let key = access.key { try keys.set(.repositoryKey, to: key) }
        for (text, path) in [
            (access.privateKey, privateKeyPath), (access.knownHosts, knownHostsPath), (access.authority, authorityPath),
        ] {
            if let text { try files.write(text + "\n", to: path, mode: 0o600) }
        }
    }

    /// Keeps the pair that logs in, as `ssh-keygen` made it.
    func keep(privateKey: String, publicKey: String) throws {
        try makeFolder()
        try files.write(privateKey.trimmed + "\n", to: privateKeyPath, mode: 0o600)
        try files.write(publicKey.trimmed + "\n", to: publicKeyPath, mode: 0o600)
    }

    /// Writes the file that one-off containers see as `/run/secrets/repository`.
    /// - Returns: its path.
    func writeAccess(_ text: String? = nil, as name: String = "access") throws -> String {
        try makeFolder()
        let text = text ?? self.text
        let path = "\(folder)/\(name)"
        if files.text(of: path) != text { try files.write(text, to: path, mode: 0o600) }
        return path
    }
}
