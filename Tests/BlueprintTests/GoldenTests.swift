import Blueprint
import Site
import TestSupport
import Testing

@Suite struct `Every generated file` {
    @Test(arguments: Plans.all.keys.sorted()) func `is as it was recorded`(name: String) throws {
        let plan = try #require(Plans.all[name])
        let files = try Blueprint(plan).files
        #expect(
            files.map(\.path) == [
                "compose.yaml", "crossbar/config.json", "db/pg_hba.conf", "db/pg_ident.conf", "db/postgresql.conf",
                "mail/main.cf",
                "mail/master.cf", "mail/opendkim.conf", "mail/sender",
            ] + (plan.site.dashboard.path == nil ? [] : ["nginx/dashboard.users"]) + ["nginx/nginx.conf"])
        for file in files { try expectGolden(file.contents, "\(name)/\(file.path)") }
    }

    @Test(arguments: Plans.all.keys.sorted()) func `is the same when it is made again`(name: String) throws {
        let plan = try #require(Plans.all[name])
        #expect(try Blueprint(plan) == Blueprint(plan))
    }

    @Test func `of a service that reads it when it starts changes that service's label, and no other's`() throws {
        var site = Plans.local.site
        site.postgres.workMem = .megabytes(41)
        let before = try Labels.settings(in: Blueprint(Plans.local).compose)
        let after = try Labels.settings(in: Blueprint(Plans.plan(site, prefix: Plans.local.layout.prefix)).compose)
        #expect(Set(before.keys) == ["db", "mail", "crossbar"])
        #expect(
            before["db"] != after["db"] && before["mail"] == after["mail"] && before["crossbar"] == after["crossbar"])
    }

    @Test func `says nothing secret: no long number, no key, nothing after the word password`() throws {
        for plan in Plans.all.values {
            for file in try Blueprint(plan).files {
                #expect(
                    !file.contents.contains(/[0-9a-fA-F]{32,}|[A-Za-z0-9+\/]{44,}=|BEGIN [A-Z ]*KEY/), "\(file.path)")
                #expect(
                    !file.contents.lowercased().contains(/(password|ticket|secret)[\"']? *[:=] *[\"']?[a-z0-9]/),
                    "\(file.path)")
            }
        }
    }
}
