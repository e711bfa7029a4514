import Foundation
public import Machine

/// What the running Postgres says of itself.
public struct DatabaseState: Sendable, Decodable, Equatable {
    /// Such as `17.6 (Debian 17.6-0+deb13u1)`.
    public var version: String
    /// Such as `170006`.
    public var number: Int
    /// What SHOW prints, by the setting's name.
    public var settings: [String: String]
    /// Settings of single databases or roles that go before the server's, such as `work_mem=4MB`.
    public var overrides: [String]
    /// The encoding of each database that takes connections.
    public var databases: [String: String]

    /// The settings that are read.
    public static let names = [
        "max_connections", "shared_buffers", "effective_cache_size", "work_mem", "port", "listen_addresses",
    ]

    /// One statement for all rows. current_setting() is SHOW as a function (manual, 9.28.1).
    static let query = """
        SET statement_timeout = '10s';
        SELECT json_build_object(
            'version', current_setting('server_version'), 'number', current_setting('server_version_num')::int,
            'settings', (SELECT json_object_agg(name, current_setting(name)) FROM unnest(ARRAY[\(list)]) name),
            'overrides', (SELECT coalesce(json_agg(entry ORDER BY entry), '[]') FROM pg_db_role_setting, unnest(setconfig) entry
                WHERE split_part(entry, '=', 1) IN (\(list))),
            'databases', (SELECT json_object_agg(datname, pg_encoding_to_char(encoding)) FROM pg_database
                WHERE datallowconn AND NOT datistemplate));

        """

    private static var list: String { names.map { "'\($0)'" }.joined(separator: ", ") }
}

extension Docker {
    /// Asks Postgres through its local socket, where its superuser needs no password.
    /// - Throws: `Failure` where it does not answer.
    public func databaseState(container: String) async throws -> DatabaseState {
        let output = try await sql(DatabaseState.query, in: container, toDo: "ask Postgres for its settings")
        return try JSONDecoder().decode(DatabaseState.self, from: Data(output.text.utf8))
    }

    /// Runs SQL as Postgres' superuser; the first statement that fails ends it.
    /// - Throws: `Failure` with Postgres' own words.
    @discardableResult
    public func sql(_ text: String, in container: String, database: String = "postgres", toDo purpose: String)
        async throws -> CommandOutput
    {
        try await require(
            Self.psql(in: container, database: database), toDo: purpose, standardInput: text, timeLimit: .seconds(20),
            fix: "kopnik logs db")
    }

    /// The command that reads SQL from its standard input.
    public static func psql(in container: String, database: String) -> [String] {
        [
            "exec", "--interactive", "--user", "postgres", container, "psql", "-X", "-q", "-A", "-t", "-v",
            "ON_ERROR_STOP=1", "-d", database,
        ]
    }
}
