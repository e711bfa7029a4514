import Blueprint
import Foundation
import Machine

/// Compares a commit that lies here with one that was looked at.
struct GitHistory: Sendable {
    let deployment: Deployment

    /// A source that was fetched has one commit and no history; commits alone are fetched then, into a folder that is thrown away.
    func acquaintance(of folder: String, _ looked: LookedAt) async -> Acquaintance {
        guard let head = await git(["-C", folder, "rev-parse", "HEAD"])?.text, !head.isEmpty else { return .unknown }
        if head == looked.commit { return .known }
        if let known = await isAncestor(head, of: looked.commit, in: folder) { return known ? .known : .newer }
        guard let origin = await git(["-C", folder, "remote", "get-url", "origin"])?.text, !origin.isEmpty else {
            return .unknown
        }
        let history = NSTemporaryDirectory() + "kopnik-\(UUID().uuidString)"
        defer { try? deployment.world.files.remove(history) }
        // Without the trees and files of the commits (git-rev-list(1), --filter); a server that does not know that sends them all.
        guard await git(["init", "--quiet", "--bare", history]) != nil,
            await git(
                ["-C", history, "fetch", "--quiet", "--filter=tree:0", "--", origin, looked.commit, head],
                limit: .seconds(60)) != nil
        else { return .unknown }
        return await isAncestor(head, of: looked.commit, in: history).map { $0 ? .known : .newer } ?? .unknown
    }

    /// - Returns: `nil` where one of the two is not there, or the history between them is not.
    private func isAncestor(_ commit: String, of other: String, in folder: String) async -> Bool? {
        let output = await run(["-C", folder, "merge-base", "--is-ancestor", commit, other])
        return output?.exitCode == 0 ? true : output?.exitCode == 1 ? false : nil
    }

    /// - Returns: `nil` where it failed, or git is not there.
    private func git(_ arguments: [String], limit: Duration = .seconds(20)) async -> CommandOutput? {
        await run(arguments, limit: limit).flatMap { $0.succeeded ? $0 : nil }
    }

    private func run(_ arguments: [String], limit: Duration = .seconds(20)) async -> CommandOutput? {
        let command = Command("git", arguments, environment: GitSource.environment, timeLimit: limit)
        return try? await deployment.world.commands.run(command)
    }
}
