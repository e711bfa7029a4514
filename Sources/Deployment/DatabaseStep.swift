import Blueprint
import Engine
import Machine
import Site

/// The running Postgres has the settings and the databases of the site: neither is only in a file (requirements G2–G7).
struct DatabaseStep: Step {
    let deployment: Deployment
    let name = "Database"

    private var postgres: Site.Postgres { deployment.site.postgres }
    private var docker: Docker { deployment.docker }

    private func container() async throws -> String? {
        try await docker.container(of: ServiceKind.db.rawValue, in: deployment.stack)
    }

    func inspect() async throws -> Inspection {
        // While it does not run there is nothing to ask; the stack is what has to be raised.
        guard let container = try? await container(), let state = try? await docker.databaseState(container: container)
        else { return Inspection("\(postgres.databases.count) databases") }
        return Inspection(
            "\(postgres.databases.count) databases, PostgreSQL \(state.version.prefix { $0 != " " })",
            changes: drift(state).changes + (try await accessChanges(container)))
    }

    /// The application's database: where the tables are that logins are checked against, if it has any.
    private var application: String? { postgres.databases.first }

    /// Tables may come later than the role, with the application's first start: so it is looked at each time.
    private func accessChanges(_ container: String) async throws -> [Change] {
        guard let application,
            let columns = try? await docker.authenticatorColumns(container: container, database: application)
        else { return [] }
        let access = AuthenticatorAccess(columns)
        return access.missing.sorted { $0.key < $1.key }.map { table, columns in
            Change("let Crossbar's logins read \(columns.joined(separator: ", ")) of the table \(table)")
        }
            + access.excess.map { table in
                Change(
                    "take back what Crossbar's logins do not need of the table \(table)",
                    conflict: "the role crossbar was given more of the table \(table) than logins need")
            }
    }

    /// What the site file says anew is the stack's to bring about, and nobody's change: a value is one only where neither the site as
    /// it was deployed nor the one that is asked for has it.
    private func drift(_ state: DatabaseState) -> DatabaseDrift {
        var drift = DatabaseDrift(state, wanted: postgres)
        let text = DeployedStack.read(deployment.layout, files: deployment.world.files)?.site
        if let deployed = text.flatMap({ try? SiteFile.read(text: $0, name: "site.yaml") }) {
            let before = DatabaseDrift(state, wanted: deployed.postgres)
            drift.settings.removeAll { !before.settings.contains($0) }
        }
        return drift
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        guard let container = try await container() else { return }
        if try await !accessChanges(container).isEmpty, let application {
            await detail("letting Crossbar's logins read what they need")
            try await docker.grantAuthenticator(container: container, database: application)
        }
        let drift = drift(try await docker.databaseState(container: container))
        if !drift.settings.isEmpty {
            await detail("taking back \(drift.settings.joined(separator: ", "))")
            try await docker.sql(
                DatabaseDrift.reset(drift.settings), in: container, toDo: "take back what was changed in Postgres")
        }
        guard !drift.isEmpty else { return }
        // Its start makes the databases that are missing, and some settings are read only then.
        await detail("restarting db")
        try await docker.restart(container, of: ServiceKind.db.rawValue, in: deployment.stack)
    }
}

/// How the running Postgres is not as the site says: a pure comparison.
struct DatabaseDrift: Sendable, Equatable {
    /// Settings that were changed in the running server, past the files.
    var settings: [String]
    /// Databases that are not there.
    var missing: [String]

    var isEmpty: Bool { settings.isEmpty && missing.isEmpty }

    init(_ state: DatabaseState, wanted postgres: Site.Postgres) {
        let wanted = [
            "max_connections": "\(postgres.maxConnections)", "shared_buffers": "\(postgres.sharedBuffers)",
            "effective_cache_size": "\(postgres.effectiveCacheSize)", "work_mem": "\(postgres.workMem)",
            "port": "5432", "listen_addresses": "*", "synchronous_commit": "on", "fsync": "on",
            "full_page_writes": "on",
        ]
        settings = DatabaseState.names.filter { name in
            let isOverridden = state.overrides.contains { $0.hasPrefix(name + "=") }
            return isOverridden || !(state.settings[name].map { ByteCount.areSame($0, wanted[name] ?? $0) } ?? false)
        }
        missing = postgres.databases.filter { state.databases[$0] == nil }
    }

    var changes: [Change] {
        settings.map { name in
            Change(
                "take back \(name), which somebody changed in the running database",
                conflict: "\(name) was changed in the running database (ALTER SYSTEM, ALTER DATABASE or ALTER ROLE)")
        } + missing.map { Change("make the database '\($0)'") }
    }

    /// Takes settings back wherever they were set past the files: the server, databases, roles (manual, pg_db_role_setting).
    static func reset(_ names: [String]) -> String {
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        return names.map { "ALTER SYSTEM RESET \($0);\n" }.joined() + """
            DO $$ DECLARE entry record; BEGIN
                FOR entry IN SELECT setdatabase, setrole, split_part(one, '=', 1) AS name
                    FROM pg_db_role_setting, unnest(setconfig) one WHERE split_part(one, '=', 1) IN (\(list))
                LOOP
                    EXECUTE CASE
                        WHEN entry.setrole = 0 THEN format('ALTER DATABASE %I RESET %I',
                            (SELECT datname FROM pg_database WHERE oid = entry.setdatabase), entry.name)
                        WHEN entry.setdatabase = 0 THEN format('ALTER ROLE %I RESET %I', entry.setrole::regrole::name, entry.name)
                        ELSE format('ALTER ROLE %I IN DATABASE %I RESET %I', entry.setrole::regrole::name,
                            (SELECT datname FROM pg_database WHERE oid = entry.setdatabase), entry.name)
                    END;
                END LOOP;
            END $$;

            """
    }
}
