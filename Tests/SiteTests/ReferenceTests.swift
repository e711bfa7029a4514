import Testing

@testable import Site

@Suite struct `The table of settings` {
    @Test func `the reference in docs is the generated one`() throws {
        try expectGolden(SiteReference.yaml, at: "docs/kopnik.reference.yaml")
    }

    @Test func `the schema in docs is the generated one`() throws {
        try expectGolden(SiteReference.jsonSchema, at: "docs/kopnik.schema.json")
    }

    @Test func `the reference gives exactly the defaults`() throws {
        #expect(try read(SiteReference.yaml) == Site())
    }

    @Test func `the reference has every key`() {
        let lines = SiteReference.yaml.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "#" } }
        for setting in Setting.all {
            #expect(lines.contains { $0.hasPrefix("\(setting.key):") }, "\(setting.name)")
        }
    }

    @Test func `no line of the reference is too long`() {
        #expect(SiteReference.yaml.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test func `every key changes the site, and its example is valid`() throws {
        for setting in Setting.all {
            guard let set = setting.set, let example = setting.example else { continue }
            var site = Site()
            set(&site, example)
            #expect(site != Site(), "\(setting.name)")
            #expect(setting.get(site) == example, "\(setting.name)")
            // A name moves the domain with it, as the reader does.
            if setting.name == "name" { site = Site(name: site.name) }
            if setting.name == "domain" { site = Site(domain: site.domain) }
            // A pair has two.
            if setting.name == "hosts.main" { site.hosts.standby = "ssh://198.51.100.20" }
            if setting.name == "hosts.standby" { site.hosts.main = "ssh://203.0.113.10" }
            #expect(try read(site.yaml) == site, "\(setting.name)")
        }
    }

    @Test func `each key has an example of what is no default`() {
        let without = Setting.all.filter { $0.set != nil && $0.example == nil }
        #expect(without.map(\.name) == [])
    }

    @Test func `keys of later versions are not keys of this one`() {
        #expect(Setting.later.isDisjoint(with: Setting.all.map(\.name)))
    }
}

@Suite struct `Rendering a site` {
    @Test func `the default one is only a comment`() {
        #expect(Site().yaml == "# Every value is the default.\n")
    }

    @Test func `only what differs is written`() throws {
        let site = Site(
            name: "two", domain: "kopnik.org", ports: Site.Ports(http: 8080),
            sources: Site.Sources(
                server: .folder("/srv/мой сервер"), client: .git(url: "https://a.org/b", ref: "no")),
            postgres: Site.Postgres(workMem: .kilobytes(1025), databases: ["kopnik", "no"]))
        try expectGolden(site.yaml, at: "Tests/SiteTests/Golden/minimal.yaml")
        #expect(try read(site.yaml) == site)
    }

    @Test func `the complete one has everything`() throws {
        try expectGolden(Site(domain: "kopnik.org").completeYAML, at: "Tests/SiteTests/Golden/complete.yaml")
        #expect(try read(Site(domain: "kopnik.org").completeYAML) == Site(domain: "kopnik.org"))
    }

    @Test func `default values that are no longer the default of the domain are written`() throws {
        let site = Site(domain: "kopnik.org", mail: Site.Mail(domain: "kopnik.localhost"))
        #expect(try read(site.yaml) == site)
        #expect(try read(Site(name: "two", domain: "kopnik.localhost").yaml).domain == "kopnik.localhost")
    }
}
