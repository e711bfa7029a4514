import ArgumentParser
import Blueprint
import Deployment
import Foundation
import Machine

struct Render: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes every generated file into a folder, for reading or for use without kopnik.",
        discussion: "Changes nothing else; needs no Docker.")

    @OptionGroup var site: SiteOptions
    @OptionGroup var wish: WishOptions

    @Argument(help: "The folder; it is made if need be.", completion: .directory)
    var folder: String

    func run() async throws {
        let deployment = try wish.deployment(site, World.live())
        var files = try await deployment.rendered()
        files.append(GeneratedFile(path: Vagrantfile.name, contents: Vagrantfile.text(deployment.site)))
        for file in files { try deployment.world.files.write(file.contents, to: "\(folder)/\(file.path)") }
        for file in files { print("  \(folder)/\(file.path)") }
    }
}
