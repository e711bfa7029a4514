import ArgumentParser
import Deployment
import Foundation
import Machine

struct RecoveryKitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery-kit",
        abstract: "Writes the file and the page that bring the site back when this server is gone.",
        discussion:
            "A file that only its passphrase opens, and a page to print with the passphrase on it. Keep them where a fire here does not reach them, and apart."
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "The folder to write both into.", completion: .directory)
    var into = "."

    @Flag(help: "Only prove that you have the passphrase: type it.")
    var confirm = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        guard confirm else { return try await Self.make(deployment, to: into, on: site.standardOutput) }
        try await Self.confirm(deployment)
    }

    /// Makes both, and asks for the passphrase once.
    static func make(_ deployment: Deployment, to folder: String, on terminal: Terminal) async throws {
        let kits = RecoveryKits(deployment: deployment)
        let (kit, passphrase) = try await deployment.noted("kopnik recovery-kit") {
            try await kits.make(version: Kopnik.configuration.version)
        }
        let name = "recovery-kit-\(kit.name)"
        let (file, page) = ("\(folder)/\(name).txt", "\(folder)/\(name).html")
        try deployment.world.files.write(kit.text, to: file, mode: 0o600)
        try deployment.world.files.write(kits.page(kit, passphrase, fileName: "\(name).txt"), to: page, mode: 0o600)
        try deployment.giveFilesToOwner()
        tell(
            """
              \(file)   the recovery kit: copy it off this server
              \(page)  the page to print; then remove it here

              The passphrase, which is kept nowhere else:

                  \(Style.bold(passphrase.description.replacing("-", with: " "), on: terminal))

            """)
        guard Prompt().isTerminal else {
            return warn("  When it is written down, prove it:  kopnik recovery-kit --confirm")
        }
        try await confirm(deployment)
    }

    private static func confirm(_ deployment: Deployment) async throws {
        let prompt = Prompt()
        let kits = RecoveryKits(deployment: deployment)
        for attempt in 1...3 {
            guard let typed = try prompt.ask("  Type the passphrase, as it is written down"), !typed.isEmpty else {
                throw UsageFailure(description: "kopnik: nothing was typed\n  fix:     kopnik recovery-kit --confirm")
            }
            do {
                try await kits.confirm(Passphrase(typed))
                try deployment.giveFilesToOwner()
                return tell("  It fits. From now on the backups are worth something without this server.")
            } catch let failure as Failure {
                guard prompt.isTerminal, attempt < 3 else { throw failure }
                warn("  \(failure.what): \(failure.because ?? "")")
            }
        }
    }
}
