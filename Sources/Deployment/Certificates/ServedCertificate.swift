import Blueprint
import Engine
import Foundation
import Machine
import Site

/// The link by which nginx finds its certificate, whoever issued it: `live/DOMAIN`, to certbot's folder or the local authority's.
struct ServedCertificate: Sendable {
    let deployment: Deployment

    private var files: Files { deployment.world.files }
    /// The folder that nginx reads.
    var live: String { "\(deployment.layout.letsEncrypt)/live/\(deployment.site.domain)" }
    /// Which certificate nginx was last told of: killed between the issue and the word to nginx, the next run makes up for it.
    private var announced: String { "\(deployment.layout.state)/certificate-served" }

    /// The certificate itself, past all links: certbot's link to the newest changes, its folder does not.
    private var identity: String? {
        files.link(at: live).map { $0 + (files.link(at: "\(live)/fullchain.pem").map { " " + $0 } ?? "") }
    }

    /// Whether nginx may still serve an older one.
    var isUnannounced: Bool { files.text(of: announced) != identity }

    /// Tells a running nginx to read the certificate; one that starts later reads it anyway.
    /// - Throws: `Failure` where Docker does not pass it on.
    func announce() async throws {
        guard let identity else { return }
        let docker = deployment.docker
        // Before the first stack there may be no swarm to ask.
        if let container = try? await docker.container(of: ServiceKind.nginx.rawValue, in: deployment.stack) {
            _ = try await docker.require(
                ["kill", "--signal", "HUP", container], toDo: "tell nginx of its new certificate", fix: "kopnik up")
        }
        try files.write(identity, to: announced)
    }
}
