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

    /// A site file that was read, or `nil` where there is none.
    func siteFromFile() throws -> Site? {
        let path = file ?? "kopnik.yaml"
        guard file != nil || FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageFailure(
                description: "kopnik: the site file \(path) cannot be read\n  fix:     check its name and its rights")
        }
        do {
            var site = try SiteFile.read(bytes: [UInt8](data), name: path)
            let folder = URL(filePath: path).deletingLastPathComponent()
            site.sources.server = Self.absolute(site.sources.server, in: folder)
            site.sources.client = Self.absolute(site.sources.client, in: folder)
            return site
        } catch {
            throw UsageFailure(description: "\(error)")
        }
    }

    /// Folders in a site file are meant from where the file lies.
    private static func absolute(_ source: Site.Source, in folder: URL) -> Site.Source {
        guard case .folder(let path) = source, !path.hasPrefix("/") else { return source }
        return .folder(folder.appending(path: path).standardizedFileURL.path(percentEncoded: false))
    }

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

    var standardError: Terminal { Terminal.read(2, colour: color, environment: ProcessInfo.processInfo.environment) }
    var standardOutput: Terminal { Terminal.read(1, colour: color, environment: ProcessInfo.processInfo.environment) }
}

extension Terminal.Colour: ExpressibleByArgument {}
