import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Files are` {
    let folder = TemporaryFolder("с пробелом $x")
    let files = Files()
    private var root: String { folder.path }

    @Test func `written whole, with their folders and their mode, and nothing is left beside them`() throws {
        let path = root + "/a/b/c.txt"
        try files.write("one", to: path, mode: 0o600)
        try files.write("two", to: path, mode: 0o640)
        #expect(files.text(of: path) == "two")
        #expect(try mode(of: path) == 0o640)
        #expect(files.names(in: root + "/a/b") == ["c.txt"])
    }

    @Test func `written over a link without following it`() throws {
        try files.write("theirs", to: root + "/theirs")
        try files.makeLink(at: root + "/link", to: "theirs")
        try files.write("ours", to: root + "/link")
        #expect(files.text(of: root + "/theirs") == "theirs")
        #expect(files.link(at: root + "/link") == nil)
    }

    @Test func `not written over a folder, and the failure names the path`() throws {
        try files.makeFolder(root + "/folder/inner")
        let failure = #expect(throws: Failure.self) { try files.write("x", to: root + "/folder") }
        #expect(failure?.what == "could not write \(root)/folder")
        #expect(files.names(in: root) == ["folder"])
    }

    @Test func `read from an offset, and not further back than the limit`() throws {
        try files.write("0123456789", to: root + "/log")
        #expect(files.text(of: root + "/log", from: 4, limit: 100) == "456789")
        #expect(files.text(of: root + "/log", from: 0, limit: 3) == "789")
        #expect(files.text(of: root + "/log", from: 10, limit: 3).isEmpty)
        #expect(files.text(of: root + "/none", from: 0, limit: 3).isEmpty)
    }

    @Test func `listed as a tree without the folders`() throws {
        try files.write("", to: root + "/b/c")
        try files.write("", to: root + "/a")
        try files.makeFolder(root + "/empty")
        #expect(files.tree(of: root) == ["a", "b/c"])
    }

    @Test func `removed with all below, links without what they lead to, nothing without a word`() throws {
        try files.write("kept", to: root + "/real/file")
        try files.makeLink(at: root + "/link", to: "real")
        try files.makeLink(at: root + "/dangling", to: "nowhere")
        for name in ["link", "dangling", "absent"] { try files.remove("\(root)/\(name)") }
        #expect(files.names(in: root) == ["real"])
        #expect(files.exists(root + "/real/file"))
        try files.remove(root + "/real")
        #expect(files.names(in: root).isEmpty)
    }

    @Test func `linked in one step, and never over something real`() throws {
        try files.makeLink(at: root + "/current", to: "one")
        try files.makeLink(at: root + "/current", to: "two")
        #expect(files.link(at: root + "/current") == "two")
        try files.write("real", to: root + "/file")
        let failure = #expect(throws: Failure.self) { try files.makeLink(at: root + "/file", to: "two") }
        #expect(failure?.because == "a file or folder of that name is in the way")
        #expect(files.names(in: root) == ["current", "file"])
    }

    @Test func `made with the mode that was asked for, the folder itself`() throws {
        try files.makeFolder(root + "/x/secret", mode: 0o700)
        #expect(try mode(of: root + "/x/secret") == 0o700)
    }

    @Test func `appended to, privately`() throws {
        try files.append("a\n", to: root + "/logs/x.log")
        try files.append("b\n", to: root + "/logs/x.log")
        #expect(files.text(of: root + "/logs/x.log") == "a\nb\n")
        #expect(try mode(of: root + "/logs/x.log") == 0o600)
    }

    @Test(.enabled(if: getuid() == 0, "only root may mount"))
    func `refused by a full disk in words, and no half file stays`() async throws {
        let disk = root + "/disk"
        try files.makeFolder(disk)
        let runner = LocalCommandRunner()
        let mounted = try await runner.run(Command("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk]))
        try #require(mounted.succeeded, "\(mounted.lastWords)")
        let failure = #expect(throws: Failure.self) { try files.write(Data(count: 1 << 20), to: disk + "/big") }
        let left = files.names(in: disk)
        _ = try await runner.run(Command("umount", [disk]))
        #expect(failure?.what == "could not write \(disk)/big")
        #expect(failure?.because == "No space left on device")
        #expect(failure?.fix == "free some space on this disk, then run the same command again")
        #expect(left.isEmpty)
    }
}

@Suite struct `Removing empty folders` {
    let folder = TemporaryFolder()
    let files = Files()
    private var root: String { folder.path }

    @Test func `goes up to the last one named, and not beyond`() throws {
        try files.makeFolder(root + "/outer/last/a/b")
        files.removeEmptyFolders(above: root + "/outer/last/a/b/gone", upTo: root + "/outer/last")
        #expect(files.isFolder(root + "/outer"))
        #expect(!files.exists(root + "/outer/last"))
    }

    @Test func `stops at a folder that holds anything`() throws {
        try files.makeFolder(root + "/last/a/b")
        try files.write("theirs", to: root + "/last/a/file")
        files.removeEmptyFolders(above: root + "/last/a/b/gone", upTo: root + "/last")
        #expect(files.tree(of: root) == ["last/a/file"])
        #expect(!files.exists(root + "/last/a/b"))
    }

    @Test func `passes over folders that are gone already`() throws {
        try files.makeFolder(root + "/last/a")
        files.removeEmptyFolders(above: root + "/last/a/b/c/gone", upTo: root + "/last")
        #expect(files.names(in: root).isEmpty)
    }

    @Test func `leaves a neighbour alone whose name begins the same`() throws {
        try files.makeFolder(root + "/site2/empty")
        files.removeEmptyFolders(above: root + "/site2/empty/x", upTo: root + "/site")
        do {
            #expect(files.isFolder(root + "/site2/empty"))
        }
    }
}
