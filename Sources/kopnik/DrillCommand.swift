import ArgumentParser
import Deployment
import Foundation
import Machine

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Proves the backups: brings everything back into containers that are thrown away afterwards.",
        discussion:
            "From the recovery kit alone; the running site is not touched. Each week the site does it by itself, with a key of its own; with --kit you prove that your kit and passphrase do it too."
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "Your own recovery kit; its passphrase is asked for.", completion: .file(extensions: ["txt"]))
    var kit: String?

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let renderer = ProgressRenderer(terminal: site.standardError)
        let deployment = try site.raisedDeployment(World.live(progress: renderer))
        var opened: (kit: RecoveryKit, passphrase: Passphrase)?
        if let kit {
            let file = try KitFile.read(kit, deployment.world.files)
            opened = (file, try KitFile.askPassphrase())
        }
        let result = try await deployment.noted("kopnik drill" + (kit == nil ? "" : " --kit")) {
            try await Drill(deployment: deployment).run(with: opened)
        }
        try deployment.giveFilesToOwner()
        if json { return try printJSON(result) }
        let took = ProgressLine.time(.seconds(Int(result.took.rounded(.up))))
        let lost = result.lost.map { "; at most \(BackupRecord.age($0)) of work would be lost" } ?? ""
        if let absent = result.absent {
            warn(
                "\n  \(Style.red("!", on: site.standardError)) \(absent.count) files that rows name are not on this server either, so no backup has them:\n      \(absent.prefix(20).map(\.shown).joined(separator: "\n      "))"
            )
        }
        warn("\n  \(Style.bold("all of it came back", on: site.standardError)) in \(took)\(lost)")
    }
}

/// A recovery kit of the person's.
enum KitFile {
    /// - Throws: `Failure` where there is no such file, or where it is none.
    static func read(_ path: String, _ files: Files) throws -> RecoveryKit {
        guard let text = files.text(of: path) else {
            throw Failure(
                "the recovery kit cannot be read", because: "there is no file \(path)",
                fix: "give the path of the file that 'kopnik recovery-kit' wrote")
        }
        return try RecoveryKit(text: text)
    }

    static func askPassphrase() throws -> Passphrase {
        guard let typed = try Prompt().ask("  The passphrase of the recovery kit (seven words)"), !typed.isEmpty else {
            throw UsageFailure(
                description:
                    "kopnik: no passphrase was given\n  because: standard input was empty\n  fix:     type it when asked, or: … <FILE"
            )
        }
        return Passphrase(typed)
    }
}
