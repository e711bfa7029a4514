import Engine
import Machine

/// The containers in which an exchange of Postgres works, without a network: the volume alone joins them, and nobody else reaches them.
struct UpgradeContainers: Sendable {
    let deployment: Deployment
    /// The image of the newer version, with `upgrade-db` in it.
    let image: String

    private var docker: Docker { deployment.docker }
    private var newer: String { "\(deployment.stack)-database-new" }
    private var older: String { "\(deployment.stack)-database-old" }
    private var volume: String { "type=volume,source=\(deployment.stack)_database,target=/var/lib/postgresql" }
    private var log: String { deployment.log("database") }

    /// The one in which the steps are run. Those of a run that was killed end first.
    func start() async throws {
        try await end()
        try await run(newer, ["--entrypoint", "upgrade-db", image, "hold"])
    }

    /// The older server, on the data that are the truth. It writes nothing but what a start after a crash takes.
    func startOlder(_ version: Int, image: String) async throws {
        let root = "/var/lib/postgresql"
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(root)/.upgrade/old",
            "hba_file=\(root)/.upgrade/pg_hba.conf", "default_transaction_read_only=on", "autovacuum=off", "jit=off",
            "log_statement=none", "log_min_error_statement=panic", "logging_collector=off",
        ]
        try await run(
            older,
            ["--entrypoint", "postgres", image, "-D", "\(root)/\(version)/main"] + settings.flatMap { ["-c", $0] })
        do {
            try await step("await", toDo: "start the old Postgres once more, to copy from it")
        } catch {
            // Why, in its own words.
            _ = try? await docker.run(["logs", older], log: log)
            throw error
        }
    }

    func endOlder() async throws {
        _ = try await docker.require(
            ["stop", "--time", "120", older], toDo: "end the old Postgres", timeLimit: .seconds(180), log: log)
    }

    func end() async throws {
        _ = try await docker.run(["rm", "--force", newer, older], timeLimit: .seconds(120))
    }

    private func run(_ name: String, _ words: [String]) async throws {
        _ = try await docker.require(
            [
                "run", "--detach", "--init", "--name", name, "--network", "none", "--shm-size", "256m", "--stop-signal",
                "SIGINT",
            ]
                + deployment.labelWords + ["--mount", volume] + words,
            toDo: "start a container for the database's data", log: log, fix: "kopnik doctor")
    }

    /// A step of `upgrade-db`. However many data there are, it goes on as long as it has to.
    @discardableResult func step(_ name: String, toDo purpose: String) async throws -> CommandOutput {
        let output = try await docker.run(["exec", newer, "upgrade-db", name], timeLimit: nil)
        guard output.succeeded else {
            let said = output.standardError.trimmed.replacing("upgrade-db: ", with: "")
            throw Failure(
                "could not \(purpose)", because: said.isEmpty ? output.lastWords : said,
                fix: "kopnik logs db; then the same command again", log: log)
        }
        return output
    }

    func folders() async throws -> DatabaseFolders {
        DatabaseFolders(try await step("state", toDo: "look at the database's folders").standardOutput)
    }
}
