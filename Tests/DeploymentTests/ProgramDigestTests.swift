import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite struct `The digest of the program` {
    let folder = TemporaryFolder()
    private let runner = ScriptedRunner(real: ["sha256sum"])
    private var program: String { folder.path + "/program" }

    private func read() async throws -> String {
        var world = World.test(runner)
        world.program = program
        return try await ProgramDigest.read(
            Deployment(world: world, site: .demo, layout: Layout(prefix: folder.path), options: .init()))
    }

    @Test func `is worked out once, and anew when the file is another one`() async throws {
        let files = Files()
        try files.write("one", to: program)
        try files.makeFolder(deployment(in: folder, runner).layout.state)
        let first = try await read()
        #expect(try await read() == first && runner.log.count == 1)
        // Of the same size, and made to look as old.
        let date = try #require(files.changed(program))
        try Data("two".utf8).write(to: URL(filePath: program))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: program)
        let second = try await read()
        #expect(second != first && runner.log.count == 2)
        #expect(try await read() == second && runner.log.count == 2)
    }

    @Test func `makes no folder where nothing was raised`() async throws {
        try Files().write("one", to: program)
        _ = try await read()
        _ = try await read()
        #expect(runner.log.count == 2)
        #expect(!Files().isFolder(deployment(in: folder, runner).layout.state))
    }
}
