import Blueprint
import Foundation
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
        // Chromium's and Chrome's own store (NSS). Firefox has one in each profile: README says how to do it by hand.
        guard try await certutil(["--version"]).exitCode != 127, try await certutil(["-H"]).exitCode != 127 else {
            return
        }
        let isNew = !files.isFolder(browserFolder)
        try Manifest.change(deployment.layout.manifest) {
            $0.browserStore = browserFolder
            $0.madeBrowserStore = isNew || $0.madeBrowserStore == true
        }
        if isNew {
            try files.makeFolder(browserFolder, mode: 0o700)
            try await requireCertutil(["-N", "-d", "sql:\(browserFolder)", "--empty-password"])
        }
        try await requireCertutil([
            "-A", "-d", "sql:\(browserFolder)", "-t", "C,,", "-n", nickname, "-i", certificate,
        ])
        try files.setOwner(
            ofTree: "\(deployment.world.person.home)/.pki", user: deployment.world.person.user,
            group: deployment.world.person.group)
    }

    /// Undoes `give`, as the manifest has it.
    func takeBack(_ manifest: Manifest) async throws {
        if let store = manifest.browserStore { _ = try await certutil(["-D", "-d", "sql:\(store)", "-n", nickname]) }
        if manifest.madeBrowserStore == true, let store = manifest.browserStore, try await isEmpty(store) {
            try files.remove(store)
            files.removeEmptyFolders(above: store, upTo: (store as NSString).deletingLastPathComponent)
        }
        guard let path = manifest.trustedCertificate else { return }
        try files.remove(path)
        try await update(["--fresh"])
    }

    private func update(_ arguments: [String] = []) async throws {
        _ = try await deployment.world.commands.require(
            Command("update-ca-certificates", arguments, timeLimit: .seconds(120), log: deployment.log("certificates")),
            toDo: "tell this computer about the local authority", fix: "sudo apt-get install ca-certificates")
    }

    /// Whether a store of browser certificates holds none.
    private func isEmpty(_ store: String) async throws -> Bool {
        let list = try await certutil(["-L", "-d", "sql:\(store)"])
        // Two lines of head, then one for each certificate.
        return list.succeeded && list.lines.filter { !$0.trimmed.isEmpty }.count <= 2
    }

    private func requireCertutil(_ arguments: [String]) async throws {
        let output = try await certutil(arguments)
        guard !output.succeeded else { return }
        throw Failure(
            "the browsers of this computer could not be told of the local authority", because: output.lastWords,
            fix: "run the same command without --trust, and accept the browser's warning")
    }

    private func certutil(_ arguments: [String]) async throws -> CommandOutput {
        do {
            return try await deployment.world.commands.run(Command("certutil", arguments, timeLimit: .seconds(30)))
        } catch is Failure {
            return CommandOutput(exitCode: 127)
        }
    }
}
