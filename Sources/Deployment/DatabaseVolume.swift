import Engine
import Machine

extension Deployment {
    /// The volume that holds the database, as Docker calls it.
    var databaseVolume: String { "\(stack)_database" }

    /// Makes it as 'docker stack deploy' would make it; one that is there stays as it is.
    /// - Throws: `Failure` where Docker does not.
    func makeDatabaseVolume() async throws {
        let made = try await docker.run(
            ["volume", "create", "--label", "com.docker.stack.namespace=\(stack)"] + labelWords + [databaseVolume])
        guard made.succeeded else {
            throw Failure("the database's volume could not be made", because: made.lastWords, fix: "kopnik doctor")
        }
    }
}
