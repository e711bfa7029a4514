import Blueprint
import Engine
import Machine
import Site
public import Standby

/// The main server gives up leading, in order, so that the standby may: nothing is lost, and nothing has to be copied anew.
///
/// The keeper does it, for the person types on the other server. From the moment at which it is written down here, this host never leads in
/// its old epoch again, whatever happens; killed at any point it goes on with `finish`.
public struct StepDown: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var pair: Pair { Pair(deployment: deployment) }
    private var docker: Docker { deployment.docker }

    /// What runs on the host that leads alone.
    private static let siteServices = ServiceKind.allCases.filter { $0 != .db && $0 != .keeper }.map(\.rawValue)

    /// Stops the site here, lets the standby fetch the last files, and stops the database.
    /// - Throws: `Failure` where the services do not end, or the standby does not say that it has the files: then the site runs again, and
    ///   this host leads as before.
    public func run(_ record: HostRecord, epoch: Int) async throws {
        try await pair.sql(
            "UPDATE kopnik_pair SET wanted = NULL, answer = NULL, quiet = NULL, confirmed = NULL;",
            toDo: "take up the wish to change places")
        // What is written out now need not be written while nobody can write.
        try await pair.sql("CHECKPOINT;", toDo: "write out what the database holds in memory")
        var record = record
        record.isPausing = true
        try pair.write(record)
        do {
            try await docker.rest(Self.siteServices, of: deployment.stack, log: deployment.log("pair"))
            try await waitForFiles(epoch)
        } catch {
            try await takeBack(record)
            throw error
        }
        record.isPausing = nil
        record.role = .standby
        record.epoch = epoch
        record.bond = .unpaired
        record.since = deployment.world.now()
        record.isSteppingDown = true
        try pair.write(record)
        try await finish(record)
    }

    /// Has the site run again, of a step down that came to nothing or was broken off before it was written down.
    public func takeBack(_ record: HostRecord) async throws {
        var record = record
        record.isPausing = nil
        try await start(Self.siteServices)
        try pair.write(record)
    }

    private func waitForFiles(_ epoch: Int) async throws {
        try await pair.sql(
            "UPDATE kopnik_pair SET quiet = \(epoch);", toDo: "tell the standby that nothing is uploaded any more")
        let pair = pair
        let answer = try await poll(for: .seconds(60)) { () -> Int? in try await pair.look().confirmed }
        guard answer == epoch else {
            throw Failure(
                "the other server does not take over",
                because: answer == nil
                    ? "within a minute it did not say that it has all files" : "it said that it does not go on")
        }
    }

    /// Goes on from where a step down is written down.
    /// - Throws: `Failure`; the same call again goes on.
    public func finish(_ record: HostRecord) async throws {
        // The last thing that is written in this epoch. Where it does not come through, the standby hears it from this server's database when that
        // follows.
        let pair = pair
        _ = try await poll(for: .seconds(10)) { () -> Bool? in
            guard try await pair.container() != nil else { return true }
            guard let look = try? await pair.look() else { return nil }
            guard !look.isInRecovery else { return true }
            let told: Void? = try? await pair.sql(
                "UPDATE kopnik_pair SET stepped_down = \(record.epoch), quiet = NULL;",
                toDo: "tell the standby that this server has stepped down")
            return told.map { true }
        }
        try await docker.rest([ServiceKind.db.rawValue], of: deployment.stack, log: deployment.log("pair"))
        try await follow()
        // Whoever compares the services with what was deployed is to know that kopnik itself did this.
        if var deployed = DeployedStack.read(deployment.layout, files: deployment.world.files) {
            deployed.services = [:]
            try deployed.write(deployment.layout, files: deployment.world.files)
        }
        try await start([ServiceKind.db.rawValue])
        var record = record
        record.isSteppingDown = nil
        try pair.write(record)
    }

    private func follow() async throws {
        let output = try await docker.run(
            [
                "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt",
                "no-new-privileges", "--user", "postgres", "--entrypoint", "peer",
            ] + deployment.labelWords + [
                "--mount", "type=volume,source=\(deployment.databaseVolume),target=/var/lib/postgresql",
                try await image(), "follow",
            ], timeLimit: .seconds(180), log: deployment.log("pair"))
        guard output.succeeded else {
            throw Failure(
                "the database here cannot follow the other server's as it is",
                because: output.exitCode == 3 ? "it was not stopped in order" : output.lastWords,
                fix: "when the other server leads, here:  kopnik rejoin", log: deployment.log("pair"))
        }
    }

    /// The image that the service itself has: the keeper knows of no other.
    private func image() async throws -> String {
        let name = "\(deployment.stack)_\(ServiceKind.db.rawValue)"
        return try await docker.require(
            ["service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", name],
            toDo: "ask for the database's image", fix: "kopnik up"
        ).text
    }

    private func start(_ services: [String]) async throws {
        try await docker.scale(
            services, of: deployment.stack, to: 1, log: deployment.log("pair"), fix: "kopnik up --force")
    }
}
