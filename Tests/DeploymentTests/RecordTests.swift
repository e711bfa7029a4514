import Blueprint
import Engine
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite struct `The settings folder` {
    let folder = TemporaryFolder("Мой сайт")
    let files = Files()
    private var layout: Layout { Layout(prefix: folder.path) }
    private var settings: SettingsFolder { SettingsFolder(layout: layout, files: files) }
    private func file(_ text: String, _ path: String = "nginx/nginx.conf") -> GeneratedFile {
        GeneratedFile(path: path, contents: text)
    }

    @Test func `is as it should be once it was written, and again`() throws {
        let wanted = [file("a"), file("b", "compose.yaml")]
        #expect(settings.differences(from: wanted).map(\.cause) == [.new, .new])
        try settings.write(wanted)
        #expect(settings.differences(from: wanted).isEmpty)
        try settings.write(wanted)
        #expect(settings.differences(from: wanted).isEmpty)
    }

    @Test func `knows its own old files from edited ones`() throws {
        try settings.write([file("one\n"), file("b", "compose.yaml")])
        #expect(
            settings.differences(from: [file("two\n")]) == [
                .init(path: "nginx/nginx.conf", cause: .outdated, description: "- one\n+ two\n  ")
            ])
        try files.write("theirs\n", to: layout.settings + "/nginx/nginx.conf")
        #expect(settings.differences(from: [file("one\n")]).map(\.cause) == [.editedByHand])
        #expect(settings.differences(from: [file("two\n")]).map(\.cause) == [.editedByHand])
    }

    @Test func `has nothing to say of an edit that is just what should be there`() throws {
        try settings.write([file("one")])
        try files.write("two", to: layout.settings + "/nginx/nginx.conf")
        #expect(settings.differences(from: [file("two")]).isEmpty)
    }

    @Test func `sees a removed file as one that is to be written`() throws {
        try settings.write([file("one")])
        try files.remove(layout.settings + "/nginx/nginx.conf")
        #expect(settings.differences(from: [file("one")]).map(\.cause) == [.new])
    }

    @Test func `takes files for edited where the record was lost`() throws {
        try settings.write([file("one")])
        try files.remove(layout.state + "/written.json")
        #expect(settings.differences(from: [file("two")]).map(\.cause) == [.editedByHand])
    }

    @Test func `that a killed run left half written is not taken for somebody's edit`() throws {
        try settings.write([file("one")])
        // A folder where the file should be: the run ends between the first note and the file.
        let path = layout.settings + "/nginx/nginx.conf"
        try files.remove(path)
        try files.makeFolder(path)
        #expect(throws: Failure.self) { try settings.write([file("two")]) }
        try files.remove(path)
        for text in ["one", "two"] {
            try files.write(text, to: path)
            #expect(settings.differences(from: [file("three")]).map(\.cause) == [.outdated], "\(text)")
        }
    }
}

@Suite struct `The last deployment` {
    let folder = TemporaryFolder()
    private func state(_ name: String, _ specification: String) -> ServiceState {
        ServiceState(name: name, id: name, image: "i", replicas: 1, specification: specification)
    }

    @Test func `is read back as it was written`() throws {
        let layout = Layout(prefix: folder.path)
        let deployed = DeployedStack(
            release: .init(server: "s", client: "c"), site: "name: k", files: ["b": "2", "a": "1"],
            services: ["db": "x"])
        try deployed.write(layout, files: Files())
        #expect(DeployedStack.read(layout, files: Files()) == deployed)
        #expect(
            deployed.generated == [GeneratedFile(path: "a", contents: "1"), GeneratedFile(path: "b", contents: "2")])
        try Files().write("{", to: DeployedStack.path(layout))
        #expect(DeployedStack.read(layout, files: Files()) == nil)
    }

    @Test func `tells which services somebody changed since`() {
        let deployed = DeployedStack(
            release: .init(server: "s", client: "c"), site: "name: k", files: [:],
            services: ["db": Digest("old").short, "mail": Digest("same").short])
        #expect(
            deployed.changedByHand([state("db", "new"), state("mail", "same"), state("nginx", "unknown")]) == ["db"])
    }
}

@Suite struct `The manifest` {
    let folder = TemporaryFolder()
    private var path: String { folder.path + "/state/manifest.json" }

    @Test func `is empty where there is none, or a damaged one`() throws {
        #expect(Manifest.read(path) == Manifest())
        try Files().write("{\"packages\": [", to: path)
        #expect(Manifest.read(path) == Manifest())
    }

    @Test func `keeps what was noted before`() throws {
        try Manifest.change(path) { $0.packages = ["docker.io"] }
        try Manifest.change(path) { $0.madeSwarm = true }
        try Manifest.change(path) { $0.trustedCertificate = "/x" }
        let manifest = Manifest.read(path)
        #expect(
            manifest.packages == ["docker.io"] && manifest.madeSwarm && manifest.trustedCertificate == "/x"
                && !manifest.startedDaemon)
        #expect(mode(of: path) == 0o600)
    }
}
