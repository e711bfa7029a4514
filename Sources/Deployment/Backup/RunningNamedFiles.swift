import Blueprint
import Engine
import Machine

extension Deployment {
    /// Compares what the rows of the running database name with the uploaded files on this computer, and keeps the names of those that are
    /// missing where `NamedFiles.list` says.
    /// - Throws: `Failure` where either cannot be looked at.
    func compareRunningFiles() async throws -> NamedFiles {
        let purpose = "compare rows with uploaded files"
        guard let container = try await docker.container(of: ServiceKind.db.rawValue, in: stack),
            let image = try await docker.image(of: container)
        else {
            throw Failure("could not \(purpose)", because: "the database does not run", fix: "kopnik logs db")
        }
        let line = """
            for database in $(psql -XqAt -c "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template1' ORDER BY 1"); do
                psql -XqAt -v ON_ERROR_STOP=1 -d "$database" -f /usr/local/bin/named-files.sql
            done
            """
        let rows = try await docker.require(
            ["exec", "--user", "postgres", container, "sh", "-euc", line], toDo: purpose, timeLimit: .seconds(300),
            fix: "kopnik logs db")
        let output = try await docker.run(
            [
                "run", "--rm", "--interactive", "--network", "none", "--read-only", "--cap-drop", "ALL", "--cap-add",
                "DAC_OVERRIDE", "--security-opt", "no-new-privileges", "--user", "0:0", "--entrypoint", "compare-files",
            ] + hostLabelWords + [
                "--mount", NodeTask.bind(hostPath(layout.uploads), to: "/files", isReadOnly: true), image, "/dev/stdin",
                "/files",
            ], standardInput: rows.standardOutput, timeLimit: .seconds(300))
        guard output.succeeded, let found = NamedFiles(output.standardOutput) else {
            throw Failure("could not \(purpose)", because: output.lastWords, fix: "kopnik doctor")
        }
        try NamedFiles.keep(found.missing, in: layout, world.files)
        return found
    }
}
