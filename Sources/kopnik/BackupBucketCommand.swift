import ArgumentParser
import Deployment
import Machine

struct BackupBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bucket",
        abstract: "Makes the bucket again as it was at a moment, after somebody deleted or overwrote the backups.",
        discussion:
            "It has to keep versions, and the key has to be allowed to read them. Nothing is deleted for good: what came later stays in the bucket as versions. Where the server is gone too: kopnik restore --bucket-as-of."
    )

    @Option(help: "The moment, in UTC, such as '2026-11-25 14:30'.")
    var asOf: String

    @OptionGroup var site: SiteOptions

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try site.raisedDeployment(World.live(progress: renderer))
        guard let moment = try RestoreCommand.moment(asOf, of: "--as-of") else { return }
        try await deployment.noted("kopnik backup bucket") {
            try await Backup(deployment: deployment).returnBucket(to: moment)
        }
        try deployment.giveFilesToOwner()
        warn("\n  What was sent since is not in it:  kopnik backup")
    }
}
