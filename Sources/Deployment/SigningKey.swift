import Blueprint
import Foundation
import Machine

/// The key by which receivers know the site's letters (DKIM, RFC 6376): made once, for its other half stands in the DNS.
struct SigningKey: Sendable {
    let deployment: Deployment

    static let name = SecretKind.dkimKey.rawValue
    private var path: String { "\(deployment.layout.secrets)/\(Self.name)" }

    /// The key as PEM; `nil` where there is none.
    var pem: String? {
        guard let text = deployment.world.files.text(of: path), text.contains("-----END ") else { return nil }
        deployment.world.redaction.add(text)
        return text
    }

    /// Makes it where there is none: RSA with 2048 bits, for not every receiver knows Ed25519 (RFC 8463).
    func makeIfMissing() async throws {
        guard pem == nil else { return }
        let key = try await deployment.world.commands.require(
            Command("openssl", ["genrsa", "2048"], timeLimit: .seconds(60)), toDo: "make the key that signs letters")
        try deployment.world.files.makeFolder(deployment.layout.secrets, mode: 0o700)
        try deployment.world.files.write(key.standardOutput, to: path, mode: 0o600)
    }

    /// Its public half as the DNS wants it: Base64 in one line (RFC 6376, 3.6.1).
    /// - Throws: `Failure` where there is no key yet.
    func publicHalf() async throws -> String {
        guard let pem else {
            throw Failure(
                "there is no key that signs letters", because: "the site was not raised by this version yet",
                fix: "kopnik up")
        }
        let output = try await deployment.world.commands.require(
            Command("openssl", ["pkey", "-pubout"], standardInput: pem, timeLimit: .seconds(30)),
            toDo: "read the key that signs letters")
        return output.lines.filter { !$0.hasPrefix("-") }.joined()
    }
}
