import Deployment
import Foundation
import Site

/// What the keeper tells people of: a line for each thing that is watched.
struct AlertKeeping: Sendable {
    let deployment: Deployment

    /// The keeper's own jobs, by name. Whatever goes and comes is given time, so that nobody gets a letter each minute.
    static let jobs = [
        AlertBook.Source("disk", settles: 1800),
        AlertBook.Source("certificate", after: 600, settles: 600),
        AlertBook.Source("log", after: 600, settles: 600),
        AlertBook.Source("backup"),
        AlertBook.Source("drill", after: 600),
    ]
    /// A day to print the page and to type the words.
    static let kit = AlertBook.Source("recovery kit", after: 86400, settles: 0)

    /// Goes when what lies before it is no longer kept.
    static let gap = AlertBook.Source("gap in the log", settles: 0)

    /// How all is now: what did not run yet says nothing.
    func looks(_ reports: [KeeperModel.JobReport]) -> [Alerts.Look] {
        let jobs = Self.jobs.compactMap { source -> Alerts.Look? in
            if let report = reports.first(where: { $0.name == source.name }) {
                return Alerts.Look(source, report.well ? nil : report.result)
            }
            // Nothing to look at any more.
            let isOfBackup = ["log", "backup", "drill"].contains(source.name)
            return isOfBackup && deployment.site.backup.repository == nil ? Alerts.Look(source, nil) : nil
        }
        let complaint = RecoveryKits(deployment: deployment).complaint
        let gap = Backup(deployment: deployment).record.gaps?.last
        return jobs + [
            Alerts.Look(Self.gap, gap.map { "\($0.words); a whole copy was made since" }),
            Alerts.Look(Self.kit, complaint.map { "\($0.what): \($0.because) (\($0.fix))" }),
        ]
    }

    func tell(_ reports: [KeeperModel.JobReport]) async throws -> String {
        let alerts = Alerts(deployment: deployment)
        try await alerts.tell(looks(reports))
        return "to " + alerts.channels.map { alerts.place(of: $0) }.joined(separator: ", ")
    }
}
