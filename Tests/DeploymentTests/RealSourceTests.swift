import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

/// Repositories of the real sources on this computer.
private enum RealSources {
    static let server = ProcessInfo.processInfo.environment["KOPNIK_REAL_KP_SERVER"]
    static let client = ProcessInfo.processInfo.environment["KOPNIK_REAL_KP_CLIENT"]
    static var areHere: Bool { server != nil && client != nil }
}

/// The real kp-server and kp-client, where they can be had: `kopnik-test` fetches them and names them, or says UNPROVEN at its end.
@Suite(.enabled(if: RealSources.areHere, "kopnik-test says UNPROVEN: the real sources could not be fetched"))
struct RealSourceTests {
    let folder = TemporaryFolder()

    private func site(_ ref: String) throws -> Deployment {
        let (server, client) = (try #require(RealSources.server), try #require(RealSources.client))
        let sources = Site.Sources(
            server: .git(url: "file://" + server, ref: ref), client: .git(url: "file://" + client))
        return deployment(
            in: folder, site: Site(sources: sources), ScriptedRunner(real: ["git", "sha256sum"]),
            environment: ProcessInfo.processInfo.environment)
    }

    @Test(arguments: [("master", "kp-server of 2017 (WAMP)", 8), ("v2", "kp-server of 2018 (REST)", 7)])
    func `are known by what they say of themselves, and the plan says what is done for each`(
        ref: String, title: String, least: Int
    ) async throws {
        let site = try site(ref)
        #expect(try await site.serverProfile().title == title)
        #expect(try await site.clientProfile().title == "kp-client of 2018 (webpack 2)")
        let changes = try await SourcesStep(deployment: site).inspect().changes
        let lines = try #require(changes.first?.difference).split(separator: "\n")
        #expect(lines.count >= least && lines[0] == "it is \(title):")
        // Newer is no fault of this program's, but it has to be seen.
        for kind in SourceKind.allCases {
            let found = try await site.facts(kind)?.acquaintance
            #expect(found == .known || found == .newer)
        }
    }

    @Test func `have a .crossbar/config.json of which three points are changed, and no others`() async throws {
        let site = try site("master")
        let original = try #require(try await site.facts(.client)?.crossbar)
        let derived = try CrossbarSettings(original: original)
        #expect(derived.rules.map { $0.prefix { $0 != ":" } } == ["pythonpath", "ws", "ws"])
        let mended =
            original.replacing("\"auto_ping_size\": 4", with: "\"auto_ping_size\": 12")
            .replacing(#/"type": "file",\s*"filename": "cookies.dat"/#, with: #""type": "memory""#)
            .replacing(#/"pythonpath": \[[^\]]*\]/#, with: #""pythonpath": ["/opt/kopnik"]"#)
        func object(_ text: String) throws -> NSDictionary? {
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        }
        #expect(try object(derived.text) == object(mended))
    }

    @Test func `are placed whole, with what git tracks left as it is`() async throws {
        let site = try site("master")
        try await SourcesStep(deployment: site).apply { _ in }
        let release = try #require(site.release())
        let server = "\(site.layout.releases)/\(release.server)"
        let status = try await LocalCommandRunner().run(Command("git", ["-C", server, "status", "--porcelain"]))
        #expect(status.succeeded && status.text.isEmpty, "\(status)")
        // It writes its logs there, and git does not bring the folder.
        #expect(Files().isFolder(server + "/log"))
        #expect(try await SourcesStep(deployment: site).inspect().isClean)
    }
}
