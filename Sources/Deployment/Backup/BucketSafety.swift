import Foundation
import Machine
import Site

/// What somebody who has this site's key could do to the backups in a bucket: tried each night, with a file of its own (`bucket look`).
public struct BucketSafety: Sendable, Codable, Equatable {
    /// Whether the bucket keeps what is overwritten and deleted.
    public var keepsVersions: Bool
    /// Whether the key may delete, so that old backups can be dropped.
    public var deletes: Bool
    /// Whether it may delete what the bucket has kept; `nil`: it keeps nothing.
    public var deletesVersions: Bool?

    /// Whether all would still be there after somebody took the server over.
    /// Without versions even a key that may not delete overwrites.
    public var protects: Bool { keepsVersions && deletesVersions == false }
}

extension BucketSafety {
    /// What doctor says of it.
    func findings(_ host: String) -> [Finding] {
        guard protects else {
            return [
                Finding(
                    .warning, "Backup", "\(host) does not protect from blackmail",
                    because: keepsVersions
                        ? "the site's key may delete earlier versions too: whoever takes this server over can delete everything"
                        : "the bucket keeps no versions: whoever takes this server over can delete or overwrite everything",
                    fix: keepsVersions
                        ? "give the key no right to delete versions (s3:DeleteObjectVersion); docs/backup.md"
                        : "switch versions on for the bucket, at your provider; docs/backup.md")
            ]
        }
        guard deletes else {
            return [
                Finding(
                    .good, "Backup",
                    "\(host) keeps all that was ever sent: this site's key may not delete, so nothing is dropped")
            ]
        }
        return [
            Finding(
                .good, "Backup", "\(host) keeps what is deleted there: this site's key cannot delete earlier versions")
        ]
    }
}
