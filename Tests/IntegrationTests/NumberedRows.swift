import Machine

/// Rows that are written one by one, with a list outside of those that were acknowledged.
enum NumberedRows {
    /// More than can be written before the fault.
    static let count = 60000

    /// Inserts numbers and keeps those that were acknowledged, until the database is gone.
    static func write(_ host: BareHost, into table: String = "lost_set") async throws -> Set<Int> {
        let lines = (0..<count).map { "INSERT INTO \(table) VALUES (\($0)) RETURNING n;" }
        let output = try await host.run(
            ["kopnik", "psql", "-Atq"], input: lines.joined(separator: "\n"), within: .seconds(120))
        return Set(output.lines.compactMap { Int($0) })
    }

    /// The same for as long as the database is there, with the moment at which each was acknowledged.
    static func writeSlowly(_ host: BareHost, into table: String) async throws -> [Int: Double] {
        let lines = (0..<count).map {
            "INSERT INTO \(table) VALUES (\($0)) RETURNING n, extract(epoch FROM clock_timestamp()); SELECT pg_sleep(0.03);"
        }
        let output = try await host.run(
            ["kopnik", "psql", "-Atq"], input: lines.joined(separator: "\n"), within: .seconds(900))
        return output.lines.reduce(into: [:]) { acknowledged, line in
            let parts = line.split(separator: "|")
            if parts.count == 2, let number = Int(parts[0]), let moment = Double(parts[1]) {
                acknowledged[number] = moment
            }
        }
    }
}
