import Blueprint
import Machine
import Site

/// Puts the local authority among those that this computer's programs and browsers trust, and takes it out again.
struct Trust: Sendable {
    let deployment: Deployment

    private var files: Files { deployment.world.files }
    private var systemPath: String { "/usr/local/share/ca-certificates/kopnik-\(deployment.site.name).crt" }
    private var nickname: String { "Kopnik \(deployment.site.name)" }
    private var browserFolder: String { "\(deployment.world.person.home)/.pki/nssdb" }

    /// Whether this very authority is trusted already.
    var isGiven: Bool {
        let own = files.data(of: LocalAuthority(deployment: deployment).authorityCertificate)
        return own != nil && files.data(of: systemPath) == own
    }

    func give() async throws {
        guard deployment.world.person.isRoot else {
            throw Failure(
                "--trust takes administrator rights",
                because: "it adds to the certificates that all of this computer trusts",
                fix: "sudo ./kopnik up --trust")
        }
        let certificate = LocalAuthority(deployment: deployment).authorityCertificate
        try Manifest.change(deployment.layout.manifest) { $0.trustedCertificate = systemPath }
        try files.write(files.text(of: certificate) ?? "", to: systemPath)
        try await update()
        // Chromium's and Chrome's own store (NSS); Firefox reads the system's on Debian.
        guard try await certutil(["--version"]).exitCode != 127, try await certutil(["-H"]).exitCode != 127 else {
            return
        }
        try Manifest.change(deployment.layout.manifest) { $0.browserStore = browserFolder }
        if !files.isFolder(browserFolder) {
            try files.makeFolder(browserFolder, mode: 0o700)
            _ = try await certutil(["-N", "-d", "sql:\(browserFolder)", "--empty-password"])
        }
        _ = try await certutil(["-A", "-d", "sql:\(browserFolder)", "-t", "C,,", "-n", nickname, "-i", certificate])
        try files.setOwner(
            ofTree: "\(deployment.world.person.home)/.pki", user: deployment.world.person.user,
            group: deployment.world.person.group)
    }

    /// Undoes `give`, as the manifest has it.
    func takeBack(_ manifest: Manifest) async throws {
        if let store = manifest.browserStore { _ = try await certutil(["-D", "-d", "sql:\(store)", "-n", nickname]) }
        guard let path = manifest.trustedCertificate else { return }
        try files.remove(path)
        try await update(["--fresh"])
    }

    private func update(_ arguments: [String] = []) async throws {
        _ = try await deployment.world.commands.require(
            Command("update-ca-certificates", arguments, timeLimit: .seconds(120), log: deployment.log("certificates")),
            toDo: "tell this computer about the local authority", fix: "sudo apt-get install ca-certificates")
    }

    private func certutil(_ arguments: [String]) async throws -> CommandOutput {
        do {
            return try await deployment.world.commands.run(Command("certutil", arguments, timeLimit: .seconds(30)))
        } catch is Failure {
            return CommandOutput(exitCode: 127)
        }
    }
}
