import Blueprint
import Deployment
import Engine
import Foundation
import Machine
import Site
import TestSupport

/// A site in a temporary folder.
func deployment(
    in folder: TemporaryFolder, site: Site = .demo, _ commands: any CommandRunner = ScriptedRunner(),
    person: Operator = .test,
    options: Deployment.Options = .init(), environment: [String: String] = ["PATH": "/usr/bin:/bin"],
    now: @escaping @Sendable () -> Date = { Date() }
) -> Deployment {
    Deployment(
        world: .test(commands, person: person, environment: environment, now: now), site: site,
        layout: Layout(prefix: folder.path), options: options)
}

extension Site {
    static let demo = Site(sources: Sources(server: .demo, client: .demo))
    static func folders(_ server: String, _ client: String) -> Site {
        Site(sources: Sources(server: .folder(server), client: .folder(client)))
    }
}

/// The permission bits of a path.
func mode(of path: String) -> Int? {
    ((try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? NSNumber)?.intValue
}
