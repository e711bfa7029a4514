import Foundation
import Machine

/// A source that git fetches.
struct GitSource: Sendable {
    let deployment: Deployment
    let url: String
    let ref: String
    let kind: SourceKind
    /// Where git's words go; `nil` where nothing may be written.
    let log: String?

    /// Clones one commit, tries again with longer and longer pauses where the network fails.
    func clone(to target: String) async throws -> (suffix: String, title: String) {
        var last = CommandOutput()
        for pause in [0, 2, 8] {
            if pause > 0 { try await Task.sleep(for: .seconds(pause)) }
            try deployment.world.files.remove(target)
            // A branch, a tag or a whole commit id: `git clone --branch` does not take the last, `fetch` takes all.
            last = try await git(["init", "--quiet", target])
            guard last.succeeded else { break }
            // So that the folder itself tells where it came from, to people and to `verify` (C1, N1).
            last = try await git(["-C", target, "remote", "add", "--", "origin", url])
            guard last.succeeded else { break }
            last = try await git(["-C", target, "fetch", "--quiet", "--depth", "1", "--", "origin", ref])
            if last.succeeded || last.standardOutput.contains("couldn't find remote ref") { break }
        }
        guard last.succeeded else {
            throw Failure(
                "could not fetch \(kind.rawValue) from \(url)", because: last.lastWords,
                fix:
                    "check the address, the branch '\(ref)' and the network, then run the same command again; 'kopnik up --demo' needs none of them",
                log: log)
        }
        _ = try await deployment.world.commands.require(
            Command("git", ["-C", target, "checkout", "--quiet", "--detach", "FETCH_HEAD"], log: log),
            toDo: "check out \(ref) of \(url)")
        let commit = try await deployment.world.commands.require(
            Command("git", ["-C", target, "rev-parse", "--short=12", "HEAD"]), toDo: "read the commit of \(url)"
        ).text
        return (commit, String(commit.prefix(7)))
    }

    /// Asking for a password in the middle of a progress display would only look like a stop.
    static let environment = [
        "GIT_TERMINAL_PROMPT": "0", "GIT_HTTP_LOW_SPEED_LIMIT": "1000", "GIT_HTTP_LOW_SPEED_TIME": "30",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20",
    ]

    private func git(_ arguments: [String]) async throws -> CommandOutput {
        try await deployment.world.commands.run(
            Command("git", arguments, environment: Self.environment, timeLimit: .seconds(900), log: log))
    }
}
