import Blueprint
public import Foundation
import Machine
import Site

/// The site's own copy of its recovery kit, and what is known of the person's.
public struct RecoveryKits: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var files: Files { deployment.world.files }
    private var path: String { "\(deployment.layout.backup)/recovery-kit.txt" }
    private var recordPath: String { "\(deployment.layout.backup)/recovery-kit.json" }
    /// What another server needs so that the kit is its own, too; the drills' key lies with the secrets.
    var handedOver: [String] { [path, recordPath] }
    var kit: String { path }
    private var drillKeyPath: String { "\(deployment.layout.repositorySecrets)/drill-key" }

    private struct Record: Codable {
        var made: Date
        /// Which repository, key and site file it is of.
        var fits: String
        /// When the person proved that they have the passphrase.
        var confirmed: Date?
        /// When it opened with the passphrase and a drill went well.
        var proven: Date?
    }

    private var record: Record? { files.record(Record.self, at: recordPath) }

    /// What a kit would hold now: another repository or another key makes it worthless.
    private var contents: String? {
        guard let access = RepositoryKeys(deployment: deployment).access else { return nil }
        // The images are made by the kit's site: data of another Postgres could not be read by them.
        return Digest("\(deployment.site.postgres.version)\n" + access.text(for: deployment.site.backup)).short
    }

    /// When the kit was made.
    public var made: Date? { record?.made }
    /// When the person typed the passphrase back.
    public var confirmed: Date? { record?.confirmed }
    /// Whether the kit opens the repository as it is now.
    public var isCurrent: Bool { record != nil && record?.fits == contents }

    /// Makes a kit with a new passphrase, and the site's own copy of it. It is not confirmed yet.
    /// - Throws: `Failure` before the repository is set up.
    public func make(version: String) async throws -> (kit: RecoveryKit, passphrase: Passphrase) {
        let keys = RepositoryKeys(deployment: deployment)
        guard let access = keys.access, deployment.site.backup.repository != nil, keys.missing?.isEmpty == true,
            let contents
        else {
            throw deployment.needsRepository("there is nothing to put into a recovery kit")
        }
        let passphrase = Passphrase.draw()
        if files.text(of: drillKeyPath) == nil {
            try keys.makeFolder()
            try files.write(RandomKey.draw() + "\n", to: drillKeyPath, mode: 0o600)
        }
        let content = RecoveryKit.Content(
            kopnik: version, made: deployment.world.now(), site: deployment.site.completeYAML, access: access)
        let kit = try await RecoveryKit.seal(
            content, name: deployment.site.name, domain: deployment.site.domain, passphrase: passphrase,
            drillKey: try drillKey(), deployment.world)
        try files.makeFolder(deployment.layout.backup)
        try files.write(kit.text, to: path, mode: 0o600)
        try files.write(record: Record(made: content.made, fits: contents), to: recordPath)
        return (kit, passphrase)
    }

    /// Notes that the person has the passphrase, if it opens the kit.
    /// - Throws: `Failure` where it does not.
    public func confirm(_ passphrase: Passphrase) async throws {
        _ = try await own().open(with: passphrase, deployment.world)
        guard var record else { return }
        record.confirmed = deployment.world.now()
        try files.write(record: record, to: recordPath)
    }

    /// The site's own copy.
    /// - Throws: `Failure` where there is none.
    public func own() throws -> RecoveryKit {
        guard let text = files.text(of: path) else {
            throw Failure("there is no recovery kit", because: "none was made yet", fix: "kopnik recovery-kit")
        }
        return try RecoveryKit(text: text)
    }

    /// The content of the site's own copy, opened with the drills' key.
    func opened() async throws -> RecoveryKit.Content {
        try await own().open(withDrillKey: try drillKey(), deployment.world)
    }

    private func drillKey() throws -> String {
        guard let key = files.text(of: drillKeyPath)?.trimmed else {
            throw Failure("the drills' key is missing", because: "it was removed", fix: "kopnik recovery-kit")
        }
        return key
    }

    /// What a person should be told of it, if anything.
    public var complaint: (what: String, because: String, fix: String)? {
        guard deployment.site.backup.repository != nil, Backup(deployment: deployment).isReady else { return nil }
        guard let record else {
            return (
                "there is no recovery kit", "without it nobody can read the backups once this server is gone",
                "kopnik recovery-kit"
            )
        }
        if record.fits != contents {
            return (
                "the recovery kit is out of date", "the repository or its keys were changed since it was made",
                "kopnik recovery-kit"
            )
        }
        guard record.confirmed == nil else { return nil }
        return (
            "nobody has proved yet that they have the passphrase of the recovery kit",
            "without it nobody can read the backups once this server is gone", "kopnik recovery-kit --confirm"
        )
    }

    /// The page to print: how to bring the site back, and the words, in large type.
    public func page(_ kit: RecoveryKit, _ passphrase: Passphrase, fileName: String) -> String {
        let repository = deployment.site.backup.repository?.description ?? ""
        let words = passphrase.description.split(separator: "-").enumerated().map { index, word in
            "<li>\(word)</li>"
        }.joined()
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Recovery of \(kit.domain)</title>
            <style>
            @page { size: A4; margin: 20mm }
            body { font: 12pt/1.5 serif; max-width: 170mm; margin: 10mm auto; color: #000; background: #fff }
            h1 { font-size: 22pt; margin: 0 0 4mm } code, ol.words { font-family: monospace }
            ol.words { font-size: 20pt; columns: 2; border: 1pt solid #000; padding: 5mm 5mm 5mm 18mm; margin: 6mm 0 }
            code { background: #eee; padding: 0 1mm } table { border-collapse: collapse } td { padding: 0 6mm 0 0; vertical-align: top }
            </style></head><body>
            <h1>If the server of \(kit.domain) is gone</h1>
            <p>Keep this page where a fire at the server does not reach it, and not together with the file <code>\(fileName)</code>.
            Whoever has both can read all data of the site.</p>
            <p>The passphrase:</p>
            <ol class="words">\(words)</ol>
            <p>To bring the site back:</p>
            <ol>
            <li>Take an empty computer with Ubuntu Server or Debian, and copy the file <code>\(fileName)</code> onto it.</li>
            <li>Get <code>kopnik</code> there (version \(kit.kopnik) or newer), as its README says.</li>
            <li>Type <code>sudo kopnik restore --kit \(fileName)</code> and, when asked, the seven words.</li>
            <li>Lead the name <code>\(kit.domain)</code> to the new computer's address, where you manage your DNS.</li>
            </ol>
            <table>
            <tr><td>Site</td><td>\(kit.name), \(kit.domain)</td></tr>
            <tr><td>Backups</td><td>\(repository)</td></tr>
            <tr><td>Made</td><td>\(deployment.world.now().universalDay), kopnik \(kit.kopnik)</td></tr>
            </table>
            </body></html>

            """
    }
}
