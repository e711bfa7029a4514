import Blueprint
import Bundled
import Foundation
import Machine
import Site

/// The images of a site and the names they get: each name carries the digest of everything that goes into the image,
/// so that an image that is there is the right one, and nothing is built twice.
struct ImagePlan: Sendable {
    /// The tag of each kind.
    let tags: [ImageKind: String]
    /// Where the base image starts: Debian's own, pulled or made on the spot.
    let root: String
    /// Of when that is, if it was renewed.
    let stamp: String?
    /// This computer's additional certificate authorities (networks that inspect TLS need them inside the images too).
    let trusted: [(name: String, contents: Data)]

    /// The kinds that this site needs, in the order in which they can be built.
    var kinds: [ImageKind] { ImageKind.allCases.filter { tags[$0] != nil } }

    static let rootSource = "debian:trixie-slim"

    init(_ deployment: Deployment) async throws {
        let world = deployment.world
        let name = deployment.site.name
        stamp = BaseStamp.read(deployment)
        root = Self.repository(name) + "root:trixie" + (stamp.map { "-\($0)" } ?? "")
        trusted = Self.trustedCertificates(world.files)
        let trust = trusted.map { Digest($0.contents).description }.joined()
        let mirrors = "\(deployment.site.mirrors.debian) \(deployment.site.mirrors.python ?? "")"
        let base = Self.repository(name) + "base:" + Self.digest(.base, and: trust + mirrors + (stamp ?? "")).short
        let binary = try await ProgramDigest.read(deployment)
        var tags: [ImageKind: String] = [.base: base]
        let nodes = try await [deployment.serverProfile().node, deployment.clientProfile().node]
        let kinds = ImageKind.allCases.filter { $0 != .nodejs8 || nodes.contains(.eight) }
        for kind in kinds where kind != .base && kind != .nodejs8 {
            let own =
                switch kind {
                case .db: "\(deployment.site.postgres.version)"
                case .keeper, .dashboard: binary
                default: ""
                }
            tags[kind] =
                Self.repository(name) + "\(kind.rawValue):" + Self.digest(kind, and: base + mirrors + own).short
        }
        // It takes our own programs from the other one.
        if kinds.contains(.nodejs8) {
            let basis = tags[.nodejs] ?? ""
            tags[.nodejs8] = Self.repository(name) + "nodejs8:" + Self.digest(.nodejs8, and: basis).short
        }
        self.tags = tags
    }

    /// The beginning of the names of a site's images. Swarm asks the registry in an image's name each time that it starts a task, and
    /// takes what it gets there (moby, daemon/cluster/executor/container, `pullImage`): with a plain name that would be Docker Hub and
    /// whoever owns such a name there. Nobody listens on port 1 of the loopback address, and that is known at once and without a network.
    static func repository(_ site: String) -> String { "127.0.0.1:1/\(site)/" }

    private static func digest(_ kind: ImageKind, and more: String) -> Digest {
        let files = BundledFile.files(under: "images/\(kind.rawValue)")
        return Digest(files.map { "\($0.path) \($0.isExecutable) \(Digest($0.contents))\n" }.joined() + more)
    }

    /// The certificates that were added to this computer (update-ca-certificates(8)), but for our own.
    private static func trustedCertificates(_ files: Files) -> [(name: String, contents: Data)] {
        let folder = "/usr/local/share/ca-certificates"
        return files.tree(of: folder).filter { $0.hasSuffix(".crt") && !$0.hasPrefix("kopnik-") }.compactMap { path in
            files.data(of: folder + "/" + path).map { (path.replacing("/", with: "-"), $0) }
        }
    }
}

/// Works the plan out once: it reads this program's own file of many megabytes.
struct ImagePlanCache: Sendable {
    private let known = Once<Bool, ImagePlan>()

    func plan(_ deployment: Deployment) async throws -> ImagePlan {
        try await known.value(true) { try await ImagePlan(deployment) }
    }

    /// Other sources may need other images.
    func forget() async { await known.forget(true) }
}
