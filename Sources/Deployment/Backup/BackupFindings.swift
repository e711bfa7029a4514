import Blueprint
import Foundation
import Machine
import Site

extension Deployment {
    /// What doctor says of backups.
    func examineBackups() -> [Finding] {
        guard let repository = site.backup.repository else {
            guard !site.isLocal else { return [] }
            return [
                Finding(
                    .warning, "Backup", "there is none", because: "what happens to this server happens to the data",
                    fix: "name a place in the site file (backup.repository), then: kopnik up, kopnik backup setup")
            ]
        }
        let backup = Backup(deployment: self)
        switch try? backupMaker {
        case .other: return [Finding(.good, "Backup", "is made by the other server, which leads")]
        case .nobody:
            let failure = takesOverNoBackups
            return [Finding(.problem, "Backup", failure.what, because: failure.because, fix: failure.fix)]
        case .this, nil: break
        }
        guard backup.isReady else {
            return [
                Finding(
                    .warning, "Backup", "is not set up yet", because: "\(repository) has nothing of this site",
                    fix: "kopnik backup setup")
            ]
        }
        var findings: [Finding] = []
        let record = backup.record
        if let failure = record.entries.last?.failure {
            let good =
                record.lastGood.map { "the newest whole one is of \($0.at.universalMinute)" } ?? "none was ever whole"
            findings.append(
                Finding(.problem, "Backup", "the last one failed: \(good)", because: failure, fix: "kopnik backup"))
        } else if let last = record.lastGood, world.now().timeIntervalSince(last.at) < 36 * 3600 {
            findings.append(
                Finding(
                    .good, "Backup",
                    "the newest is \(BackupRecord.age(world.now().timeIntervalSince(last.at))) old, in \(repository)"))
        } else {
            findings.append(
                Finding(
                    .problem, "Backup",
                    record.lastGood.map { "the newest is of \($0.at.universalMinute)" } ?? "none was ever whole",
                    because: record.lastGood == nil ? "none was made yet" : "the keeper makes one each night",
                    fix: "kopnik backup"))
        }
        for gap in record.gaps ?? [] {
            findings.append(
                Finding(
                    .warning, "Backup", gap.words,
                    because: "somebody deleted there, or it could not be sent for long; a whole copy was made since",
                    fix: "see who else writes at \(repository.host)"))
        }
        if let complaint = RecoveryKits(deployment: self).complaint {
            findings.append(
                Finding(
                    .problem, "Recovery kit", complaint.what, because: complaint.because, fix: complaint.fix))
        }
        findings.append(drillFinding())
        if let absent = Drill(deployment: self).last?.absent {
            findings.append(
                Finding(
                    .warning, "Files",
                    "\(absent.count) files that rows name are not on this server: \(NamedFiles.names(absent))",
                    because: "the application lost them, or somebody removed them; no backup of today has them",
                    fix: "look which: less \(NamedFiles.list(layout))"))
        }
        if let bucket = record.bucket, case .s3 = repository {
            findings += bucket.findings(repository.host)
        }
        if case .sftp = repository {
            findings.append(
                Finding(
                    .warning, "Backup", "\(repository.host) does not protect from blackmail",
                    because:
                        "whoever takes this server over can delete what is kept there over SFTP: a store with versions (S3) or snapshots taken there protect",
                    fix: "let the other computer take snapshots that this site cannot delete; docs/disaster.md"))
        }
        return findings
    }

    private func drillFinding() -> Finding {
        let drill = Drill(deployment: self)
        if let failure = drill.last?.failure {
            return Finding(
                .problem, "Drill", "the backups do not bring the site back", because: failure, fix: "kopnik drill")
        }
        guard let last = drill.lastGood else {
            return Finding(
                .warning, "Drill", "the backups are not proved", because: "nothing was ever restored from them",
                fix: "kopnik drill")
        }
        let age = BackupRecord.age(world.now().timeIntervalSince(last.at))
        return Finding(.good, "Drill", "proved \(age) ago: all came back in \(Int(last.took.rounded(.up))) s")
    }
}
