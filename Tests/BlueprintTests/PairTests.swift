import Blueprint
import Site
import Testing
import Yams

@Suite struct `Two hosts` {
    private func services(_ plan: StackPlan) throws -> [String: [String: Any]] {
        let document = try #require(try Yams.load(yaml: Blueprint(plan).compose) as? [String: Any])
        return try #require(document["services"] as? [String: [String: Any]])
    }

    private func file(_ path: String, _ plan: StackPlan) throws -> String {
        try #require(try Blueprint(plan).files.first { $0.path == path }?.contents)
    }

    @Test func `differ in what is switched on, and in nothing that would restart the database when their parts change`()
        throws
    {
        var follows = Plans.follows
        follows.pair?.peer = try #require(Plans.leads.pair?.peer)
        let (here, there) = (try services(Plans.leads), try services(follows))
        for (name, service) in here {
            let replicas = { (one: [String: Any]?) in (one?["deploy"] as? [String: Any])?["replicas"] as? Int }
            #expect(replicas(service) == 1)
            #expect(replicas(there[name]) == (name == "db" || name == "keeper" ? 1 : 0), "\(name)")
        }
        let lines = { (plan: StackPlan) in
            try Blueprint(plan).compose.split(separator: "\n").filter { !$0.contains("replicas:") }
        }
        #expect(try lines(Plans.leads) == lines(follows))
        for path in ["db/postgresql.conf", "db/pg_hba.conf"] {
            #expect(try file(path, Plans.leads) == file(path, follows))
        }
    }

    @Test func `let each other in by address, certificate and one role, before everybody is turned away`() throws {
        let rows = try file("db/pg_hba.conf", Plans.leads).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let ours = rows.filter { $0.contains("kopnik_replication") }
        #expect(ours.count == 3)
        #expect(
            ours.dropLast().allSatisfy {
                $0.hasPrefix("hostssl") && $0.contains("198.51.100.20/32") && $0.hasSuffix("cert")
            })
        #expect(ours.last?.hasSuffix("reject") == true && ours.last?.contains(" all ") == true)
        let first = try #require(rows.firstIndex { $0.contains("kopnik_replication") })
        #expect(first < (rows.firstIndex { $0.contains("replication  all") } ?? 0))
        let settings = try file("db/postgresql.conf", Plans.leads)
        #expect(settings.contains("sslmode=verify-full") && settings.contains("host=198.51.100.20"))
    }

    @Test(arguments: ["local", "open", "hostile"]) func `are not what a site of one host is`(name: String) throws {
        let plan = try #require(Plans.all[name])
        let blueprint = try Blueprint(plan)
        #expect(!blueprint.compose.contains("published: 5432") && !blueprint.compose.contains("replication"))
        for path in ["db/postgresql.conf", "db/pg_hba.conf"] {
            let text = try file(path, plan)
            #expect(!text.contains("kopnik_replication") && !text.contains("ssl") && !text.contains("/etc/kopnik/pair"))
        }
    }
}
