import Testing

@testable import Site

@Suite struct `Rules of texts` {
    struct Case: Sendable {
        let rule: TextRule
        let right: [String]
        let wrong: [String]
    }

    static let cases: [Case] = [
        Case(
            rule: .siteName, right: ["a", "kopnik", "kopnik-2", String(repeating: "a", count: 30)],
            wrong: ["", "Kopnik", "2k", "-a", "a-", "a_b", "копник", "a b", String(repeating: "a", count: 31), "a\n"]),
        Case(
            rule: .hostName, right: ["localhost", "kopnik.org", "a-b.c1.example", "xn--j1aef.xn--p1ai", "3com.com"],
            wrong: [
                "", ".", "a..b", "a.", ".a", "-a.b", "a-.b", "A.b", "a_b.c", "10.0.0.1", "a b", "https://a.org",
                "a.org:80", "*.a.org", "копник.рф", "::1", String(repeating: "a", count: 64), "1",
                Array(repeating: "abcdefgh", count: 32).joined(separator: "."),
            ]),
        Case(
            rule: .pagePath,
            right: ["/dashboard", "/d", "/a-1", "/0", "/wsx", "/" + String(repeating: "a", count: 30)],
            wrong: [
                "", "/", "dashboard", "//", "/a/b", "/A", "/a_b", "/-a", "/../a", "/a b", "/a;", "/a{", "/$a", "/api",
                "/api-x", "/upload", "/download2", "/ws", "/ю", "/" + String(repeating: "a", count: 31), "/a\n",
            ]),
        Case(
            rule: .identifier, right: ["kopnik", "_a", "dev_2"],
            wrong: ["", "2a", "a-b", "A", "a b", "a;b", "postgres", "template1", String(repeating: "a", count: 64)]),
        Case(
            rule: .ref, right: ["master", "release/1.0", "v1.2.3", "0a1b2c", "задача-1"],
            wrong: [
                "", "-x", "--upload-pack=x", "a b", "a..b", "a~1", "a^", "a:b", "/a", "a/", "a.lock", ".a", "a/.b",
                "@", "@{u}", "a\\b", "a*",
            ]),
        Case(
            rule: .mailAddress, right: ["noreply@kopnik.org", "a.b+c@localhost", "noreply@two.localhost"],
            wrong: [
                "", "a", "@a.org", "a@", "a@b@c.org", "A <a@b.org>", "a b@c.org", ".a@b.org", "a@B.org", "-f@b.org",
            ]),
        Case(
            rule: .webAddress,
            right: ["http://deb.debian.org/debian", "https://a.org:8443/x/", "https://pypi.org/simple"],
            wrong: [
                "", "deb.debian.org", "ftp://a.org", "http://", "http:///x", "http://a b", "http://a.org/'x",
                "http://-a",
                "http://user:secret@a.org/x", "http://a.org:0/", "http://a.org:x/", "http://a.org/$(x)", "HTTP://a.org",
            ]),
        Case(
            rule: .nodeMirror, right: ["https://nodejs.org/dist", "http://mirror.example.org/node"],
            wrong: [
                "", "nodejs.org/dist", "http://mirror.example.org:8080/node", "http://a.org/x?y", "http://a.org/~x",
            ]),
        Case(
            rule: .repository,
            right: [
                "https://github.com/alexey-baranov/kp-server", "http://git.example.org/a.git",
                "ssh://git@a.org:2222/b.git", "git@github.com:a/b.git", "file:///srv/мой код",
            ],
            wrong: [
                "", "-x", "--upload-pack=x", "ext::sh -c x", "/srv/x", "./x", "git://a.org/b", "https://u:p@a.org/b",
                "https://token@a.org/b", "ssh://-oProxyCommand=x/b", "-o@a.org:b", "git@-a.org:b", "ssh://-a@b.org/c",
                "git@a.org:",
            ]),
        Case(rule: .folder, right: ["/srv/x", ".", "..", "a b", "папка"], wrong: ["", "~/x", "~", "file:///x"]),
    ]

    @Test(arguments: cases.indices)
    func `right ones pass, here and by the pattern of the schema`(index: Int) throws {
        let rule = Self.cases[index].rule
        let pattern = try Regex(rule.pattern)
        for text in Self.cases[index].right {
            #expect(rule.check(text) == nil, "\(text)")
            #expect(try pattern.wholeMatch(in: text) != nil, "\(text)")
        }
    }

    @Test(arguments: cases.indices)
    func `wrong ones are refused with a reason`(index: Int) {
        for text in Self.cases[index].wrong {
            #expect(Self.cases[index].rule.check(text)?.because.isEmpty == false, "\(text)")
        }
    }

    @Test(arguments: [
        ("https://Kopnik.org:443/x", "write kopnik.org"), ("Kopnik.ORG", "write kopnik.org"),
        ("kopnik.org.", "write kopnik.org"), ("копник.рф", "xn--"), ("192.0.2.1", "leave the key out"),
    ])
    func `the fix of a domain is what was meant`(text: String, fix: String) {
        #expect(TextRule.hostName.check(text)?.fix?.contains(fix) == true)
    }
}
