import Blueprint
import Engine
import Foundation
import Machine
import Site
import Synchronization
import TestSupport
import Testing

@testable import Deployment

/// What is kept of releases, and what goes.
@Suite struct `Releases that are kept` {
    let folder = TemporaryFolder("Мой сайт, $x")
    private let removed = Removed()

    private final class Removed: Sendable { let tags = Mutex<[String]>([]) }

    private func site(images: [String] = [], now: Date = Date(timeIntervalSince1970: 1_795_000_000)) -> Deployment {
        let runner = ScriptedRunner(
            real: ["sha256sum", "cp"],
            answers: [
                (["docker", "service", "ls"], { _ in CommandOutput() }),
                (
                    ["docker", "image", "ls"],
                    { command in
                        let isRoot = command.arguments[2].hasSuffix("/root")
                        let tags = images.filter { $0.contains("/root:") == isRoot }
                        return CommandOutput(standardOutput: tags.joined(separator: "\n"))
                    }
                ),
                (
                    ["docker", "image", "rm"],
                    { [removed] command in
                        removed.tags.withLock { $0.append(command.arguments[2]) }
                        return CommandOutput()
                    }
                ),
                (["docker", "image", "prune"], { _ in CommandOutput() }),
                (["docker", "image", "inspect"], { _ in CommandOutput() }),
            ])
        return deployment(in: folder, runner, now: { now })
    }

    /// Notes a stack as the one that runs, and keeps it as a release.
    private func run(_ name: String, _ site: Deployment) async throws {
        let compose = "secrets:\n  a:\n    name: \"kopnik_db-password-0123456789ab\"\n# \(name)\n"
        let stack = DeployedStack(
            release: SourceRelease(server: "kp-server-\(name)", client: "kp-client-\(name)"), site: "name: kopnik\n",
            files: ["compose.yaml": compose], services: [:])
        try stack.write(site.layout, files: site.world.files)
        for folder in [stack.release.server, stack.release.client] {
            try site.world.files.write("{}", to: "\(site.layout.releases)/\(folder)/package.json")
            let kind: SourceKind = folder.hasPrefix("kp-server") ? .server : .client
            let place = SourcePlace(deployment: site, kind: kind)
            try site.world.files.write(
                place.treeDigest(of: "\(site.layout.releases)/\(folder)").short, to: place.treeRecord(folder))
        }
        try await Releases(deployment: site).record()
    }

    @Test func `are numbered, and what is the same as an earlier one is that one again`() async throws {
        let site = site()
        let releases = Releases(deployment: site)
        for name in ["a", "b", "a", "c"] { try await run(name, site) }
        #expect(releases.all.map(\.number) == [1, 2, 3])
        #expect(releases.current?.number == 3)
        try await run("b", site)
        #expect(releases.current?.number == 2)
        #expect(releases.all[0].secrets == ["kopnik_db-password-0123456789ab"])
        #expect(releases.folders.contains("kp-client-c"))
        #expect(try site.release(toReturnTo: nil).number == 1)
        #expect(throws: Failure.self) { try site.release(toReturnTo: 9) }
    }

    @Test
    func
        `are the last five and the one that runs; folders, marks and images of others go, and nothing that is not ours`()
        async throws
    {
        let site = site(images: [
            "127.0.0.1:1/kopnik/db:old", "127.0.0.1:1/kopnik/root:trixie-20250101T000000",
            "127.0.0.1:1/kopnik/root:trixie",
        ])
        let files = site.world.files
        for name in ["a", "b", "c", "d", "e", "f", "g"] { try await run(name, site) }
        try await run("a", site)
        // Somebody changed a file in one that goes, and something else lies beside.
        try files.write("{\"mine\": 1}", to: "\(site.layout.releases)/kp-server-b/package.json")
        try files.write("mine", to: "\(site.layout.releases)/other/note")
        let long = "\(site.layout.logs)/stack.log"
        try files.write(String(repeating: "x", count: 6 << 20), to: long)
        try await site.tidy()
        #expect(Releases(deployment: site).all.map(\.number) == [1, 3, 4, 5, 6, 7])
        #expect(files.isFolder("\(site.layout.releases)/kp-server-a"))
        #expect(!files.exists("\(site.layout.releases)/kp-client-b"))
        #expect(!files.exists("\(site.layout.sources)/kp-client-b.tree"))
        #expect(files.isFolder("\(site.layout.releases)/kp-server-b"))
        #expect(files.text(of: "\(site.layout.releases)/other/note") == "mine")
        #expect(!files.exists(long) && files.exists(long + ".old"))
        #expect(
            removed.tags.withLock { $0.sorted() } == [
                "127.0.0.1:1/kopnik/db:old", "127.0.0.1:1/kopnik/root:trixie-20250101T000000",
            ])
    }

    @Test func `have the hashed files of earlier clients at hand for open pages, and no others`() async throws {
        let site = site()
        let files = site.world.files
        try await run("a", site)
        let dist = "\(site.layout.releases)/kp-client-a/dist"
        for name in ["assets/main.0123456789.js", "index.html", "static/js/1.0123456789abcdef.js.map"] {
            try files.write("a", to: "\(dist)/\(name)")
        }
        try await run("b", site)
        try EarlierAssets(deployment: site).keep(besides: SourceRelease(server: "kp-server-b", client: "kp-client-b"))
        #expect(
            files.tree(of: site.layout.earlierAssets) == [
                "assets/main.0123456789.js", "static/js/1.0123456789abcdef.js.map",
            ])
        try files.remove("\(site.layout.releaseRecords)/1.json")
        try EarlierAssets(deployment: site).keep(besides: SourceRelease(server: "kp-server-b", client: "kp-client-b"))
        #expect(files.tree(of: site.layout.earlierAssets) == [])
    }

    @Test func `are never built in: what runs is copied first, with what somebody changed in it`() async throws {
        let site = site()
        let files = site.world.files
        let place = SourcePlace(deployment: site, kind: .server)
        try await SourcesStep(deployment: site).apply { _ in }
        let first = try #require(place.placed())
        // Nothing runs from it yet.
        try await place.copyApart(withPackages: false)
        #expect(place.placed()?.folder == first.folder)
        let stack = DeployedStack(
            release: SourceRelease(server: first.folder, client: "c"), site: "", files: [:], services: [:])
        try stack.write(site.layout, files: files)
        try files.write("mine", to: "\(site.layout.releases)/\(first.folder)/src/mine.js")
        try files.write("old", to: "\(site.layout.releases)/\(first.folder)/node_modules/pg/index.js")
        try await place.copyApart(withPackages: false)
        let second = try #require(place.placed())
        #expect(second.folder == first.folder + "+2")
        #expect(files.text(of: "\(site.layout.releases)/\(second.folder)/src/mine.js") == "mine")
        #expect(!files.exists("\(site.layout.releases)/\(second.folder)/node_modules"))
        #expect(files.text(of: "\(site.layout.releases)/\(first.folder)/node_modules/pg/index.js") == "old")
        #expect(place.editedByHand() != nil)
        #expect(SourcePlace.freeName(after: "a+2", among: ["a", "a+2"]) == "a+3")
    }
}
