import Blueprint
import Engine
import Foundation
import Machine
import Site

/// The site's secrets: born here once, 256 bits each, readable by their owner alone.
struct Secrets: Sendable {
    let deployment: Deployment

    /// Those that are drawn at random; what the services are given follows from them. The raw value is the file's name.
    private enum Drawn: String, CaseIterable {
        case databasePassword = "db-password"
        case crossbarPassword = "crossbar-password"
        case wampTicket = "wamp-ticket"
        case repositoryPassphrase = "repository-passphrase"
    }

    private func path(_ drawn: Drawn) -> String { "\(deployment.layout.secrets)/\(drawn.rawValue)" }
    private var keys: Keys { Keys(deployment: deployment) }

    private func missing() -> [Drawn] {
        Drawn.allCases.filter { (deployment.world.files.text(of: path($0)) ?? "").trimmed.count < 32 }
    }

    /// The names of those that are not there yet.
    func missingNames() -> [String] {
        missing().map(\.rawValue) + (keys.lacksPair ? ["web push keys"] : [])
            + (SigningKey(deployment: deployment).pem == nil ? [SigningKey.name] : [])
            + (DashboardLogin(deployment: deployment).isMissing ? ["dashboard-password"] : [])
    }

    /// Draws what is missing.
    func create() async throws {
        try deployment.world.files.makeFolder(deployment.layout.secrets, mode: 0o700)
        for drawn in missing() {
            try deployment.world.files.write(RandomKey.draw(), to: path(drawn), mode: 0o600)
        }
        try keys.checkPair()
        if keys.lacksPair { try await keys.makePair() }
        try await SigningKey(deployment: deployment).makeIfMissing()
        try await DashboardLogin(deployment: deployment).makeIfMissing()
    }

    private func value(_ drawn: Drawn) -> String? {
        guard let value = deployment.world.files.text(of: path(drawn))?.trimmed, value.count >= 32 else { return nil }
        deployment.world.redaction.add(value)
        return value
    }

    /// The value of each secret that containers are given; `nil` before those it follows from were drawn.
    func values() async throws -> [SecretKind: String]? {
        try keys.checkPair()
        guard let password = value(.databasePassword), let crossbar = value(.crossbarPassword),
            let ticket = value(.wampTicket), !keys.lacksPair,
            let signingKey = SigningKey(deployment: deployment).pem
        else { return nil }
        let given = Keys.Name.allCases.compactMap { name in keys.value(name).map { (name.rawValue, $0) } }
        let secrets = ApplicationSecrets(
            databasePassword: password, crossbarPassword: crossbar, wampTicket: ticket,
            keys: Dictionary(uniqueKeysWithValues: given))
        let site = deployment.site
        var values: [SecretKind: String] = [
            .databasePassword: password, .crossbarPassword: crossbar,
            .serverSettings: try ApplicationSettings.server(site, try await deployment.serverProfile(), secrets),
            .authenticator: try ApplicationSettings.authenticator(site, secrets),
            .dkimKey: signingKey,
            .mailLogin: ApplicationSettings.mailLogin(site, secrets),
            .repository: RepositoryKeys(deployment: deployment).text,
        ]
        if site.hosts.isPair {
            guard let keys = PairKeys(deployment: deployment).own else { return nil }
            values[.replication] = keys
        }
        return values
    }

    /// The name of each secret in the swarm: content in, name out.
    func names() async throws -> [SecretKind: String]? {
        try await values().map { values in
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
        var changes = secrets.missingNames().map { Change("make the secret '\($0)'") }
        let stored = Set((try? await deployment.docker.secretNames(labels: deployment.labels)) ?? [])
        let wanted = try await secrets.names()
        for kind in SecretKind.all(of: deployment.site) where wanted.map({ !stored.contains($0[kind] ?? "") }) ?? true {
            changes.append(Change("hand '\(kind.rawValue)' to Docker"))
        }
        return Inspection("\(SecretKind.all(of: deployment.site).count) kept on this computer only", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let secrets = Secrets(deployment: deployment)
        try await secrets.create()
        try RepositoryKeys(deployment: deployment).keepAuthority()
        guard let values = try await secrets.values(), let names = try await secrets.names() else { return }
        let stored = Set(try await deployment.docker.secretNames(labels: deployment.labels))
        for (kind, name) in names.sorted(by: { $0.value < $1.value }) where !stored.contains(name) {
            try await deployment.docker.createSecret(name, value: values[kind] ?? "", labels: deployment.labels)
        }
    }
}
