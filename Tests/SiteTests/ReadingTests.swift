import Site
import Testing

@Suite struct `Reading a site file` {
    @Test(arguments: ["", "\n", "# nothing\n", "---\n", "~", "{}", "\u{FEFF}", "ports:\n", "mail: {}\n", "---\n...\n"])
    func `an empty document is all defaults`(text: String) throws {
        #expect(try read(text) == Site())
    }

    @Test func `defaults are those of the requirements`() {
        let site = Site()
        #expect(site.name == "kopnik" && site.domain == "kopnik.localhost" && site.isLocal)
        #expect(site.ports == Site.Ports(http: 80, https: 443))
        #expect(site.sources.server == .git(url: "https://github.com/alexey-baranov/kp-server", ref: "master"))
        #expect(site.sources.client == .git(url: "https://github.com/alexey-baranov/kp-client", ref: "master"))
        #expect(site.postgres.version == 17 && site.postgres.maxConnections == 1000)
        #expect(site.postgres.sharedBuffers.description == "512MB")
        #expect(site.postgres.effectiveCacheSize == .megabytes(1024))
        #expect(site.postgres.workMem.description == "40MB")
        #expect(site.postgres.databases == ["kopnik", "dev", "test"])
        #expect(site.mail == Site.Mail(delivery: .catch, from: "noreply@kopnik.localhost"))
        #expect(site.mirrors == Site.Mirrors(debian: "http://deb.debian.org/debian", python: nil))
    }

    @Test func `defaults follow the name and the domain`() throws {
        #expect(try read("name: two").domain == "two.localhost")
        #expect(try read("name: two").mail == Site.Mail(delivery: .catch, from: "noreply@two.localhost"))
        let real = try read("domain: kopnik.org")
        #expect(!real.isLocal && real.mail == Site.Mail(delivery: .send, from: "noreply@kopnik.org"))
        #expect(try read("mail: {delivery: catch}\ndomain: kopnik.org").mail.delivery == .catch)
    }

    @Test(arguments: [
        ("localhost", true), ("a.test", true), ("a.b.local", true), ("kopnik.org", false), ("notlocal.org", false),
        ("mylocal", false), ("localhost.org", false),
    ])
    func `a domain is local by its ending`(domain: String, isLocal: Bool) {
        #expect(Site(domain: domain).isLocal == isLocal)
    }

    @Test func `every key is read`() throws {
        let site = try read(
            """
            name: kopnik-2
            domain: kopnik.example
            ports: {http: 8080, https: 8443}
            sources:
              server: demo
              client:
                git: "git@example.org:our/kp-client.git"
                ref: v1.2
            postgres:
              version: 17
              max_connections: 50
              shared_buffers: 128MB
              effective_cache_size: 2 GB
              work_mem: 4096kB
              databases:
                - main
                - Test_2
            mail: {delivery: send, from: kopnik@example.org}
            mirrors: {debian: 'http://mirror.example.org/debian', python: https://pypi.example.org/simple}
            """.replacing("Test_2", with: "test_2"))
        #expect(
            site
                == Site(
                    name: "kopnik-2", domain: "kopnik.example", ports: Site.Ports(http: 8080, https: 8443),
                    sources: Site.Sources(
                        server: .demo, client: .git(url: "git@example.org:our/kp-client.git", ref: "v1.2")),
                    postgres: Site.Postgres(
                        maxConnections: 50, sharedBuffers: .megabytes(128), effectiveCacheSize: .gigabytes(2),
                        workMem: .megabytes(4), databases: ["main", "test_2"]),
                    mail: Site.Mail(delivery: .send, from: "kopnik@example.org"),
                    mirrors: Site.Mirrors(
                        debian: "http://mirror.example.org/debian", python: "https://pypi.example.org/simple")))
    }

    @Test(arguments: [
        "/srv/my sources/kp-server", "./Исходники сервера", "../kp-server", "kp", "C:/x", "/srv/it's", "/a \"b\" \\c",
        "/a # b", "/x: y", "/日本/नमस्ते",
    ])
    func `a folder may have spaces and letters of any language`(path: String) throws {
        let site = Site(sources: Site.Sources(server: .folder(path)))
        #expect(try read(site.yaml) == site)
    }

    @Test func `a folder is read plainly, too`() throws {
        let site = try read("sources: {server: {folder: /srv/мой сервер}}")
        #expect(site.sources.server == .folder("/srv/мой сервер"))
    }

    @Test func `lines may end as in Windows, and the file may begin with a byte-order mark`() throws {
        let text = "\u{FEFF}name: a\r\nports:\r\n  http: 81\r\n"
        #expect(try read(text) == Site(name: "a", ports: Site.Ports(http: 81)))
        #expect(try SiteFile.read(bytes: Array(text.utf8), name: "x") == Site(name: "a", ports: Site.Ports(http: 81)))
    }
}
