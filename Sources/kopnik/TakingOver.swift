import Deployment
import Machine
import Site

extension SiteOptions {
    /// The site, for a verb by which one of two servers gets another part: what somebody changed by hand is not in its way.
    /// - Parameter patience: how long to wait for the services, in seconds.
    func deploymentOfTwo(_ patience: Int, _ renderer: ProgressRenderer) throws -> Deployment {
        var deployment = try raisedDeployment(World.live(progress: renderer))
        deployment.options = Deployment.Options(force: true, patience: .seconds(patience))
        return deployment
    }
}

extension Failover.Outcome {
    /// How the uploaded files stand, in lines for a person.
    var filesText: String {
        let came =
            filesAge.map { "all that were there \(BackupRecord.age($0)) before are here" }
            ?? "how many had come is not known"
        var lines = ["  uploaded files: \(came); \(files)"]
        if let missingFiles {
            lines.append("    \(missingFiles); all of them:  less \(missingList)")
            lines.append("    they are fetched by themselves when the old server is switched on again")
        }
        return lines.joined(separator: "\n")
    }
}

/// What does not go along by itself with whoever leads: the repository takes what one server sends, and the page of maintenance lies on one.
func tellWhatRemains(_ deployment: Deployment) {
    if deployment.site.backup.repository != nil {
        tell("         to have the backups made by this server from now on:  kopnik backup setup --take-over")
    }
    if let words = Maintenance(deployment: deployment).words { tell("  ! \(words):  kopnik maintenance off") }
}
