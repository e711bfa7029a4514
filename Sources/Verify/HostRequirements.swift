import Machine
import Site

/// The rows about the server itself. On a person's own computer they are not kopnik's to change.
extension Requirements {
    static let desktop = onServer(
        "O2", "Bare XFCE by startxfce4", elsewhere: "the desktop of a person's own computer is not kopnik's to change"
    ) { sightings, seen in
        if sightings.site.server.desktop == .none, !seen.hasDesktop {
            return .differs("no desktop", because: "the site file says so (server.desktop)")
        }
        guard seen.hasDesktop else {
            return .broken(
                "there is no startxfce4", because: "its packages are not installed", fix: "kopnik host apply")
        }
        guard seen.target == "multi-user.target", !seen.hasDisplayManager else {
            return .broken(
                "XFCE is there, and the computer starts to \(seen.target)",
                because: seen.hasDisplayManager
                    ? "a graphical login runs" : "that starts a graphical login where there is one",
                fix: "kopnik host apply")
        }
        return .holds("startxfce4 is there; the computer starts to text")
    }

    static let people: [Requirement] = [
        onServer(
            "O5", "User ubuntu, password ubuntu",
            elsewhere: "users of a person's own computer are not kopnik's to change"
        ) { sightings, seen in
            switch (sightings.site.server.reachedBy, seen.password) {
            case (.owner, .worked): return .holds("logged in by SSH as ubuntu with the password ubuntu")
            case (.owner, .failed(let reason)):
                return .broken("the password ubuntu does not open SSH", because: reason, fix: "kopnik host apply")
            case (.internet, .worked):
                return .broken(
                    "anybody can log in by SSH with the password ubuntu", because: "the internet reaches this server",
                    fix: "kopnik host apply")
            case (.internet, .failed):
                guard seen.drawnPassword?.worked != true else {
                    return .broken(
                        "a password opens SSH", because: "on a server that the internet reaches keys alone may",
                        fix: "kopnik host apply")
                }
                return .differs(
                    "SSH refuses passwords; ubuntu has a drawn one for sudo and the console",
                    because: "the internet reaches this server: the specification's password would let anyone in")
            }
        },
        onServer(
            "O6", "SSH for ubuntu", elsewhere: "the SSH service of a person's own computer is not kopnik's to change"
        ) { _, seen in
            switch seen.key {
            case .worked: .holds("logged in by SSH as ubuntu with a key")
            case .failed(let reason):
                .broken("a key does not open SSH for ubuntu", because: reason, fix: "kopnik host apply")
            }
        },
        onServer(
            "O7", "SFTP rooted at /home/ubuntu/sftp",
            elsewhere:
                "the SSH service of a person's own computer is not kopnik's to change; the folders lie in the site's data folder"
        ) { _, seen in
            guard let fault = seen.sftpFaults.first else {
                return .holds("/ is ~/sftp; no way out by .., links or whole paths")
            }
            return .broken("SFTP is not as it should be", because: fault, fix: "kopnik host apply")
        },
        onServer(
            "O8", "NVM, latest stable Node.js",
            elsewhere: "on a person's own computer Node.js runs in the containers only"
        ) { _, seen in
            if let version = seen.node { return .holds("nvm gives ubuntu Node.js \(version)") }
            guard let refusal = seen.nodeRefusal else {
                return .broken(
                    "nvm gives ubuntu no Node.js", because: seen.nodeFault ?? "not installed", fix: "kopnik host apply")
            }
            return .differs(
                "no Node.js by nvm", because: "it could not be downloaded: \(refusal)", fix: "kopnik host apply")
        },
    ]

    private static func onServer(
        _ number: String, _ title: String, elsewhere: String,
        _ judge: @escaping @Sendable (Sightings, HostSighting) -> Judgement
    ) -> Requirement {
        Requirement(number, title, at: [.host]) { sightings in
            sightings.host.judged { seen in seen.map { judge(sightings, $0) } ?? .notApplicable(elsewhere) }
        }
    }
}
