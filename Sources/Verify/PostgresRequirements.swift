import Blueprint
import Engine
import Site

extension Requirements {
    static let postgres: [Requirement] = [
        Requirement("G1", "Postgres of the latest long-supported version", services: [.db], at: [.database]) {
            sightings in
            sightings.database.judged { seen in
                let major = seen.number / 10000
                let evidence = "PostgreSQL \(seen.version)"
                if major == 17 { return .holds(evidence) }
                if major == sightings.site.postgres.version {
                    return .differs(
                        evidence, because: "the site file says so; 17 is the newest of the images' distribution")
                }
                return .broken(evidence, because: "17 is the newest major version of the images' distribution")
            }
        },
        Requirement("G2", "Port 5432, reachable from nodejs", services: [.db, .nodejs], at: [.nodejs, .database]) {
            sightings in
            sightings.inside.judged { inside in
                inside.db.judged("db:5432 cannot be reached from inside nodejs") { port in
                    guard port.greeting != nil else {
                        return .broken(
                            "db:5432 said '\(port.said)'", because: "that is not how Postgres answers a request for TLS"
                        )
                    }
                    return .holds("db:5432 answers inside nodejs as Postgres does")
                }
            }
        },
        setting("G3", "max_connections", "1000") { "\($0.maxConnections)" },
        setting("G4", "shared_buffers", "512MB") { $0.sharedBuffers.description },
        setting("G5", "effective_cache_size", "1024MB") { $0.effectiveCacheSize.description },
        setting("G6", "work_mem", "40MB") { $0.workMem.description },
        Requirement("G7", "Databases kopnik, dev, test in UTF-8", services: [.db], at: [.database]) { sightings in
            sightings.database.judged { databases($0.databases, site: sightings.site) }
        },
    ]

    /// A row whose value the running server shows.
    private static func setting(
        _ number: String, _ name: String, _ wanted: String, chosen: @escaping @Sendable (Site.Postgres) -> String
    ) -> Requirement {
        Requirement(number, "\(name) = \(wanted)", services: [.db], at: [.database]) { sightings in
            sightings.database.judged { seen in
                guard let value = seen.settings[name] else { return .broken("the server does not know \(name)") }
                if let other = seen.overrides.first(where: { $0.hasPrefix("\(name)=") }) {
                    return .broken(
                        "\(name) is \(value), but \(other) for some database or role",
                        because: "somebody set it there by ALTER DATABASE or ALTER ROLE")
                }
                let evidence = "the server shows \(value)"
                if ByteCount.areSame(value, wanted) { return .holds(evidence) }
                if ByteCount.areSame(value, chosen(sightings.site.postgres)) {
                    return .differs(evidence, because: "the site file says so")
                }
                return .broken(
                    evidence,
                    because: "it should be \(chosen(sightings.site.postgres)); somebody changed the running server")
            }
        }
    }

    private static func databases(_ seen: [String: String], site: Site) -> Judgement {
        let wanted = ["kopnik", "dev", "test"]
        let asked = site.postgres.databases
        let missing = asked.filter { seen[$0] == nil }
        guard missing.isEmpty else { return .broken("no database \(list(missing))", because: "somebody removed it") }
        let other = asked.filter { seen[$0] != "UTF8" }
        guard other.isEmpty else {
            return .broken("\(other[0]) is in \(seen[other[0]] ?? "")", because: "it was made with another encoding")
        }
        let evidence = "\(asked.joined(separator: ", ")): UTF-8"
        return wanted.allSatisfy(asked.contains)
            ? .holds(evidence) : .differs(evidence, because: "the site file names these databases")
    }
}
