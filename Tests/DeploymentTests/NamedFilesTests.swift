import Foundation
import Machine
import Testing

@testable import Deployment

@Suite struct `Rows that name files` {
    @Test func `are read as compare-files tells them`() throws {
        let found = try #require(
            NamedFiles(
                """
                TABLE kopnik.public.File
                MISSING 322e6a7067 5000 - 1795642168
                MISSING d184d0b0d0b9d0bb 7 3 -
                COMPARED 20 2

                """))
        #expect(found.tables == ["kopnik.public.File"] && found.named == 20 && found.missingCount == 2)
        #expect(found.missing.map(\.name) == ["2.jpg", "файл"])
        #expect(found.missing[0].found == nil && found.missing[0].written != nil && found.missing[1].found == 3)
        #expect(found.words == "2 of the 20 files that rows name are missing")
        #expect(NamedFiles.names(found.missing) == "2.jpg, файл (3 bytes instead of 7)")
        #expect(NamedFiles("TABLE a\nMISSING 32 1 - -\n") == nil)
    }

    @Test func `of an unknown source are said to be unknown`() throws {
        #expect(try #require(NamedFiles("COMPARED 0 0\n")).words.contains("not known"))
    }

    @Test func `cannot steer a terminal by a name`() throws {
        let found = try #require(NamedFiles("MISSING 1b5b326a0a 1 - -\nCOMPARED 1 1\n"))
        #expect(found.missing[0].shown == "?[2j?")
    }

    /// The program itself, on this computer.
    @Test func `are compared with a folder, and no name leads out of it`() async throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "kopnik-named-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = folder.appending(path: "files")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        try Data("four".utf8).write(to: files.appending(path: "whole.txt"))
        try Data("cut".utf8).write(to: files.appending(path: "short.txt"))
        try Data("outside".utf8).write(to: folder.appending(path: "secret"))
        func hex(_ text: String) -> String {
            text.utf8.map { String(UInt16($0) + 256, radix: 16).suffix(2) }.joined()
        }
        let list = folder.appending(path: "list")
        try Data(
            """
            TABLE kopnik.public.demo_upload
            FILE \(hex("whole.txt")) 4 1795642168
            FILE \(hex("short.txt")) 4 1795642168
            FILE \(hex("gone.txt")) - -
            FILE \(hex("../secret")) 7 -
            FILE  1 -

            """.utf8
        ).write(to: list)
        let program = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../images/db/compare-files"
        ).standardizedFileURL.path(percentEncoded: false)
        let output = try await LocalCommandRunner().run(
            Command("perl", [program, list.path(percentEncoded: false), files.path(percentEncoded: false)]))
        let found = try #require(NamedFiles(output.standardOutput), "\(output)")
        #expect(found.named == 5 && found.missing.map(\.name) == ["short.txt", "gone.txt", "../secret", ""])
        let none = try await LocalCommandRunner().run(Command("perl", [program, "/nonexistent", "/"]))
        #expect(none.exitCode == 3)
    }
}
