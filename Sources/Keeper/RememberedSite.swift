import Machine
import Site
import Synchronization

/// The site file of what runs, read again only where it is another one: the keeper asks for it several times a second.
final class RememberedSite: Sendable {
    private let known = Mutex<(identity: String, site: Site?)?>(nil)

    /// - Returns: `nil` where there is none, or none that can be read.
    func read(_ path: String, _ files: Files) -> Site? {
        guard let identity = files.identity(of: path) else { return nil }
        return known.withLock { known in
            if let known, known.identity == identity { return known.site }
            let site = files.text(of: path).flatMap { try? SiteFile.read(text: $0, name: path) }
            known = (identity, site)
            return site
        }
    }
}
