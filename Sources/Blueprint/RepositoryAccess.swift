public import Site

/// What the containers need to know to reach the repository of backups and to read what is in it.
public struct RepositoryAccess: Sendable, Equatable, Codable {
    /// Encrypts everything before it leaves: without it nobody can read what is kept there.
    public var passphrase: String
    /// Of S3: the name of the key, and the key.
    public var keyID: String?
    public var key: String?
    /// Of SFTP: the private key that logs in there, in OpenSSH's form, and the lines of `known_hosts` by which the other computer is known.
    public var privateKey: String?
    public var knownHosts: String?
    /// The authority that vouches for the store's certificate, in PEM; `nil`: those that the computer trusts.
    public var authority: String?

    /// Only the passphrase is always needed.
    public init(
        passphrase: String, keyID: String? = nil, key: String? = nil, privateKey: String? = nil,
        knownHosts: String? = nil, authority: String? = nil
    ) {
        self.passphrase = passphrase
        self.keyID = keyID
        self.key = key
        self.privateKey = privateKey
        self.knownHosts = knownHosts
        self.authority = authority
    }

    /// What is missing to reach a repository, in words; empty if nothing is.
    public func missing(for repository: BackupRepository) -> [String] {
        switch repository {
        case .sftp:
            [privateKey == nil ? "the key that logs in" : nil, knownHosts == nil ? "the other computer's key" : nil]
                .compactMap { $0 }
        case .s3: [keyID == nil ? "the name of the key" : nil, key == nil ? "the key" : nil].compactMap { $0 }
        }
    }

    /// Where nothing is kept anywhere: Docker keeps no empty secret.
    public static let none = "# There is no repository of backups.\n"

    /// The file that `repository` in the image reads: assignments of a shell, which become the environment of pgBackRest and restic
    /// (pgBackRest, "Command Line Configuration" and "Environment Variables"; restic, "Environment Variables").
    public func text(for backup: Site.Backup) -> String {
        guard let repository = backup.repository, missing(for: repository).isEmpty else { return Self.none }
        var rows: [(String, String)] = [
            ("PGBACKREST_REPO1_CIPHER_TYPE", "aes-256-cbc"), ("PGBACKREST_REPO1_CIPHER_PASS", passphrase),
            ("PGBACKREST_REPO1_RETENTION_FULL_TYPE", "time"), ("PGBACKREST_REPO1_RETENTION_FULL", "\(backup.keepDays)"),
            ("RESTIC_PASSWORD", passphrase),
        ]
        switch repository {
        case .sftp(let user, let host, let port, let path):
            rows += [
                ("KOPNIK_REPOSITORY", "sftp"), ("PGBACKREST_REPO1_TYPE", "sftp"),
                ("PGBACKREST_REPO1_PATH", "\(path)/database"), ("PGBACKREST_REPO1_SFTP_HOST", host),
                ("PGBACKREST_REPO1_SFTP_HOST_PORT", "\(port)"), ("PGBACKREST_REPO1_SFTP_HOST_USER", user),
                ("PGBACKREST_REPO1_SFTP_HOST_KEY_HASH_TYPE", "sha256"),
                ("RESTIC_REPOSITORY", "sftp://\(user)@\(host):\(port)/\(path)/files"),
                ("KOPNIK_SSH_KEY", privateKey ?? ""), ("KOPNIK_KNOWN_HOSTS", knownHosts ?? ""),
            ]
        case .s3(let host, let port, let bucket, let path):
            let inner = path == "/" ? "" : path
            rows += [
                ("KOPNIK_REPOSITORY", "s3"), ("PGBACKREST_REPO1_TYPE", "s3"),
                ("PGBACKREST_REPO1_PATH", "\(inner)/database"), ("PGBACKREST_REPO1_S3_BUCKET", bucket),
                ("PGBACKREST_REPO1_S3_ENDPOINT", host), ("PGBACKREST_REPO1_STORAGE_PORT", "\(port)"),
                ("PGBACKREST_REPO1_S3_REGION", backup.region), ("PGBACKREST_REPO1_S3_URI_STYLE", "path"),
                ("PGBACKREST_REPO1_S3_KEY", keyID ?? ""), ("PGBACKREST_REPO1_S3_KEY_SECRET", key ?? ""),
                ("RESTIC_REPOSITORY", "s3:https://\(host):\(port)/\(bucket)\(inner)/files"),
                ("AWS_DEFAULT_REGION", backup.region), ("AWS_ACCESS_KEY_ID", keyID ?? ""),
                ("AWS_SECRET_ACCESS_KEY", key ?? ""),
            ]
        }
        if let authority { rows.append(("KOPNIK_AUTHORITY", authority)) }
        let lines = rows.map { name, value in "\(name)='\(value.replacing("'", with: "'\\''"))'\n" }
        return "# How backups reach \(repository). Written by kopnik.\n" + lines.joined()
    }
}
