import Foundation
import Machine
import Site

/// The newest commits of the sources: each repository is asked once in a run, so that a plan and what follows it speak of the same ones.
struct NewestCommits: Sendable {
    private let known = Once<SourceKind, String?>()

    /// All 40 digits; `nil` where the source is no git repository, or its reference names a commit for good.
    func commit(_ kind: SourceKind, _ deployment: Deployment) async throws -> String? {
        try await known.value(kind) {
            guard case .git(let url, let ref) = kind.source(in: deployment.site) else { return nil }
            return try await GitSource(deployment: deployment, url: url, ref: ref, kind: kind, log: nil).newest()
        }
    }

    /// It is the newest now, whatever is pushed meanwhile.
    func forget(_ kind: SourceKind) async { await known.set(kind, to: nil) }
}

extension SourcePlace {
    /// The newest commit, if an update is asked for and it is not the one that was placed.
    func newer(than placed: PlacedSource) async throws -> String? {
        guard deployment.options.isUpdate, let commit = try await deployment.newest.commit(kind, deployment) else {
            return nil
        }
        return placed.folder.hasPrefix("\(kind.rawValue)-\(commit.prefix(12))") ? nil : commit
    }
}

extension GitSource {
    /// The commit that the reference names at its repository now; `nil` where it is a commit itself.
    /// - Throws: `Failure` where the repository does not answer or has no such reference.
    func newest() async throws -> String? {
        guard !ref.contains(#/^[0-9a-f]{40}$/#) else { return nil }
        let output = try await deployment.world.commands.run(
            Command(
                "git", ["ls-remote", "--", url, ref, "\(ref)^{}"], environment: Self.environment,
                timeLimit: .seconds(90)))
        guard output.succeeded, let commit = Self.commit(of: ref, in: output.standardOutput) else {
            throw Failure(
                "could not ask for the newest \(kind.rawValue)",
                because: output.succeeded ? "\(url) has no branch or tag '\(ref)'" : output.lastWords,
                fix:
                    "check the address, the branch '\(ref)' and the network, then run the same command again; what runs goes on running"
            )
        }
        return commit
    }

    /// Reads what `git ls-remote` prints, in the order in which `git fetch` takes a name for a reference (gitrevisions(7)).
    static func commit(of ref: String, in text: String) -> String? {
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "\t", maxSplits: 1)
            if parts.count == 2 { found[String(parts[1])] = String(parts[0]) }
        }
        for name in [ref, "refs/\(ref)", "refs/tags/\(ref)", "refs/heads/\(ref)"] {
            // Of a tag with words of its own, what it is a tag of.
            if let commit = found["\(name)^{}"] ?? found[name] { return commit }
        }
        return nil
    }
}
