import Blueprint
import Machine

/// The digest of this very program: the images of the keeper and the dashboard hold a copy. Taken by `sha256sum`, for it is many
/// megabytes, and kept for as long as the file is the same one: every verb asks for it.
struct ProgramDigest: Codable, Equatable {
    let identity: String
    let digest: String

    static func read(_ deployment: Deployment) async throws -> String {
        let (world, path) = (deployment.world, deployment.layout.program)
        let identity = world.files.identity(of: world.program)
        if let kept = world.files.record(ProgramDigest.self, at: path), kept.identity == identity { return kept.digest }
        let output = try await world.commands.require(
            Command("sha256sum", [world.program], timeLimit: .seconds(60)), toDo: "read this program's own file")
        let digest = output.text.split(separator: " ").first.map(String.init) ?? output.text
        // Who only looks makes no folder, and may not be allowed to write.
        if let identity, world.files.isFolder(deployment.layout.state) {
            try? world.files.write(record: ProgramDigest(identity: identity, digest: digest), to: path)
        }
        return digest
    }
}
