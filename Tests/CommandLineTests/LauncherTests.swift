import Foundation
import Machine
import TestSupport
import Testing

/// The script `kopnik` at the top of the repository, in a folder of its own, with a released program that is a text.
@Suite(.timeLimit(.minutes(1))) struct `The launcher` {
    private let folder = TemporaryFolder("с пробелом $x")
    private let files = Files()

    /// What a release would bring: it tells what it was called with.
    private static let program = "#!/bin/sh\nprintf '%s\\n' \"$KOPNIK_TYPED\" \"$PWD\" \"$@\"\nexit 7\n"
    private static let original = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "kopnik").path(percentEncoded: false)

    private var script: String { folder.path + "/kopnik" }
    private var architecture: String {
        get async throws { try await LocalCommandRunner().run(Command("uname", ["-m"])).text }
    }

    /// Puts the script there, and beside it a release whose sum is given, or none.
    private func release(sum: String?) async throws {
        var text = try #require(files.text(of: Self.original))
        // A Swift of this computer at one of the places where it looks besides PATH and the person's home must not be found.
        let places = #/ (/[^ "$]*)/usr/bin/swift/#
        try #require(text.contains(places), "it looks in no fixed places any more")
        text = text.replacing(places, with: " /nonexistent/swift")
        try files.write(text, to: script, mode: 0o755)
        guard let sum else { return }
        let arch = try await architecture
        try files.write(Self.program, to: "\(folder.path)/release/kopnik-linux-\(arch)")
        let url = "file://" + (folder.path as NSString).appendingPathComponent("release")
        let encoded = try #require(url.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed.union([":"])))
        try files.write(
            "version 9.9.9\nurl \(encoded)\nsha256 \(arch) \(sum)\n", to: "\(folder.path)/release.txt")
    }

    private func sum() async throws -> String {
        let output = try await LocalCommandRunner().run(Command("sha256sum", standardInput: Self.program))
        return String(output.text.prefix(64))
    }

    /// Runs it with nothing of Swift in PATH.
    private func run(_ arguments: String...) async throws -> CommandOutput {
        try await LocalCommandRunner().run(
            Command(
                script, arguments,
                environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "SUDO_USER": "", "KOPNIK_TYPED": "wrong"],
                folder: "/", timeLimit: .seconds(30)))
    }

    @Test func `downloads the released program once, and runs it with all arguments`() async throws {
        try await release(sum: try await sum())
        let first = try await run("up", "--name", "два слова", "")
        #expect(first.exitCode == 7, "\(first)")
        #expect(first.standardOutput == "\(script)\n/\nup\n--name\nдва слова\n\n", "\(first)")
        #expect(first.standardError == "kopnik: downloading version 9.9.9\n")
        try files.remove(folder.path + "/release")
        let second = try await run("status")
        #expect(second.exitCode == 7 && second.standardError.isEmpty, "\(second)")
        #expect(second.lines.last == "status")
    }

    @Test func `refuses a program whose sum is not the released one, and keeps nothing of it`() async throws {
        try await release(sum: String(repeating: "0", count: 64))
        let output = try await run("up")
        #expect(output.exitCode == 1 && output.standardOutput.isEmpty, "\(output)")
        let lines = output.standardError.split(separator: "\n").map(String.init)
        try #require(lines.count == 4, "\(output)")
        #expect(lines[1] == "kopnik: the downloaded program is not the released one")
        #expect(lines[2].hasPrefix("  because: its SHA-256 sum differs"))
        #expect(lines[3].hasPrefix("  fix:     "))
        #expect(files.names(in: folder.path + "/.build-kopnik/release-9.9.9").isEmpty)
    }

    @Test(arguments: [true, false])
    func `says that Swift is missing where there is no release for this computer`(isThere: Bool) async throws {
        try await release(sum: isThere ? "" : nil)
        let arch = try await architecture
        let output = try await run("up")
        #expect(output.exitCode == 1 && output.standardOutput.isEmpty, "\(output)")
        let lines = output.standardError.split(separator: "\n").map(String.init)
        try #require(lines.count == 3, "\(output)")
        #expect(lines[0] == "kopnik: the program has to be built first, and Swift is missing")
        #expect(lines[1].contains("Swift 6.2 or later was found") && lines[1].contains("(\(arch))"))
        #expect(lines[2].contains("https://www.swift.org/install/linux/"))
    }

    @Test func `says that Swift is missing where the release cannot be downloaded`() async throws {
        try await release(sum: try await sum())
        try files.remove(folder.path + "/release")
        let output = try await run("up")
        #expect(output.exitCode == 1, "\(output)")
        #expect(output.standardError.contains("Swift is missing"), "\(output)")
        #expect(files.names(in: folder.path + "/.build-kopnik/release-9.9.9").isEmpty)
    }

    @Test func `is a script of sh`() async throws {
        let output = try await LocalCommandRunner().run(Command("sh", ["-n", Self.original]))
        #expect(output.succeeded && output.standardError.isEmpty, "\(output)")
    }
}
