import Blueprint
import Engine
public import Foundation
import Machine

/// One state of the whole site that ran healthy: sources, client, images and settings, and all that is needed to return to it.
public struct Release: Codable, Sendable, Equatable {
    /// 1, 2, 3 …; never used twice.
    public var number: Int
    /// When it first ran healthy.
    public var at: Date
    /// Who made it.
    public var by: String
    /// What of each source it runs, in words: a commit, `demo`, a folder.
    public var titles: [String: String]
    /// The id of each image by its tag.
    public var images: [String: String]
    /// The swarm's secrets that its containers are given, by name.
    var secrets: [String]
    /// Where its sources lie, as `up` knows it.
    var sources: [SourceKind.RawValue: PlacedSource]
    /// Of when its base image is, if it was renewed.
    var base: String?
    var stack: DeployedStack
}

/// The last few releases; on the disk a file each.
public struct Releases: Sendable {
    /// How many are kept.
    public static let count = 5

    let deployment: Deployment

    /// Those of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }
    private func path(_ number: Int) -> String { "\(layout.releaseRecords)/\(number).json" }

    /// Those that are kept, the oldest first.
    public var all: [Release] {
        return files.names(in: layout.releaseRecords).filter { $0.hasSuffix(".json") }.compactMap { name in
            files.record(Release.self, at: "\(layout.releaseRecords)/\(name)")
        }.sorted { $0.number < $1.number }
    }

    /// The one that runs, or ran last.
    public var current: Release? {
        guard let deployed = DeployedStack.read(layout, files: files) else { return nil }
        return all.last { $0.stack.isSame(as: deployed) }
    }

    /// The folders of `.releases` that run, or that somebody may return to.
    var folders: Set<String> {
        let stacks = all.map(\.stack) + [DeployedStack.read(layout, files: files)].compactMap { $0 }
        return Set(stacks.flatMap { [$0.release.server, $0.release.client] })
    }

    /// Notes what an older kopnik raised, which kept no releases.
    func adopt() async throws {
        guard all.isEmpty else { return }
        var deployment = deployment
        // What is known of it, not of the update that is on its way.
        deployment.options.isUpdate = false
        try await Releases(deployment: deployment).record()
        await deployment.images.forget()
    }

    /// Notes what runs healthy now. What is the same as an earlier one is that one again.
    func record() async throws {
        guard let deployed = DeployedStack.read(layout, files: files) else { return }
        let known = all
        var release: Release
        if let same = known.last(where: { $0.stack.isSame(as: deployed) }) {
            release = same
        } else {
            release = Release(
                number: (known.last?.number ?? 0) + 1, at: deployment.world.now(), by: deployment.world.person.name,
                titles: [:], images: [:], secrets: [], sources: [:], base: nil, stack: deployed)
        }
        release.stack = deployed
        release.images = try await images()
        release.secrets = Self.secrets(in: deployed)
        for kind in SourceKind.allCases {
            guard let placed = SourcePlace(deployment: deployment, kind: kind).placed(),
                [deployed.release.server, deployed.release.client].contains(placed.folder)
            else { continue }
            release.sources[kind.rawValue] = placed
            release.titles[kind.rawValue] = placed.title
        }
        release.base = BaseStamp.read(deployment)
        try files.write(record: release, to: path(release.number))
    }

    /// The images that the services run, by tag.
    private func images() async throws -> [String: String] {
        let plan = try await deployment.images.plan(deployment)
        // What they were built from too: otherwise an 'up' after a 'rollback' would build that anew.
        let bases = [plan.root] + (plan.tags[.base].map { [$0] } ?? [])
        let tags = Set(try await deployment.docker.services(of: deployment.stack).map(\.image) + bases)
        return try await deployment.docker.imageIDs(tags.sorted())
    }

    /// The names of the swarm's secrets stand in the compose file, and carry the digests of their contents.
    private static func secrets(in stack: DeployedStack) -> [String] {
        guard let compose = stack.files["compose.yaml"] else { return [] }
        return Array(Set(compose.matches(of: #/name: "(?<name>[^"]+_[a-z-]+-[0-9a-f]{12})"/#).map { String($0.name) }))
            .sorted()
    }

    /// Forgets all but the last few, and never the one that runs.
    /// - Returns: those that were forgotten.
    func forgetOld() throws -> [Release] {
        let running = current?.number
        let old = all.dropLast(Self.count).filter { $0.number != running }
        for release in old { try files.remove(path(release.number)) }
        return old
    }
}

extension DeployedStack {
    /// Whether it is the same to whoever uses the site: what Docker made of it does not count.
    func isSame(as other: DeployedStack) -> Bool { files == other.files && release == other.release }
}
