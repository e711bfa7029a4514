public import Blueprint
import FoundationEssentials
import Machine
import Site

extension Deployment {
    /// Keeps the site as it was asked for: the next `up` goes on with it.
    public func remember() throws {
        let text = site.completeYAML
        for path in [layout.wishedSite, layout.rememberedSite] {
            // Before anything ran, what is asked for is the only site to be about.
            guard path == layout.wishedSite || !world.files.exists(path), world.files.text(of: path) != text else {
                continue
            }
            try world.files.write(text, to: path)
        }
    }

    /// The site that was asked for is the one that runs: the other verbs and the keeper are about it from now on.
    public func settle() throws {
        guard world.files.exists(layout.rememberedSite),
            world.files.text(of: layout.rememberedSite) != site.completeYAML
        else { return }
        try world.files.write(site.completeYAML, to: layout.rememberedSite)
    }

    /// What sudo's root made belongs to the person who asked for it.
    public func giveFilesToOwner() throws {
        guard world.person.isRoot, world.person.user != 0, !layout.prefix.isEmpty else { return }
        let (user, group) = (world.person.user, world.person.group)
        // By name: the prefix may hold other people's files.
        for path in [layout.home, layout.settings, layout.letsEncrypt, layout.state, layout.logs]
        where world.files.exists(path) {
            try world.files.setOwner(ofTree: path, user: user, group: group)
        }
        // Folders above that sudo's root made on the way, such as ~/.local/share.
        var folder = layout.settings
        while let parent = folder.split(separator: "/").dropLast().nonEmptyPath,
            parent.hasPrefix(world.person.home + "/") || parent.hasPrefix(layout.prefix)
        {
            if world.files.owner(of: parent)?.user == 0 { try world.files.setOwner(parent, user: user, group: group) }
            folder = parent
        }
    }

    /// Where a browser finds the site.
    public var address: String { "https://\(site.domain)" + (site.ports.https == 443 ? "" : ":\(site.ports.https)") }

    /// Whether this computer trusts the site's own authority.
    public var isTrusted: Bool { Trust(deployment: self).isGiven }

    /// Whether the browsers that keep authorities by themselves (Chrome, Chromium) were told of it too.
    public var isTrustedByBrowsers: Bool {
        isTrusted && Manifest.read(layout.manifest, files: world.files).browserStore != nil
    }

    /// Every generated file, with names in place of what exists only after `up`: needs no Docker and changes nothing.
    public func rendered() async throws -> [GeneratedFile] { try await renderedWithRules().files }

    /// The same, with what was changed in Crossbar's configuration and why.
    func renderedWithRules() async throws -> (files: [GeneratedFile], rules: [String]) {
        if let plan = try await stackPlan() {
            let blueprint = try blueprint(plan)
            return (blueprint.files, blueprint.crossbarRules)
        }
        let secrets = SecretKind.all(of: site).map { ($0, "\(site.name)_\($0.rawValue)") }
        let plan = StackPlan(
            site: site, layout: layout, images: try await images.plan(self).tags,
            secrets: Dictionary(uniqueKeysWithValues: secrets),
            release: SourceRelease(server: "kp-server", client: "kp-client"), owner: owner,
            crossbarOriginal: try await facts(.client)?.crossbar ?? "{}", server: try await serverProfile())
        let blueprint = try blueprint(plan)
        return (blueprint.files, blueprint.crossbarRules)
    }
}

extension Sequence<Substring> {
    /// An absolute path of these parts, or `nil` without any.
    fileprivate var nonEmptyPath: String? {
        let path = map { "/" + $0 }.joined()
        return path.isEmpty ? nil : path
    }
}
