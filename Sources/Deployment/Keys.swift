import Blueprint
import Foundation
import Machine

/// Keys that others hand out and only the person can supply, such as those of reCAPTCHA; and the pair for web push, which is made here.
public struct Keys: Sendable {
    /// The keys there are; the raw value is what a person calls it.
    public enum Name: String, Sendable, CaseIterable {
        case captchaKey = "captcha-key"
        case captchaSecret = "captcha-secret"
        case fcmServerKey = "fcm-server-key"
        case fcmSenderID = "fcm-sender-id"
        case vapidPublicKey = "vapid-public-key"
        case vapidPrivateKey = "vapid-private-key"
        case smarthostPassword = "smarthost-password"
        case repositoryKeyID = "repository-key-id"
        case repositoryKey = "repository-key"

        /// What it is for, and what becomes of the site without it.
        public var meaning: String {
            switch self {
            case .captchaKey:
                "reCAPTCHA, shown in the page; without it the client's own is used, which fits kopnik.org alone"
            case .captchaSecret:
                "reCAPTCHA; without it people log in unasked on a local copy and not at all on a public one, and nobody can register"
            case .fcmServerKey: "Google's push service; without it old Chrome browsers get no notifications"
            case .fcmSenderID: "Google's push service, the sender's number"
            case .smarthostPassword:
                "the mail server named by mail.smarthost in the site file; without it it takes no letter"
            case .repositoryKeyID: "the store of backups (S3), the name of the key; its provider calls it access key ID"
            case .repositoryKey: "the store of backups (S3); its provider calls it secret access key"
            case .vapidPublicKey, .vapidPrivateKey: "web push; made by kopnik if you give none"
            }
        }

        /// Whether the application asks for it, and nobody else.
        public var isOfApplication: Bool {
            switch self {
            case .captchaKey, .captchaSecret, .fcmServerKey, .fcmSenderID, .vapidPublicKey, .vapidPrivateKey: true
            case .smarthostPassword, .repositoryKeyID, .repositoryKey: false
            }
        }

        /// Whether kopnik makes it itself.
        public var isMade: Bool { self == .vapidPublicKey || self == .vapidPrivateKey }
    }

    let deployment: Deployment

    /// Those of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var files: Files { deployment.world.files }
    private func path(_ name: Name) -> String { "\(deployment.layout.secrets)/keys/\(name.rawValue)" }

    /// The key, or `nil` where there is none.
    public func value(_ name: Name) -> String? {
        guard let value = files.text(of: path(name))?.trimmed, !value.isEmpty else { return nil }
        if ![.captchaKey, .vapidPublicKey, .fcmSenderID, .repositoryKeyID].contains(name) {
            deployment.world.redaction.add(value)
        }
        return value
    }

    /// Keeps a key; an empty one is removed. The next `up` hands it to the services.
    /// - Throws: `Failure` where it cannot be written.
    public func set(_ name: Name, to value: String) throws {
        guard !value.isEmpty else { return try files.remove(path(name)) }
        let sizes: [Name: Int] = [.vapidPublicKey: 65, .vapidPrivateKey: 32]
        if let size = sizes[name], Self.bytes(value)?.count != size {
            throw Failure(
                "that is no '\(name.rawValue)'", because: "it has to be \(size) bytes in URL-safe Base64 (RFC 8292)",
                fix: "kopnik key remove \(name.rawValue), and kopnik makes a pair")
        }
        try files.makeFolder(deployment.layout.secrets, mode: 0o700)
        try files.makeFolder("\(deployment.layout.secrets)/keys", mode: 0o700)
        try files.write(value, to: path(name), mode: 0o600)
    }

    /// Whether the pair for web push has to be made.
    var lacksPair: Bool { value(.vapidPublicKey) == nil && value(.vapidPrivateKey) == nil }

    /// Refuses half a pair: a key of the person's is never replaced by one of ours.
    func checkPair() throws {
        let halves: [Name] = [.vapidPublicKey, .vapidPrivateKey]
        guard let missing = halves.first(where: { value($0) == nil }), !lacksPair else { return }
        throw Failure(
            "of the pair for web push only one half is given", because: "'\(missing.rawValue)' is missing",
            fix: "kopnik key set \(missing.rawValue); or forget the other, and kopnik makes a pair")
    }

    /// Makes the pair for web push: a P-256 key, both halves as raw bytes in URL-safe Base64 (RFC 8292, 3.2).
    func makePair() async throws {
        let commands = deployment.world.commands
        // The key travels from one to the other on standard input and is written by nobody but `set`.
        let key = try await commands.require(
            Command(
                "openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout"], timeLimit: .seconds(30)),
            toDo: "make a key for web push")
        let text = try await commands.require(
            Command(
                "openssl", ["ec", "-text", "-noout"], standardInput: key.standardOutput, timeLimit: .seconds(30)),
            toDo: "read the key for web push"
        ).standardOutput
        guard let pair = Self.pair(in: text) else {
            throw Failure(
                "could not read the key for web push", because: "openssl printed it in another form",
                fix: "this is a fault of kopnik: please report it")
        }
        try set(.vapidPrivateKey, to: pair.private)
        try set(.vapidPublicKey, to: pair.public)
    }

    /// Reads what `openssl ec -text` prints: `priv:` and `pub:`, each followed by lines of bytes in hexadecimal.
    static func pair(in text: String) -> (private: String, public: String)? {
        var parts: [String: [UInt8]] = [:]
        var name: String?
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix(" "), let name {
                parts[name, default: []] += line.split(separator: ":").compactMap { UInt8($0.trimmed, radix: 16) }
            } else {
                name = line.split(separator: ":").first.map(String.init)
            }
        }
        // A leading zero byte keeps a number positive in ASN.1; leading zeros of the number itself are left out.
        guard var secret = parts["priv"], let point = parts["pub"], point.count == 65, point[0] == 4 else { return nil }
        if secret.count == 33, secret[0] == 0 { secret.removeFirst() }
        guard secret.count <= 32, !secret.isEmpty else { return nil }
        secret = [UInt8](repeating: 0, count: 32 - secret.count) + secret
        return (base64(secret), base64(point))
    }

    private static func bytes(_ text: String) -> Data? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/").replacing("=", with: "")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
