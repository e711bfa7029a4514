import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite struct `Sources from folders` {
    let folder = TemporaryFolder("сайт $x, y")
    let files = Files()
    private var server: String { folder.path + "/../мой сервер 'a'" }
    private var client: String { folder.path + "/../client" }
    private func site(_ runner: ScriptedRunner = ScriptedRunner(real: ["cp"])) -> Deployment {
        deployment(in: folder, site: .folders(server, client), runner)
    }
    /// What either source's contract asks for.
    private static let package = #"{"scripts":{"server:production":"x","file-server":"x","build":"x"}}"#

    private func makeBoth() throws {
        for path in [server, client] {
            try files.write(Self.package, to: path + "/package.json")
            try files.write("x", to: path + "/src/файл.js", mode: 0o755)
            try files.makeLink(at: path + "/link", to: "src/файл.js")
        }
    }

    @Test func `are placed whole, once, and their owner's folder is left alone`() async throws {
        try makeBoth()
        let site = site()
        let step = SourcesStep(deployment: site)
        #expect(try await step.inspect().changes.count == 2)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
        let release = try #require(site.release())
        let placed = "\(site.layout.releases)/\(release.server)"
        #expect(files.tree(of: placed) == ["link", "package.json", "src/файл.js"])
        #expect(files.link(at: placed + "/link") == "src/файл.js" && mode(of: placed + "/src/файл.js") == 0o755)
        let before = files.names(in: site.layout.releases)
        #expect(before.count == 2 && !before.contains { $0.hasPrefix(".new") })
        try await step.apply { _ in }
        #expect(files.names(in: site.layout.releases) == before)
        #expect(files.tree(of: server) == ["link", "package.json", "src/файл.js"])
    }

    @Test func `are placed anew when a file of theirs was changed`() async throws {
        try makeBoth()
        let step = SourcesStep(deployment: site())
        try await step.apply { _ in }
        let first = site().release()
        try files.write("changed", to: server + "/src/файл.js")
        #expect(try await step.inspect().changes.count == 1)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
        #expect(site().release()?.server != first?.server && site().release()?.client == first?.client)
    }

    @Test func `are seen missing when the release is gone`() async throws {
        try makeBoth()
        let step = SourcesStep(deployment: site())
        try await step.apply { _ in }
        try files.remove("\(site().layout.releases)/\(try #require(site().release()).server)")
        #expect(try await step.inspect().changes.count == 1)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
    }

    @Test func `do not change by what npm and git leave in them`() async throws {
        try makeBoth()
        let step = SourcesStep(deployment: site())
        try await step.apply { _ in }
        for name in ["node_modules/x/y", ".git/HEAD", "dist/index.html"] {
            try files.write("new", to: "\(server)/\(name)")
        }
        #expect(try await step.inspect().isClean)
    }

    @Test func `that are not there are told before anything is done`() async throws {
        let failure = await #expect(throws: Failure.self) { try await SourcesStep(deployment: site()).inspect() }
        #expect(failure?.what == "there is no folder \(server)")
    }

    @Test func `that somebody changed where they run are a conflict for another release, and only then`() async throws {
        try makeBoth()
        let site = site()
        try await SourcesStep(deployment: site).apply { _ in }
        let placed = "\(site.layout.releases)/\(try #require(site.release()).server)"
        try files.write("changed by hand", to: placed + "/src/файл.js")
        // What npm and the application write is nobody's edit.
        try files.write("x", to: placed + "/log/root.log")
        #expect(try await SourcesStep(deployment: site).inspect().isClean)
        try files.write("another", to: server + "/new.js")
        let changes = try await SourcesStep(deployment: self.site()).inspect().changes
        #expect(changes.count == 1)
        #expect(changes.first?.conflict == "files of kp-server were changed by hand in \(placed)")
    }

    @Test func `that are known, but of which commit is not, say so in the plan and once they are placed`() async throws
    {
        try makeBoth()
        try files.write(
            #"{"name":"kp-sequelizejs","scripts":{"server":"x"},"dependencies":{"autobahn":"1"}}"#,
            to: server + "/package.json")
        let lines = try #require(try await SourcesStep(deployment: site()).inspect().changes.first?.difference)
        #expect(
            lines.contains("\n· of an unknown commit; looked at was e388d17 of October 2017: some of this may not fit"))
        try await SourcesStep(deployment: site()).apply { _ in }
        let summary = try await SourcesStep(deployment: site()).inspect().summary
        #expect(summary.contains("(of an unknown commit; looked at was e388d17 of October 2017)"), "\(summary)")
    }

    @Test func `that are used again are not taken for untouched, if somebody changed them where they ran`() async throws
    {
        try makeBoth()
        let first = site()
        try await SourcesStep(deployment: first).apply { _ in }
        let placed = "\(first.layout.releases)/\(try #require(first.release()).server)"
        try files.write("changed by hand", to: placed + "/src/файл.js")
        // Another version, and back to the first, which lies there still.
        try files.move(server + "/link", to: folder.path + "/link")
        try await SourcesStep(deployment: site()).apply { _ in }
        try files.move(folder.path + "/link", to: server + "/link")
        let back = site()
        try await SourcesStep(deployment: back).apply { _ in }
        #expect("\(back.layout.releases)/\(try #require(back.release()).server)" == placed)
        #expect(files.text(of: placed + "/src/файл.js") == "changed by hand")
        try files.write("another", to: server + "/new.js")
        let changes = try await SourcesStep(deployment: site()).inspect().changes
        #expect(changes.first?.conflict == "files of kp-server were changed by hand in \(placed)")
    }

    @Test func `without a package.json are told before anything is done`() async throws {
        try makeBoth()
        try files.remove(client + "/package.json")
        let failure = await #expect(throws: Failure.self) { try await SourcesStep(deployment: site()).inspect() }
        #expect(failure?.what == "\(client) has no package.json")
        #expect(failure?.fix?.contains("--demo") == true)
    }

    @Test func `copied by a run that was killed have no final folder, and the next run goes on`() async throws {
        try makeBoth()
        let site = site(ScriptedRunner([(["cp"], CommandOutput(exitCode: 137))]))
        // What such a copy leaves: half of it, under the other name.
        let half = site.layout.releases + "/.new-kp-server"
        try files.write("{}", to: half + "/package.json")
        try files.write("half", to: half + "/rest-of-the-killed-run")
        await #expect(throws: Failure.self) { try await SourcesStep(deployment: site).apply { _ in } }
        #expect(files.names(in: site.layout.releases).allSatisfy { $0.hasPrefix(".new") })
        #expect(site.release() == nil)
        let next = self.site()
        try await SourcesStep(deployment: next).apply { _ in }
        let release = try #require(next.release())
        #expect(!files.exists("\(next.layout.releases)/\(release.server)/rest-of-the-killed-run"))
    }

    @Test func `that are reached by a link are copied, not linked`() async throws {
        try makeBoth()
        let real = folder.path + "/../real"
        try files.move(server, to: real)
        try files.makeLink(at: server, to: "real")
        do {
            try await SourcesStep(deployment: site()).apply { _ in }
            let release = try #require(site().release())
            #expect(files.link(at: "\(site().layout.releases)/\(release.server)") == nil)
        }
    }
}

@Suite struct `The bundled demo` {
    let folder = TemporaryFolder()
    let files = Files()

    @Test func `is placed with its scripts, once`() async throws {
        let site = deployment(in: folder)
        let step = SourcesStep(deployment: site)
        let planned = try await step.inspect().changes.map(\.summary)
        #expect(planned.count == 2 && planned.allSatisfy { $0.contains("the bundled demo") })
        try await step.apply { _ in }
        #expect(try await step.inspect() == Inspection("kp-server demo, kp-client demo"))
        let release = try #require(site.release())
        #expect(files.exists("\(site.layout.releases)/\(release.client)/.crossbar/config.json"))
        #expect(files.exists("\(site.layout.releases)/\(release.server)/package.json"))
    }

    @Test func `is left for something else when that is asked for`() async throws {
        try await SourcesStep(deployment: deployment(in: folder)).apply { _ in }
        // Without git nothing can be said of it yet, and nothing is written to find out.
        let other = deployment(in: folder, site: Site(), MissingProgram())
        let changes = try await SourcesStep(deployment: other).inspect().changes
        #expect(changes.count == 2 && changes.allSatisfy { $0.difference?.contains("git") == true })
    }

    private struct MissingProgram: CommandRunner {
        func run(_ command: Command) async throws -> CommandOutput {
            var failure = Failure("could not run '\(command.executable)'")
            failure.isMissingProgram = true
            throw failure
        }
    }

    @Test func `is reached by links that lead to the release, and lead elsewhere with another`() throws {
        let layout = Layout(prefix: folder.path)
        let links = SourceLinks(layout: layout, release: .init(server: "s1", client: "c1"))
        try files.write("{}", to: "\(layout.releases)/s1/package.json")
        #expect(links.missing(files).count == 4)
        try links.make(files)
        #expect(links.missing(files).isEmpty)
        #expect(files.exists("\(layout.home)/kp-server/package.json"))
        #expect(
            SourceLinks(layout: layout, release: .init(server: "s1", client: "c2")).missing(files).map(\.path) == [
                "\(layout.sftp)/kp-client"
            ])
    }
}
