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

    /// `up`, `allow`, `away`, `back` or `down`.
    @discardableResult func turn(_ verb: String, input: String = "") async throws -> String {
        let output = try await LocalCommandRunner().run(
            Command(script, [verb, host.name], standardInput: input, timeLimit: .seconds(300)))
        try #require(output.succeeded, "\(output)")
        return output.text
    }
}
