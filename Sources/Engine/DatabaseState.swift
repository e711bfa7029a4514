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
    /// Settings of single databases or roles, or of ALTER SYSTEM, that go before the server's own, such as `work_mem=4MB`.
    public var overrides: [String]
    /// The encoding of each database that takes connections.
    public var databases: [String: String]

    /// The settings that are read.
    public static let names =
        [
            "max_connections", "shared_buffers", "effective_cache_size", "work_mem", "port", "listen_addresses",
        ] + lasting

    /// Those by which what was acknowledged outlasts a power cut, and reaches the second server.
    public static let lasting = [
        "synchronous_commit", "fsync", "full_page_writes", "synchronous_standby_names",
    ]

    /// One statement for all rows. current_setting() is SHOW as a function (manual, 9.28.1).
    static let query = """
        SET statement_timeout = '10s';
        SELECT json_build_object(
            'version', current_setting('server_version'), 'number', current_setting('server_version_num')::int,
            'settings', (SELECT json_object_agg(name, current_setting(name)) FROM unnest(ARRAY[\(list)]) name),
            'overrides', \(overrides(of: names)),
            'databases', (SELECT json_object_agg(datname, pg_encoding_to_char(encoding)) FROM pg_database
                WHERE datallowconn AND NOT datistemplate));

        """

    private static var list: String { list(names) }
    private static func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }

    /// An expression of SQL: where these settings were set past the files, as a JSON array of `name=value`.
    public static func overrides(of names: [String]) -> String {
        """
        (SELECT coalesce(json_agg(entry ORDER BY entry), '[]') FROM (
            SELECT entry FROM pg_db_role_setting, unnest(setconfig) entry
            UNION SELECT name || '=' || setting FROM pg_settings WHERE sourcefile LIKE '%/postgresql.auto.conf') overridden
            WHERE split_part(entry, '=', 1) IN (\(list(names))))
        """
    }
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
