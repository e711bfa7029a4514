import ArgumentParser
import Blueprint
import Deployment
import Foundation
import Keeper
import Machine
import Site

/// Runs inside the stack, not for people: the folders are those of the keeper's container.
struct KeeperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keeper", abstract: "The stack's own resident service; Docker starts it.", shouldDisplay: false)

    @Flag(help: "Tell whether the keeper lives.")
    var health = false

    func run() async throws {
        let world = World.live()
        let layout = Layout(prefix: "")
        if health {
            guard KeeperModel.read(layout.keeper, files: world.files)?.isFresh() == true else {
                throw ExitStatus.failed
            }
            return
        }
        let text = world.files.text(of: layout.rememberedSite) ?? ""
        guard let site = try? SiteFile.read(text: text, name: layout.rememberedSite) else {
            throw Failure(
                "the keeper cannot read the site", because: "\(layout.rememberedSite) is missing or damaged",
                fix: "kopnik up")
        }
        try await Keeper(Deployment(world: world, site: site, layout: layout)) { line in
            print(line)
            fflush(nil)
        }.run()
    }
}
