import Deployment
import Foundation
import Machine
import Site

/// What the keeper does for backups: the heartbeat each minute, new files each minute, all of it each night, a drill each week.
struct BackupKeeping: Sendable {
    let deployment: Deployment

    private var backup: Backup { Backup(deployment: deployment) }
    private var now: Date { deployment.world.now() }

    /// Writes the heartbeat and sees how far the database's log has come.
    func log() async throws -> String {
        guard backup.isReady else { return notReady }
        let state = try await backup.beat()
        let age = state.age.map(BackupRecord.age) ?? "never"
        guard !state.isFailing, (state.age ?? 0) < 600 else {
            throw Failure(
                "the database's log does not reach the repository",
                because:
                    "the last piece arrived \(state.age == nil ? "never" : "\(age) ago"), \(state.waiting) wait; they are kept here meanwhile (kopnik logs db)"
            )
        }
        return state.age == nil
            ? "its first piece has not arrived yet" : "its last piece arrived within \(Self.minutes(state.age))"
    }

    /// Round, or each minute would be news.
    private static func minutes(_ age: Double?) -> String { (age ?? 0) < 120 ? "two minutes" : "ten minutes" }

    private var notReady: String {
        deployment.site.backup.repository == nil
            ? "no place is named in the site file"
            : (try? deployment.backupMaker) == .nobody
                ? "the other server's still: kopnik backup setup --take-over" : "not set up yet: kopnik backup setup"
    }

    /// Sends what is new; makes the nightly one when it is time, and the weekly drill.
    func keep() async throws -> String {
        if try deployment.backupMaker == .nobody {
            let failure = deployment.takesOverNoBackups
            throw Failure(failure.what, because: "\(failure.because ?? "") (\(failure.fix ?? ""))")
        }
        guard backup.isReady else { return notReady }
        let record = backup.record
        let failed = record.entries.last.flatMap { $0.failure == nil ? nil : $0.at }
        // One that failed is tried again each hour.
        let isAgain = failed.map { now.timeIntervalSince($0) >= 3600 } ?? false
        if isAgain || Self.isDue(deployment.site.backup.at, last: record.entries.last?.at, now: now) {
            _ = try await deployment.noted("backup", who: "keeper") { try await backup.run() }
        } else {
            try await backup.keepNewFiles()
        }
        if let last = backup.record.entries.last, let failure = last.failure {
            throw Failure(failure, because: "it was tried at \(last.at.universalMinute)")
        }
        guard let last = backup.record.lastGood else { return "none yet" }
        let age = now.timeIntervalSince(last.at)
        guard age < Site.Backup.oldest else {
            throw Failure(
                "the newest backup is \(BackupRecord.age(age)) old", because: "one is due each night (kopnik backup)")
        }
        return "the newest is of \(last.at.universalMinute)"
    }

    /// Whether the time of day has come since the last one. A computer that was off at that time makes it when it is on again.
    static func isDue(_ time: String, last: Date?, now: Date) -> Bool {
        let parts = time.split(separator: ":").compactMap { Double($0) }
        guard parts.count == 2 else { return false }
        let day = (now.timeIntervalSince1970 / 86400).rounded(.down) * 86400
        var due = day + parts[0] * 3600 + parts[1] * 60
        if due > now.timeIntervalSince1970 { due -= 86400 }
        // The first is made by whoever sets it up.
        guard let last else { return false }
        return last.timeIntervalSince1970 < due
    }

    /// Holds the weekly drill.
    func drill() async throws -> String {
        guard backup.isReady, backup.record.lastGood != nil else { return notReady }
        let drill = Drill(deployment: deployment)
        guard RecoveryKits(deployment: deployment).made != nil else {
            throw Failure("there is no recovery kit", because: "without one no drill can be held (kopnik recovery-kit)")
        }
        // One that failed, for the place was away perhaps, is held again soon.
        let pause = drill.last?.failure == nil ? 7.0 * 86400 : 6 * 3600
        if drill.last.map({ now.timeIntervalSince($0.at) >= pause }) ?? true {
            _ = try await deployment.noted("drill", who: "keeper") { try await drill.run() }
        }
        if let failure = drill.last?.failure {
            throw Failure("the backups do not bring the site back", because: "\(failure) (kopnik drill)")
        }
        guard let last = drill.lastGood else { return "none yet" }
        let age = now.timeIntervalSince(last.at)
        guard age < Site.Backup.longestUnproved else {
            throw Failure(
                "the backups were last proved \(BackupRecord.age(age)) ago",
                because: "a drill is due each week (kopnik drill)")
        }
        let lost = last.lost.map { ", at most \(BackupRecord.age($0)) of work lost" } ?? ""
        return "proved on \(last.at.universalDay): all came back in \(Int(last.took.rounded(.up))) s\(lost)"
    }
}
