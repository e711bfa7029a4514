import Site
import Testing

@Suite struct `Complaints about a site file` {
    @Test func `all are told at once, in the order of the file`() throws {
        let text = """
            name: Kopnik
            domian: kopnik.org
            ports:
              http: 0x50
              https: 99999
              ftp: 21
            sources:
              server: dmeo
              client: {git: https://github.com/a/b, folder: /srv}
            postgres:
              version: 12
              max-connections: 100
              shared_buffers: 512mb
              work_mem: 5kB
              databases: [kopnik, Dev, kopnik]
            mail:
              delivery: ctach
              from: Kopnik <noreply@kopnik.org>
            mirrors:
              debian: ftp://mirror.example.org
            hosts:
              main: ssh://root@203.0.113.10
            http: 80
            colour: blue

            """
        let error = #expect(throws: SiteFileErrors.self) { try read(text) }
        try expectGolden("\(error?.description ?? "")\n", at: "Tests/SiteTests/Golden/all-at-once.txt")
    }

    @Test func `a misspelt key is told with the one meant`() {
        let text = "name: a\n▶domian: kopnik.org\n"
        expectComplaints(text, "kopnik.yaml:2:1: unknown key 'domian' — did you mean 'domain'?\n    fix: write domain")
        expectComplaints("postgres:\n  ▶max-connections: 20", "did you mean 'max_connections'?")
        expectComplaints("▶Ports: {http: 81}", "did you mean 'ports'?")
        expectComplaints("▶zzzzzz: 1", "known here: name, domain, ports")
        expectComplaints("▶https: 1", "move it below 'ports:'")
        expectComplaints("ports: {▶domain: x}", "at the left edge")
        expectComplaints("▶<<: 1", "unknown key")
    }

    @Test func `a pair of hosts has two servers, each named by its address`() throws {
        expectComplaints("hosts: {main: ▶ssh://root@203.0.113.10}", "hosts names one server")
        expectComplaints(
            "hosts:\n  main: ssh://root@203.0.113.10\n  standby: ▶ssh://203.0.113.10:2222",
            "both hosts are 203.0.113.10")
        expectComplaints(
            "hosts:\n  main: ▶ssh://root@db.kopnik.org\n  standby: ssh://root@198.51.100.20",
            "a server is named by ssh://")
        expectComplaints(
            "hosts:\n  main: ▶ssh://203.0.113.256\n  standby: ssh://198.51.100.20", "203.0.113.256 is no IPv4 address")
        let site = try read(
            "hosts: {main: 'ssh://root@203.0.113.10', standby: 'ssh://198.51.100.20:2222'}\nstandby: {promise: strict}\n"
        )
        #expect(site.hosts.isPair && site.standby.promise == .strict)
        #expect(Site.Hosts.address(site.hosts.standby ?? "") == "198.51.100.20")
    }

    @Test func `a repeated key is told at each repetition, and the rest is read`() {
        expectComplaints(
            """
            domain: kopnik.org
            ports:
              http: 80
              # http: 81
              ▶'http': 82
              ▶http: 83
            ▶domain: kopnik.example
            ▶colour: blue
            """,
            "'http' is written twice\n    because: it is already on line 3", "'http' is written twice",
            "'domain' is written twice\n    because: it is already on line 1", "unknown key 'colour'")
        expectComplaints("ports: {▶http: 1, http: 2}", "'http' is written twice")
    }

    @Test(arguments: ["no", "on", "yes", "true", "Off", "y", "12", "1.5", "1e3", "0x1f", "2024-01-01", "1:30", "1_000"])
    func `a text that YAML takes for something else must be in quotes`(word: String) {
        expectComplaints("sources: {server: {git: 'https://a.org/b', ref: ▶\(word)}}", "write it in quotes: '\(word)'")
        expectComplaints("name: ▶no", "YAML reads no as 'false'")
    }

    @Test(arguments: ["'no'", "\"2024-01-01\"", "'12'", "v1.5", "release/1.0", "0a1b2c3d", "feature-x"])
    func `in quotes it is a text`(word: String) throws {
        _ = try read("sources: {server: {git: 'https://a.org/b', ref: \(word)}}")
    }

    @Test func `a number must be a plain whole one in its range`() {
        expectComplaints("ports: {http: ▶0777}", "leading 0 as an octal one\n    fix: write 777")
        expectComplaints("ports: {http: ▶'80'}", "write it without quotes: 80")
        for word in ["0x50", "80.0", "on", "1_000", "-1", "+80", "８０", "~80", "1e2"] {
            expectComplaints("ports: {http: ▶\(word)}", "it must be a whole number")
        }
        for word in ["0", "65536", "99999999999999999999999"] {
            expectComplaints("ports: {http: ▶\(word)}", "allowed: 1 to 65535")
        }
        expectComplaints("postgres: {version: ▶16}", "15 or 17")
        expectComplaints("ports: {https: ▶80}", "both ports are 80")
        expectComplaints("ports:\n  https: 90\n  http: ▶90", "both ports are 90")
    }

    @Test func `an amount of memory needs its unit`() {
        expectComplaints("postgres: {work_mem: ▶40}", "fix: write 40MB")
        expectComplaints("postgres: {work_mem: ▶40mb}", "fix: write 40MB")
        expectComplaints("postgres: {work_mem: ▶1 G}", "fix: write 1GB")
        expectComplaints("postgres: {work_mem: ▶much}", "an amount such as 512MB")
        expectComplaints("postgres: {work_mem: ▶0MB}", "allowed: 1MB to 1TB")
    }

    @Test func `a missing value is told at the key`() {
        expectComplaints("▶domain:\nname: a", "domain has no value")
        expectComplaints("sources:\n  ▶server:\n", "sources.server has no value")
        expectComplaints("ports:\n  ▶http: null\n", "ports.http has no value")
    }

    @Test func `a wrong shape is told`() {
        expectComplaints("▶hello", "this is not a site file")
        expectComplaints("▶- a\n- b", "this is not a site file")
        expectComplaints("ports: ▶80", "ports is a group of keys")
        expectComplaints("ports: ▶[80]", "ports is a group of keys")
        expectComplaints("domain: ▶[a]", "must be one text, not a list")
        expectComplaints("domain: ▶{a: b}", "must be one text, not a group")
        expectComplaints("postgres: {databases: ▶kopnik}", "must be a list")
        expectComplaints("postgres: {databases: ▶[]}", "databases is empty")
        expectComplaints(
            "postgres: {databases: [kopnik, ▶postgres, ▶1a]}", "has this database for itself", "begins with")
        expectComplaints("▶[a, b]: c", "a key must be a word")
        expectComplaints("sources: {server: ▶{}}", "does not say which repository")
        expectComplaints("sources: {server: {▶ref: x}}", "does not say which repository")
        expectComplaints("sources: {server: {▶gti: x}}", "did you mean 'git'?")
        expectComplaints("sources: {server: {git: ▶'-x', ref: a}}", "an address begins with")
        expectComplaints("sources: {server: {folder: /a, ▶ref: x}}", "both a folder and a repository")
        expectComplaints("sources: {server: ▶/srv/kp}", "{folder:")
        expectComplaints("sources: {server: ▶'https://a.org/b'}", "{git:")
    }
}
