import Blueprint
import Foundation
import Machine

/// Pages that were opened before the client was exchanged go on asking for its scripts and pictures. Those whose names carry a digest lie
/// together in one folder, where nginx looks for what the new client does not have; a name says what is in it, so that none is in another's way.
struct EarlierAssets: Sendable {
    let deployment: Deployment

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }

    /// Brings the folder to what the kept releases need, but for the one that is served by itself.
    func keep(besides release: SourceRelease) throws {
        let folders = Releases(deployment: deployment).folders.subtracting([release.client, release.server])
        var wanted: [String: String] = [:]
        for folder in folders.sorted() where folder.hasPrefix(SourceKind.client.rawValue) {
            let dist = "\(layout.releases)/\(folder)/dist"
            for name in files.tree(of: dist) where Self.carriesDigest(name) { wanted[name] = "\(dist)/\(name)" }
        }
        for (name, source) in wanted {
            let path = "\(layout.earlierAssets)/\(name)"
            guard !files.exists(path) else { continue }
            // The same file under a second name: no space, and it stays when the release goes.
            try files.linkFile(source, to: path)
        }
        for name in files.tree(of: layout.earlierAssets) where wanted[name] == nil {
            try files.remove("\(layout.earlierAssets)/\(name)")
            files.removeEmptyFolders(above: "\(layout.earlierAssets)/\(name)", upTo: layout.earlierAssets)
        }
    }

    /// The rule by which nginx lets browsers keep a file for ever (NginxSettings, caching).
    static func carriesDigest(_ name: String) -> Bool { name.contains(#/[.-][0-9a-f]{8,}\.[a-z0-9]+(\.map)?$/#) }
}
