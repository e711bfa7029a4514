import Foundation
import Machine

/// What the role of Crossbar's authenticator may do with the tables that logins are checked against.
public struct AuthenticatorAccess: Sendable, Equatable {
    /// The role.
    public static let role = "crossbar"

    /// The columns that a login needs, and no others: what `images/crossbar/authenticator.py` asks for.
    public static let wanted = ["Kopnik": ["email", "password", "rolee"], "Registration": ["email", "state"]]

    /// One column of such a table as the database has it.
    public struct Column: Sendable, Decodable, Equatable {
        /// The table's name.
        public var table: String
        /// The column's name.
        public var column: String
        /// What the role was given on it, such as `SELECT`; `whole` for anything that it was given on the whole table.
        public var given: [String]

        /// Makes one from its parts.
        public init(table: String, column: String, given: [String]) {
            self.table = table
            self.column = column
            self.given = given
        }
    }

    /// Columns that it needs and may not read yet, by table.
    public var missing: [String: [String]] = [:]
    /// Tables on which it was given something that it does not need.
    public var excess: [String] = []

    /// A pure comparison; tables that are not there need nothing.
    public init(_ columns: [Column]) {
        for (table, names) in Self.wanted {
            let own = columns.filter { $0.table == table }
            let lacking = own.filter { names.contains($0.column) && !$0.given.contains("SELECT") }.map(\.column)
            if !lacking.isEmpty { missing[table] = lacking.sorted() }
            let isTooMuch = own.contains { column in
                column.given.contains { !(names.contains(column.column) && $0 == "SELECT") }
            }
            if isTooMuch { excess.append(table) }
        }
        excess.sort()
    }

    /// Brings it about: takes everything back on the tables that are not right, then gives what is needed of what is there.
    static func statements(_ columns: [Column]) -> String {
        let access = AuthenticatorAccess(columns)
        return Set(access.missing.keys).union(access.excess).sorted().map { table in
            let names = columns.filter { $0.table == table && wanted[table, default: []].contains($0.column) }
            let list = names.map(\.column).sorted().joined(separator: ", ")
            let revoke = "REVOKE ALL ON public.\"\(table)\" FROM \(role);\n"
            // Taking a right back from a table takes it from its columns too (manual, REVOKE, notes).
            return revoke + (list.isEmpty ? "" : "GRANT SELECT (\(list)) ON public.\"\(table)\" TO \(role);\n")
        }.joined()
    }

    /// Rights of columns and of the table as they were given to this very role, not what it may do as anybody (manual, 9.26.2, aclexplode).
    static let query = """
        SET statement_timeout = '10s';
        SELECT coalesce(json_agg(json_build_object('table', c.relname, 'column', a.attname, 'given', ARRAY(
            SELECT privilege_type FROM aclexplode(a.attacl) WHERE grantee = r.oid
            UNION ALL SELECT 'whole' FROM aclexplode(c.relacl) WHERE grantee = r.oid)) ORDER BY c.relname, a.attnum), '[]')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
            LEFT JOIN pg_roles r ON r.rolname = '\(role)'
        WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname IN (\(tables)) AND a.attnum > 0 AND NOT a.attisdropped;

        """

    private static var tables: String { wanted.keys.sorted().map { "'\($0)'" }.joined(separator: ", ") }
}

extension Docker {
    /// What the authenticator's role was given in this database.
    /// - Throws: `Failure` where Postgres does not answer.
    public func authenticatorColumns(container: String, database: String) async throws -> [AuthenticatorAccess.Column] {
        let output = try await sql(
            AuthenticatorAccess.query, in: container, database: database, toDo: "ask Postgres who may read what")
        return try JSONDecoder().decode([AuthenticatorAccess.Column].self, from: Data(output.text.utf8))
    }

    /// Gives it what it needs and takes back what it does not.
    /// - Throws: `Failure` with Postgres' own words.
    public func grantAuthenticator(container: String, database: String) async throws {
        let columns = try await authenticatorColumns(container: container, database: database)
        try await sql(
            "BEGIN;\n" + AuthenticatorAccess.statements(columns) + "COMMIT;\n", in: container, database: database,
            toDo: "let Crossbar's logins read what they need")
    }
}
