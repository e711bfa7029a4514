import Foundation
import Machine
import Testing

/// Another computer that keeps the backups of a host (`Tests/host/backup-store`): a real SSH server, and S3 over TLS.
struct BackupStore: Sendable {
    let host: BareHost

    private var script: String {
        URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "backup-store").path(
            percentEncoded: false)
    }
    var folder: String {
        let store = ProcessInfo.processInfo.environment["KOPNIK_TEST_STORE"] ?? "/var/tmp/kopnik-test"
        return "\(store)/backup-store-\(host.name)"
    }
    /// Where the SSH server's part is kept.
    var disk: String { "\(folder)/disk" }

    /// What the hook got, the oldest first.
    struct Post: Decodable, Equatable {
        var id, source, state, words, domain: String
    }

    var posts: [Post] {
        let text = (try? String(contentsOfFile: "\(folder)/hook/posts", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Post.self, from: Data($0.utf8)) }
    }

    /// What the hook answers from now on.
    func answerHook(_ status: Int) throws {
        try Data("\(status)".utf8).write(to: URL(filePath: "\(folder)/hook/answer"))
    }

    /// Which certificate it shows from now on, where it is asked by HTTPS: `good`, `expired`, `other` (another computer's) or `foreign` (of an
    /// authority that nobody named).
    func showHook(_ certificate: String) throws {
        let shown = try Data(contentsOf: URL(filePath: "\(folder)/hook/\(certificate).shown"))
        try shown.write(to: URL(filePath: "\(folder)/hook/shown.pem"), options: .atomic)
    }

    /// The authority of the certificate that the hook should show.
    var hookAuthority: String {
        get throws { try String(contentsOfFile: "\(folder)/hook/authority.pem", encoding: .utf8) }
    }

    /// The address by which a host reaches it.
    var address: String { get throws { try String(contentsOfFile: "\(folder)/address", encoding: .utf8).trimmed } }

    /// What somebody did who has the site's key of the store (`Tests/host/s3-attack`).
    struct Attack: Decodable { var files, spoiled, deleted, gone, refused, left: Int }

    func attack(keyID: String) async throws -> Attack {
        let program = URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "s3-attack")
        let python = URL(filePath: folder).deletingLastPathComponent().appending(path: "moto/bin/python")
        let output = try await LocalCommandRunner().run(
            Command(
                python.path(percentEncoded: false),
                [program.path(percentEncoded: false), try address, "9443", "\(folder)/cert.pem", keyID, "site/"],
                timeLimit: .seconds(300)))
        try #require(output.succeeded, "\(output)")
        return try JSONDecoder().decode(Attack.self, from: Data(output.standardOutput.utf8))
    }

    /// `up`, `allow`, `away`, `back` or `down`.
    @discardableResult func turn(_ verb: String, input: String = "") async throws -> String {
        let output = try await LocalCommandRunner().run(
            Command(script, [verb, host.name], standardInput: input, timeLimit: .seconds(300)))
        try #require(output.succeeded, "\(output)")
        return output.text
    }
}
