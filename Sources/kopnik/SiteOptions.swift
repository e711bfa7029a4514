public import ArgumentParser
import Blueprint
import Deployment
import Foundation
public import Machine
import Site

/// Which site a verb is about.
struct SiteOptions: ParsableArguments {
    @Option(
        help: "The site file. Default: kopnik.yaml in this folder, if there is one.",
        completion: .file(extensions: ["yaml"]))
    var file: String?

    @Option(help: "The site's name, where there is no site file; it names the stack too.")
    var name: String?

    @Option(help: "The folder everything lies under. Default: ~/.local/share/kopnik/NAME.", completion: .directory)
    var prefix: String?

    @Option(help: "Colours: auto, always or never.")
    var color: Terminal.Colour = .auto

    @OptionGroup(title: "Another computer") var server: OnOptions

    /// Where the site file lies, or would lie; Vagrant's file lies beside it.
    var folder: String {
        let path = URL(filePath: file ?? "kopnik.yaml").deletingLastPathComponent().standardizedFileURL.path(
            percentEncoded: false)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// A site file that was read, or `nil` where there is none.
    func siteFromFile() throws -> Site? { try SiteFileReading.read(file) }

    /// The folder of a site of this name.
    func layout(for name: String, _ world: World) throws -> Layout {
        if let prefix = prefix ?? world.environment["KOPNIK_PREFIX"] {
            return Layout(prefix: URL(filePath: prefix).standardizedFileURL.path(percentEncoded: false))
        }
        let data =
            world.environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? world.person.home
            + "/.local/share"
        return Layout(prefix: "\(data)/kopnik/\(name)")
    }

    /// The site as it was last raised, or as it was last asked for; `nil` if it never was.
    /// - Throws: `Failure` where a site of another name lies in the folder.
    func rememberedSite(_ world: World, name: String, asAskedFor: Bool = false) throws -> Site? {
        let layout = try layout(for: name, world)
        let isWish = asAskedFor && world.files.exists(layout.wishedSite)
        let path = isWish ? layout.wishedSite : layout.rememberedSite
        guard let text = world.files.text(of: path) else { return nil }
        let site: Site
        do { site = try SiteFile.read(text: text, name: path) } catch {
            throw Failure(
                "what was asked for last time cannot be read", because: "\(error)",
                fix: "remove \(path), then run 'kopnik up' with all its options again")
        }
        guard site.name == name || !isNamed else {
            throw Failure(
                "in \(layout.prefix) lies another site", because: "it is named '\(site.name)', not '\(name)'",
                fix: "give this one another folder with --prefix")
        }
        return site
    }

    /// Whether this call says which site it is about, by an option or by a site file.
    private var isNamed: Bool { name != nil || file != nil || FileManager.default.fileExists(atPath: "kopnik.yaml") }

    /// For verbs that look at what runs: the site as it was last raised comes before a site file that was edited since.
    func deployment(_ world: World) throws -> Deployment {
        let written = try siteFromFile().flatMap { site in self.name == nil || self.name == site.name ? site : nil }
        let name = self.name ?? written?.name ?? "kopnik"
        let site = try rememberedSite(world, name: name) ?? written ?? Site(name: name)
        return Deployment(world: world, site: site, layout: try layout(for: name, world))
    }

    /// For the same verbs, where nothing can be done before `up`.
    func raisedDeployment(_ world: World) throws -> Deployment {
        let deployment = try deployment(world)
        guard world.files.exists(deployment.layout.rememberedSite) else {
            throw Failure(
                "there is no site '\(deployment.site.name)' here",
                because: "nothing was raised in \(deployment.layout.prefix)",
                fix: "kopnik up --demo; or, if it was raised with sudo, --name or --prefix: use the same again")
        }
        return deployment
    }

    var standardError: Terminal { color.standardError }
    var standardOutput: Terminal { color.standardOutput }
}

extension Terminal.Colour: ExpressibleByArgument {
    /// This program's own standard error, in these colours.
    var standardError: Terminal { Terminal.read(2, colour: self, environment: ProcessInfo.processInfo.environment) }
    /// This program's own standard output, in these colours.
    var standardOutput: Terminal { Terminal.read(1, colour: self, environment: ProcessInfo.processInfo.environment) }
}

/// Tells that the keeper is let end first.
@Sendable func tellOfWait(_ what: String) async { warn("  … \(what)") }
