import Blueprint
import Engine
import Foundation
import Machine
import Site

/// The site's secrets: born here once, 256 bits each, readable by their owner alone.
struct Secrets: Sendable {
    let deployment: Deployment

    /// Those that are drawn at random; the others follow from them.
    private static let drawn: [SecretKind] = [.databasePassword, .wampTicket]

    private func path(_ kind: SecretKind) -> String { "\(deployment.layout.secrets)/\(kind.rawValue)" }

    /// Kinds that are not there yet.
    func missing() -> [SecretKind] {
        Self.drawn.filter { (deployment.world.files.text(of: path($0)) ?? "").trimmed.count < 32 }
    }

    /// Draws what is missing.
    func create() throws {
        try deployment.world.files.makeFolder(deployment.layout.secrets, mode: 0o700)
        for kind in missing() {
            var generator = SystemRandomNumberGenerator()  // getrandom(2)
            let words = (0..<4).map { _ in generator.next() as UInt64 }
            let text = words.map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
            try deployment.world.files.write(text, to: path(kind), mode: 0o600)
        }
    }

    /// Every secret's value, drawn and derived; `nil` before they were created.
    func values() throws -> [SecretKind: String]? {
        var values: [SecretKind: String] = [:]
        for kind in Self.drawn {
            guard let value = deployment.world.files.text(of: path(kind))?.trimmed, value.count >= 32 else {
                return nil
            }
            deployment.world.redaction.add(value)
            values[kind] = value
        }
        guard let password = values[.databasePassword], let ticket = values[.wampTicket] else { return nil }
        values[.serverSettings] = try ApplicationSettings.rendered(
            site: deployment.site, databasePassword: password, wampTicket: ticket)
        return values
    }

    /// The name of each secret in the swarm: content in, name out.
    func names() throws -> [SecretKind: String]? {
        try values().map { values in
            Dictionary(
                uniqueKeysWithValues: values.map { kind, value in
                    (kind, "\(deployment.site.name)_\(kind.rawValue)-\(Digest(value).short)")
                })
        }
    }
}

/// The secrets exist, and the swarm holds them for the containers.
struct SecretsStep: Step {
    let deployment: Deployment
    let name = "Secrets"

    func inspect() async throws -> Inspection {
        let secrets = Secrets(deployment: deployment)
        var changes = secrets.missing().map { Change("make the secret '\($0.rawValue)'") }
        let stored = Set((try? await deployment.docker.secretNames(labels: deployment.labels)) ?? [])
        let wanted = try secrets.names()
        for kind in SecretKind.allCases where wanted.map({ !stored.contains($0[kind] ?? "") }) ?? true {
            changes.append(Change("hand '\(kind.rawValue)' to Docker"))
        }
        return Inspection("\(SecretKind.allCases.count) kept on this computer only", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let secrets = Secrets(deployment: deployment)
        try secrets.create()
        guard let values = try secrets.values(), let names = try secrets.names() else { return }
        let stored = Set(try await deployment.docker.secretNames(labels: deployment.labels))
        for (kind, name) in names.sorted(by: { $0.value < $1.value }) where !stored.contains(name) {
            try await deployment.docker.createSecret(name, value: values[kind] ?? "", labels: deployment.labels)
        }
    }
}
