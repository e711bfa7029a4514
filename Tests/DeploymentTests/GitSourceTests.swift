import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite(.timeLimit(.minutes(1))) struct `Sources that git fetches` {
    let folder = TemporaryFolder()
    let files = Files()
    private let runner = ScriptedRunner(real: ["git"])
    private var repository: String { folder.path + "/repo.git" }

    /// A bare repository with two commits, a branch, and a tag on the first.
    private func makeRepository() async throws -> [String] {
        let work = folder.path + "/work"
        let script = """
            set -e; export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@x
            git init -q -b master '\(work)'; cd '\(work)'
            echo '{"v":1}' > package.json; git add .; git commit -q -m one; git tag v1
            echo '{"v":2}' > package.json; git commit -q -a -m two; git branch 'тема/x'
            echo '{"v":3}' > package.json; git commit -q -a -m three
            git clone -q --bare '\(work)' '\(repository)'; git rev-parse v1 'тема/x' master
            """
        let output = try await LocalCommandRunner().run(Command("/bin/sh", ["-c", script]))
        try #require(output.succeeded, "\(output.lastWords)")
        return output.lines
    }

    private func clone(_ ref: String) async throws -> (suffix: String, title: String, text: String?) {
        let source = GitSource(
            deployment: deployment(in: folder, runner), url: repository, ref: ref, kind: .server,
            log: folder.path + "/log")
        let target = folder.path + "/target"
        let (suffix, title) = try await source.clone(to: target)
        return (suffix, title, files.text(of: target + "/package.json"))
    }

    @Test func `are the branch, the tag or the commit that was asked for`() async throws {
        let commits = try await makeRepository()
        for (ref, index) in [("v1", 0), ("тема/x", 1), ("master", 2), (commits[1], 1)] {
            let found = try await clone(ref)
            #expect(found.suffix == String(commits[index].prefix(12)), "\(ref)")
            #expect(found.title == String(commits[index].prefix(7)))
            #expect(found.text == "{\"v\":\(index + 1)}\n")
        }
    }

    @Test func `are told apart from newer ones than what was looked at, though they come without history`() async throws
    {
        let commits = try await makeRepository()
        let history = GitHistory(deployment: deployment(in: folder, runner))
        let looked = LookedAt(commit: commits[1], month: "May 2018")
        for (ref, wanted) in [("v1", Acquaintance.known), ("тема/x", .known), ("master", .newer)] {
            _ = try await clone(ref)
            #expect(await history.acquaintance(of: folder.path + "/target", looked) == wanted, "\(ref)")
        }
        // Its commits are not added to what was placed, and a strange one cannot be compared.
        let count = try await LocalCommandRunner().run(
            Command("git", ["-C", folder.path + "/target", "rev-list", "--all", "--count"]))
        #expect(count.text == "0" || count.text == "1")
        let strange = LookedAt(commit: String(repeating: "1", count: 40), month: "May 2018")
        #expect(await history.acquaintance(of: folder.path + "/target", strange) == .unknown)
        #expect(
            Acquaintance.newer.words(looked) == "newer than what was looked at (commit \(looked.short) of May 2018)")
        #expect(Acquaintance.known.words(looked) == nil)
    }

    @Test func `have only the one commit, and git is never asked for a password`() async throws {
        _ = try await makeRepository()
        _ = try await clone("master")
        let count = try await LocalCommandRunner().run(
            Command("git", ["-C", folder.path + "/target", "rev-list", "--count", "HEAD"]))
        #expect(count.text == "1")
        #expect(
            runner.log.filter { $0.arguments.contains("fetch") }.allSatisfy {
                $0.environment["GIT_TERMINAL_PROMPT"] == "0" && $0.timeLimit != nil
            })
    }

    @Test func `are no option of git's, whatever the address looks like`() async throws {
        _ = try await makeRepository()
        let scripted = ScriptedRunner([
            (["git", "init"], CommandOutput()), (["git", "-C"], CommandOutput(standardOutput: "0123456789ab\n")),
        ])
        let source = GitSource(
            deployment: deployment(in: folder, scripted), url: "--upload-pack=x", ref: "--force", kind: .server,
            log: nil)
        _ = try await source.clone(to: folder.path + "/t")
        #expect(scripted.log[1].arguments.suffix(3) == ["--", "origin", "--upload-pack=x"])
        #expect(scripted.log[2].arguments.suffix(3) == ["--", "origin", "--force"])
    }

    @Test func `that are not there are told with address, branch and log`() async throws {
        _ = try await makeRepository()
        let failure = await #expect(throws: Failure.self) { try await clone("no-such-branch") }
        #expect(failure?.what == "could not fetch kp-server from \(repository)")
        #expect(failure?.because?.contains("no-such-branch") == true)
        #expect(failure?.fix?.contains("'no-such-branch'") == true && failure?.log != nil)
        do {
            #expect(runner.log.count { $0.arguments.contains("fetch") } == 1)
        }
    }
}
