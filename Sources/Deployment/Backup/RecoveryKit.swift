public import Blueprint
public import Foundation
public import Machine
import Site

/// One file with all that it takes to bring the site back, encrypted; it opens with a passphrase, and with a key that drills have.
///
/// It is text: a few lines for people, then three pieces that `openssl` alone can open, for the day on which this program cannot be had.
public struct RecoveryKit: Sendable, Equatable {
    /// What is inside.
    public struct Content: Sendable, Codable, Equatable {
        /// The form of this content; 1.
        public var format = 1
        /// The program that made it.
        public var kopnik: String
        /// When it was made.
        public var made: Date
        /// The whole site file.
        public var site: String
        /// By what the repository is reached and read.
        public var access: RepositoryAccess
    }

    /// The site's name.
    public let name: String
    /// Its domain.
    public let domain: String
    /// The program that made it.
    public let kopnik: String
    /// The key of the content, encrypted with the passphrase.
    let passphraseKey: String
    /// The same, encrypted with the drills' own key.
    let drillKey: String
    /// The content, encrypted with its key.
    let content: String

    static let title = "kopnik recovery kit 1"
    /// OpenSSL's own derivation, slow on purpose (openssl-enc(1), -pbkdf2; OWASP's count for SHA-256).
    static let cipher = ["-aes-256-cbc", "-pbkdf2", "-iter", "600000", "-md", "sha256", "-a", "-A"]

    /// The whole file.
    public var text: String {
        """
        \(Self.title)
        This file and its passphrase bring \(domain) back on an empty computer: kopnik restore --kit THIS-FILE
        By hand: the value of 'passphrase-key' through
            openssl enc -d \(Self.cipher.joined(separator: " "))
        is the password with which the same command opens the value of 'content'.
        name: \(name)
        domain: \(domain)
        kopnik: \(kopnik)
        passphrase-key: \(passphraseKey)
        drill-key: \(drillKey)
        content: \(content)

        """
    }

    /// Reads a file.
    /// - Throws: `Failure` where it is none, or is cut off.
    public init(text: String) throws {
        guard text.hasPrefix("kopnik recovery kit ") else {
            throw Failure(
                "this is no recovery kit", because: "it does not begin with '\(Self.title)'",
                fix: "name the file that 'kopnik recovery-kit' wrote")
        }
        guard text.hasPrefix(Self.title + "\n") else {
            throw Failure(
                "this recovery kit cannot be read", because: "a newer kopnik made it",
                fix: "use the kopnik that the kit names in its line 'kopnik:', or a newer one")
        }
        func value(_ name: String) -> String? {
            text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name): ") }.map {
                $0.dropFirst(name.count + 2).trimmed
            }
        }
        guard let name = value("name"), let domain = value("domain"), let kopnik = value("kopnik"),
            let passphraseKey = value("passphrase-key"), let drillKey = value("drill-key"),
            let content = value("content"), text.hasSuffix("\n")
        else {
            throw Failure(
                "this recovery kit is damaged", because: "a part of it is missing",
                fix: "use another copy of it; on the living site: kopnik recovery-kit")
        }
        self.name = name
        self.domain = domain
        self.kopnik = kopnik
        self.passphraseKey = passphraseKey
        self.drillKey = drillKey
        self.content = content
    }

    private init(
        name: String, domain: String, kopnik: String, passphraseKey: String, drillKey: String, content: String
    ) {
        self.name = name
        self.domain = domain
        self.kopnik = kopnik
        self.passphraseKey = passphraseKey
        self.drillKey = drillKey
        self.content = content
    }

    /// Encrypts a content so that the passphrase opens it, and the drills' key.
    static func seal(
        _ content: Content, name: String, domain: String, passphrase: Passphrase, drillKey: String, _ world: World
    ) async throws -> RecoveryKit {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let plain = String(decoding: try encoder.encode(content), as: UTF8.self)
        let key = RandomKey.draw()
        world.redaction.add(key)
        world.redaction.add(passphrase.description)
        // The digest goes in with it: another key opens to nonsense now and then, and says nothing.
        let body = "\(Digest(plain))\n\(plain)"
        return RecoveryKit(
            name: name, domain: domain, kopnik: content.kopnik,
            passphraseKey: try await encrypt(key, with: passphrase.description, world),
            drillKey: try await encrypt(key, with: drillKey, world), content: try await encrypt(body, with: key, world))
    }

    /// Opens it with the passphrase.
    /// - Throws: `Failure` where the passphrase is another, or the file was changed.
    public func open(with passphrase: Passphrase, _ world: World) async throws -> Content {
        guard let key = try await Self.decrypt(passphraseKey, with: passphrase.description, world), key.count == 64
        else {
            let words = passphrase.mistyped
            throw Failure(
                "the passphrase does not fit this recovery kit",
                because: words.isEmpty
                    ? "it belongs to another kit, or a word is wrong"
                    : "no passphrase has such a word: \(words.joined(separator: ", "))",
                fix: "type the seven words of the printed page once more")
        }
        return try await content(with: key, world)
    }

    /// Opens it with the drills' own key.
    func open(withDrillKey drill: String, _ world: World) async throws -> Content {
        guard let key = try await Self.decrypt(drillKey, with: drill, world), key.count == 64 else {
            throw Failure(
                "the recovery kit does not open with the drills' key", because: "the kit belongs to another site",
                fix: "kopnik recovery-kit")
        }
        return try await content(with: key, world)
    }

    private func content(with key: String, _ world: World) async throws -> Content {
        let damaged = Failure(
            "this recovery kit is damaged", because: "its content does not fit its own digest",
            fix: "use another copy of it; on the living site: kopnik recovery-kit")
        guard let body = try await Self.decrypt(content, with: key, world), let end = body.firstIndex(of: "\n") else {
            throw damaged
        }
        let plain = String(body[body.index(after: end)...])
        guard body[..<end] == "\(Digest(plain))" else { throw damaged }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let content = try? decoder.decode(Content.self, from: Data(plain.utf8)) else { throw damaged }
        for secret in [content.access.passphrase, content.access.key].compactMap({ $0 }) { world.redaction.add(secret) }
        return content
    }

    // MARK: openssl

    /// The password goes in on standard input and the text in a file that nobody else reads.
    private static func encrypt(_ text: String, with password: String, _ world: World) async throws -> String {
        try await withFile(text, world) { path in
            try await world.commands.require(
                Command(
                    "openssl", ["enc", "-salt"] + cipher + ["-pass", "stdin", "-in", path],
                    standardInput: password + "\n", timeLimit: .seconds(60)), toDo: "encrypt the recovery kit"
            ).text
        }
    }

    /// - Returns: `nil` where the password is another.
    private static func decrypt(_ text: String, with password: String, _ world: World) async throws -> String? {
        try await withFile(text, world) { path in
            let output = try await LocalCommandRunner().run(
                Command(
                    "openssl", ["enc", "-d"] + cipher + ["-pass", "stdin", "-in", path],
                    standardInput: password + "\n", timeLimit: .seconds(60)))
            return output.succeeded ? output.standardOutput : nil
        }
    }

    private static func withFile<Value>(_ text: String, _ world: World, _ body: (String) async throws -> Value)
        async throws -> Value
    {
        let folder = NSTemporaryDirectory() + "kopnik-kit-\(UUID().uuidString)"
        try world.files.makeFolder(folder, mode: 0o700)
        defer { try? world.files.remove(folder) }
        let path = "\(folder)/text"
        try world.files.write(text, to: path, mode: 0o600)
        return try await body(path)
    }
}
