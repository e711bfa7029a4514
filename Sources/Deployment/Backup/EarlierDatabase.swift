import Blueprint
import Engine
public import Foundation
public import Machine
import Site

/// The database as it was at a moment, to look at: brought back beside the site, and thrown away afterwards. The site is not touched.
public struct EarlierDatabase: Sendable {
    let deployment: Deployment
    let moment: Date?

    /// - Parameter moment: `nil`: as new as the backups reach.
    public init(deployment: Deployment, at moment: Date?) {
        self.deployment = deployment
        self.moment = moment
    }

    private var volumes: ScratchVolumes { ScratchVolumes(deployment: deployment, use: "look") }
    private var container: String { "\(deployment.site.name)-look-server" }
    /// In the container.
    private static let socket = "/tmp/look"

    /// Brings it back, lends it, and throws it away, however that ended.
    /// - Throws: `Failure` where there is no such backup, no room, or another such copy; and what `body` throws.
    public func lend<Value: Sendable>(_ body: (Opened) async throws -> Value) async throws -> Value {
        guard Backup(deployment: deployment).isReady else {
            throw deployment.needsRepository("there is nothing to look at")
        }
        let lock = try await deployment.takeLock(
            "\(deployment.layout.backup)/look-lock", for: "kopnik backup psql", waiting: .zero
        ) { holder in
            Failure(
                "somebody looks at a copy already",
                because: holder.map { "\($0.user) does, since \($0.since.universalMinute)" } ?? "it has just begun",
                fix: "leave psql there (\\q), then the same command again")
        }
        defer { lock.release() }
        try volumes.checkRoom(withFiles: false, for: "a copy of the database", fix: "make room, then the same again")
        do {
            let value = try await body(try await open())
            await close()
            return value
        } catch {
            await close()
            throw error
        }
    }

    private func open() async throws -> Opened {
        await close()
        try await volumes.make()
        let tool = RepositoryTool(deployment: deployment)
        let volume = volumes.database
        let reaches = try await deployment.world.progress.part("Database") { detail in
            let restore = DatabaseRestore(tool: tool)
            let start = try await restore.start(for: moment)
            let found = try await restore.run("look", "look", start, volume, detail)
            let reaches = moment ?? found.reaches
            return (
                reaches, "\(found.rows) rows in \(found.tables) tables, of \(reaches?.universalSecond ?? "some time")"
            )
        }
        try await tool.serve(
            container, volume: volume,
            ["private-server", Self.socket, "-c", "archive_mode=off", "-c", "default_transaction_read_only=on"])
        let (docker, name) = (deployment.docker, container)
        let isReady = try await poll(for: .seconds(60), every: .milliseconds(200)) {
            try await docker.run(["exec", name, "pg_isready", "--quiet", "--host", Self.socket]).succeeded ? true : nil
        }
        guard isReady == true else {
            let said = try await docker.run(["logs", "--tail", "5", name])
            throw Failure("the copy of the database does not start", because: said.lastWords, fix: "kopnik drill")
        }
        return Opened(docker: docker, container: name, socket: Self.socket, reaches: reaches)
    }

    private func close() async {
        let (docker, container) = (deployment.docker, container)
        await Task.detached { _ = try? await docker.run(["rm", "--force", container]) }.value
        await volumes.remove()
    }

    /// A copy that can be asked.
    public struct Opened: Sendable {
        let docker: Docker
        let container: String
        let socket: String
        /// To which moment its data reach.
        public let reaches: Date?

        /// `psql` on it, as the database's administrator; it only reads unless it is told otherwise.
        public func psql(_ flags: [String] = [], database: String, _ words: [String]) -> Command {
            docker.command(
                ["exec"] + flags + ["--user", "postgres", "--env", "PGHOST=\(socket)"]
                    + ["--env", "PGDATABASE=\(database)", container, "psql"] + words, timeLimit: nil)
        }

        private func ask(_ sql: String, _ database: String) async throws -> [String] {
            let output = try await docker.commands.run(
                psql(database: database, ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql]))
            guard output.succeeded else {
                throw Failure("the copy of the database did not answer", because: output.lastWords, fix: "kopnik drill")
            }
            return output.lines
        }

        /// Writes the rows of one table into a file, as CSV with a line of column names.
        /// - Returns: how many rows there were.
        /// - Throws: `Failure` where there is no such table.
        public func write(table name: String, of database: String, to path: String) async throws -> Int {
            let tables = try await ask(
                "SELECT format('%s %s %I.%I', schemaname, tablename, schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'kopnik') ORDER BY 1",
                database
            ).compactMap(Table.init)
            guard let table = Table.named(name, in: tables) else {
                throw Failure(
                    "the database '\(database)' has no table '\(name)'",
                    because: tables.isEmpty
                        ? "at that time it had none" : "it has: " + tables.map(\.name).joined(separator: ", "),
                    fix: "the same command with one of these names, or another --database")
            }
            let inside = "/var/lib/postgresql/table.csv"
            let count = try await ask(
                "COPY \(table.quoted) TO '\(inside)' WITH (FORMAT csv, HEADER); SELECT count(*) FROM \(table.quoted)",
                database)
            let copied = try await docker.run(["cp", "\(container):\(inside)", path], timeLimit: nil)
            guard copied.succeeded else {
                throw Failure("the rows could not be written to \(path)", because: copied.lastWords)
            }
            return count.last.flatMap { Int($0) } ?? 0
        }
    }

    /// A table as a person names it, and as SQL does.
    struct Table: Equatable {
        var schema: String
        var name: String
        var quoted: String

        /// The one that is meant: by its exact name, or in other letters where that is one alone.
        static func named(_ name: String, in tables: [Table]) -> Table? {
            let exact = tables.filter { name == $0.name || name == "\($0.schema).\($0.name)" }
            if let table = exact.first(where: { $0.schema == "public" }) ?? exact.first { return table }
            let alike = tables.filter {
                [$0.name, "\($0.schema).\($0.name)"].contains { $0.lowercased() == name.lowercased() }
            }
            return alike.count == 1 ? alike[0] : nil
        }
    }
}

extension EarlierDatabase.Table {
    /// Reads `schema name quoted`; of names with blanks nobody asks here.
    init?(_ line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3 else { return nil }
        self.init(schema: words[0], name: words[1], quoted: words[2])
    }
}
