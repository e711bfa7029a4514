import Blueprint
import Engine
import Machine
import Site

extension Deployment {
    /// Logs of `up` longer than this begin anew; the one before is kept.
    private static let longestLog = 5 << 20

    /// Removes what only releases needed that are not kept any more: folders, images, secrets, long logs. Nothing else, least of all other
    /// people's; what cannot be removed stays until the next time.
    public func tidy() async throws {
        let releases = Releases(deployment: self)
        _ = try releases.forgetOld()
        try removeOldFolders(keeping: releases.folders)
        if let deployed = DeployedStack.read(layout, files: world.files) {
            try EarlierAssets(deployment: self).keep(besides: deployed.release)
        }
        try await removeOldImages(keeping: Set(releases.all.flatMap(\.images.keys)))
        for name in world.files.names(in: layout.logs) where name.hasSuffix(".log") {
            let path = "\(layout.logs)/\(name)"
            // A running daemon holds its own open.
            guard name != "dockerd.log", world.files.size(of: path) ?? 0 > Self.longestLog else { continue }
            try world.files.move(path, to: path + ".old")
        }
    }

    private func removeOldFolders(keeping kept: Set<String>) throws {
        var kept = kept
        for kind in SourceKind.allCases {
            let place = SourcePlace(deployment: self, kind: kind)
            if let placed = place.placed() { kept.insert(placed.folder) }
        }
        for folder in world.files.names(in: layout.releases) where !kept.contains(folder) {
            guard let kind = SourceKind.allCases.first(where: { folder.hasPrefix($0.rawValue + "-") }) else { continue }
            let path = "\(layout.releases)/\(folder)"
            let place = SourcePlace(deployment: self, kind: kind)
            // What somebody changed there is found nowhere else.
            guard world.files.text(of: place.treeRecord(folder)) == place.treeDigest(of: path).short else { continue }
            try? world.files.remove(path)
            guard !world.files.exists(path) else { continue }
            for mark in ["tree", "install", "build"] { try world.files.remove("\(layout.sources)/\(folder).\(mark)") }
        }
    }

    private func removeOldImages(keeping kept: Set<String>) async throws {
        let plan = try await images.plan(self)
        let kept = kept.union(plan.tags.values).union([plan.root] + [databaseRecord?.image].compactMap { $0 })
        let repository = ImagePlan.repository(site.name)
        let built = try await docker.imageTags(withPrefix: repository, label: "org.kopnik.image")
        let roots = try await docker.imageTags(of: repository + "root")
        // By name only: one that a container still uses, or that another site has under its own name, loses no more than this name.
        let old = Set(built + roots).subtracting(kept)
        _ = try await docker.removeImages(old.sorted())
        guard !old.isEmpty else { return }
        // What the builder made on the way; younger ones may be of a build that runs.
        _ = try await docker.run(
            [
                "image", "prune", "--force", "--filter", "label=org.kopnik.image", "--filter", "until=2h",
            ], timeLimit: .seconds(180))
    }
}
