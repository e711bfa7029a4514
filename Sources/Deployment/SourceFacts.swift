public import Blueprint
import Bundled
import Foundation
import Machine
import Site

/// What a source says of itself, read where it lies or, before it was placed, where it comes from.
struct SourceFacts: Sendable, Equatable {
    var package: PackageFacts
    /// Its `.crossbar/config.json`; only kp-client has one.
    var crossbar: String?
    /// For people: `demo`, a commit, or a folder.
    var title: String
    /// How it stands to what was looked at; `nil` where nothing was.
    var acquaintance: Acquaintance?
}

/// Reads each source's facts once in a run: before it is placed that takes a fetch.
struct SourceFactsCache: Sendable {
    private let known = Once<SourceKind, SourceFacts?>()

    func facts(_ kind: SourceKind, _ deployment: Deployment) async throws -> SourceFacts? {
        try await known.value(kind) { try await SourcePlace(deployment: deployment, kind: kind).facts() }
    }

    /// What was read before it was placed may be another commit by now.
    func forget(_ kind: SourceKind) async { await known.forget(kind) }
}

extension SourcePlace {
    /// - Returns: `nil` where git, which would fetch it, is not installed yet.
    /// - Throws: `Failure` where the source is not there or breaks the contract.
    fileprivate func facts() async throws -> SourceFacts? {
        if let placed = placed() {
            var facts = try facts(in: "\(deployment.layout.releases)/\(placed.folder)", placed.title)
            facts.acquaintance = placed.acquaintance
            return facts
        }
        switch kind.source(in: deployment.site) {
        case .demo:
            func bundled(_ name: String) -> Data? {
                BundledFile.files(under: "demo/\(kind.rawValue)").first { $0.path.hasSuffix("/" + name) }.map {
                    Data($0.contents)
                }
            }
            return try facts("demo") { bundled($0) }
        case .folder(let path):
            try checkFolder(path)
            var facts = try facts(in: path, (path as NSString).lastPathComponent)
            facts.acquaintance = await acquaintance(of: path, facts.package)
            return facts
        case .git(let url, let ref):
            // Not into the site's folder: `plan` changes nothing.
            let folder = NSTemporaryDirectory() + "kopnik-\(UUID().uuidString)"
            defer { try? deployment.world.files.remove(folder) }
            do {
                let source = GitSource(deployment: deployment, url: url, ref: ref, kind: kind, log: nil)
                var facts = try facts(in: folder, try await source.clone(to: folder).title)
                facts.acquaintance = await acquaintance(of: folder, facts.package)
                return facts
            } catch let failure as Failure where failure.isMissingProgram { return nil }
        }
    }

    /// Up to which commit a source like this was looked at.
    func lookedAt(_ package: PackageFacts) -> LookedAt? {
        kind == .server ? ServerProfile.of(package).lookedAt : ClientProfile.of(package).lookedAt
    }

    /// What is to be said of its age, if anything.
    func words(_ facts: SourceFacts) -> String? {
        lookedAt(facts.package).flatMap { looked in facts.acquaintance?.words(looked) }
    }

    /// How what lies in a folder stands to what was looked at; `nil` where nothing was.
    func acquaintance(of folder: String, _ package: PackageFacts) async -> Acquaintance? {
        guard let looked = lookedAt(package) else { return nil }
        // Of a folder of somebody's own, not of a repository that it lies in.
        guard deployment.world.files.exists("\(folder)/.git") else { return .unknown }
        return await GitHistory(deployment: deployment).acquaintance(of: folder, looked)
    }

    private func facts(in folder: String, _ title: String) throws -> SourceFacts {
        try facts(title) { deployment.world.files.data(of: "\(folder)/\($0)") }
    }

    private func facts(_ title: String, _ read: (String) -> Data?) throws -> SourceFacts {
        let package = try package(read("package.json"))
        let crossbar = read(".crossbar/config.json").map { String(decoding: $0, as: UTF8.self) }
        return SourceFacts(package: package, crossbar: crossbar, title: title)
    }
}

extension Deployment {
    /// What a source says of itself; `nil` where it cannot be read yet.
    func facts(_ kind: SourceKind) async throws -> SourceFacts? { try await sources.facts(kind, self) }

    /// What is known of this kp-server.
    public func serverProfile() async throws -> ServerProfile {
        var profile = try await facts(.server).map { ServerProfile.of($0.package) } ?? .plain
        if let release = site.node.server { profile.node = release }
        return profile
    }

    /// What is known of this kp-client.
    public func clientProfile() async throws -> ClientProfile {
        var profile = try await facts(.client).map { ClientProfile.of($0.package) } ?? .plain
        if let release = site.node.client { profile.node = release }
        return profile
    }
}
