import Blueprint
import Foundation
import Machine

/// Which keys the other server was given last: those that were made later it does not have, and nobody would notice before the night on which
/// it has to lead.
public struct HandedOver: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var layout: Layout { deployment.layout }
    private var files: Files { deployment.world.files }
    private var path: String { "\(layout.pair)/handed-over" }

    /// All that a hand-over is for: passwords, keys, and the kit that fits them.
    private var digest: String {
        let kit = RecoveryKits(deployment: deployment).kit
        // Written as containers need them.
        let secrets = files.tree(of: layout.secrets).filter { !$0.hasPrefix("repository/access") }.sorted()
        // By names within the folder: the keeper sees it at another place than a person's command.
        let named = secrets.map { ($0, "\(layout.secrets)/\($0)") } + [("kit", kit)]
        let parts = named.map { name, path in files.data(of: path).map { "\(name) \(Digest($0))" } ?? "" }
        return Digest(parts.joined(separator: "\n")).short
    }

    /// Both sides have the same from now on.
    func note() throws { try files.write(digest + "\n", to: path) }

    /// What a person should do, if anything.
    public var complaint: String? {
        guard let known = files.text(of: path)?.trimmed, known != digest else { return nil }
        return
            "keys were made or changed here that the standby does not have:  kopnik standby hand-over FILE;  on the standby:  kopnik standby accept FILE, kopnik up"
    }
}
