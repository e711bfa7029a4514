import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

/// Uploaded files that had not come when the other server died.
@Suite struct `Files that were left on the other server` {
    private let folder = TemporaryFolder()
    private var left: LeftFiles { LeftFiles(deployment: deployment(in: folder, site: .demo, ScriptedRunner())) }
    private var uploads: String { left.deployment.layout.uploads }
    private var state: String { "\(left.deployment.layout.pair)/mirror" }

    private func missing(_ name: String, _ size: Int?, found: Int? = nil) -> NamedFiles.Missing {
        NamedFiles.Missing(name: name, size: size, found: found, written: nil)
    }
    /// As the container does it.
    private func come(_ texts: [String: String]) throws {
        for (name, text) in texts { try Files().write(text, to: "\(state)/came/\(name)") }
        try Files().move("\(state)/wanted", to: "\(state)/asked")
    }

    @Test func `are asked for by name, each ended by a zero byte`() throws {
        try left.want([missing("a b\n", 3), missing("c/d", 1)])
        #expect(Files().text(of: "\(state)/wanted") == "a b\n\0c/d\0")
        #expect(left.missing.count == 2)
        #expect(try left.take() == nil)
        // Of a failover that misses nothing, nothing of an earlier one is left.
        try left.want([])
        #expect(left.missing.isEmpty && !Files().exists("\(state)/wanted"))
    }

    @Test func `are put in their place where they are what their rows say`() throws {
        try Files().makeFolder(uploads)
        try left.want([missing("whole", 3), missing("half", 9), missing("nowhere", 1), missing("c/d", nil)])
        try come(["whole": "abc", "half": "abc", "c/d": "x"])
        #expect(try left.take() == "2 of 4 missing files came from the other server")
        #expect(Files().text(of: "\(uploads)/whole") == "abc" && Files().text(of: "\(uploads)/c/d") == "x")
        #expect(left.missing.map(\.name) == ["half", "nowhere"] && !Files().exists("\(uploads)/half"))
        #expect(Files().text(of: NamedFiles.list(left.deployment.layout))?.contains("nowhere\tnot there") == true)
        #expect(try left.take() == nil && Files().names(in: state) == ["left.json"])
    }

    @Test func `that are there in another size are put aside`() throws {
        try Files().write("torn", to: "\(uploads)/a")
        try left.want([missing("a", 5, found: 4)])
        try come(["a": "whole"])
        #expect(try left.take() == "1 of 1 missing files came from the other server")
        #expect(Files().text(of: "\(uploads)/a") == "whole")
        let aside = "\(left.deployment.layout.sftp)/.uploads-replaced"
        #expect(Files().names(in: aside).map { Files().text(of: "\(aside)/\($0)/a") } == ["torn"])
        #expect(left.missing.isEmpty && !Files().exists(NamedFiles.list(left.deployment.layout)))
    }

    @Test func `never lead out of their folder`() throws {
        try Files().makeFolder(uploads)
        try left.want([missing("../out", 1), missing("link", nil)])
        try Files().write("x", to: "\(state)/out")
        try Files().makeFolder("\(state)/came")
        try Files().makeLink(at: "\(state)/came/link", to: "/etc/passwd")
        try come([:])
        #expect(try left.take() == "0 of 2 missing files came from the other server")
        #expect(Files().names(in: uploads).isEmpty && !Files().exists("\(left.deployment.layout.sftp)/out"))
    }
}
