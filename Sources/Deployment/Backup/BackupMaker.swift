import Foundation
public import Machine
import Site
import Standby

extension Deployment {
    /// Which of two servers makes the backups: the one that leads, once somebody gave it the repository.
    public enum BackupMaker: Sendable, Equatable {
        /// This one, or the site has one server.
        case this
        /// The other one leads.
        case other
        /// This one leads, but has not been given the repository since.
        case nobody
    }

    /// As it is now.
    /// - Throws: as `Pair.record` does.
    public var backupMaker: BackupMaker {
        get throws {
            try Self.backupMaker(Pair(deployment: self).record(), isReady: Backup(deployment: self).isReady)
        }
    }

    static func backupMaker(_ record: HostRecord?, isReady: Bool) -> BackupMaker {
        guard let record else { return .this }
        guard record.role == .primary else { return .other }
        // In the first epoch there was nobody else.
        return isReady || record.epoch == 1 ? .this : .nobody
    }

    /// Two servers that write into one repository would make both worthless.
    /// - Throws: `Failure` on a server that does not lead.
    func mustMakeBackups(_ what: String) throws {
        guard try backupMaker == .other else { return }
        throw Failure(
            what, because: "this server does not lead: the other one makes the backups",
            fix: "type it on the server that leads; kopnik standby shows which one that is")
    }

    /// Told until it is done: a site whose new main server makes no backups looks well in all else.
    public var takesOverNoBackups: Failure {
        Failure(
            "no backups are made",
            because: "this server leads now, and the repository is still the other one's",
            fix: "kopnik backup setup --take-over")
    }
}
