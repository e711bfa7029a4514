import Foundation
import Site
import Testing

@testable import Blueprint

/// nginx's own reading of its configuration, in short (src/core/ngx_conf_file.c, ngx_conf_read_token): words, and `;` `{` `}`.
private func tokens(_ text: String) -> [String] {
    var result: [String] = []
    var word: String.UnicodeScalarView?
    var scalars = Array(text.unicodeScalars)[...]
    func end() {
        if let done = word { result.append("=" + String(done)) }
        word = nil
    }
    while let scalar = scalars.popFirst() {
        switch scalar {
        case " ", "\t", "\n", "\r": end()
        case "{" where word?.last == "$": word?.append(scalar)
        case ";", "{", "}":
            end()
            result.append(String(scalar))
        case "#" where word == nil: scalars = scalars.drop { $0 != "\n" }
        case "\"" where word == nil, "'" where word == nil:
            var quoted = String.UnicodeScalarView()
            while let next = scalars.popFirst(), next != scalar {
                guard next == "\\", let escaped = scalars.first else { quoted.append(next); continue }
                switch escaped {
                case "\"", "'", "\\": quoted.append(escaped); scalars.removeFirst()
                case "n": quoted.append("\n"); scalars.removeFirst()
                case "r": quoted.append("\r"); scalars.removeFirst()
                case "t": quoted.append("\t"); scalars.removeFirst()
                default: quoted.append(next)
                }
            }
            word = quoted
            end()
        default: word = (word ?? .init()) + [scalar]
        }
    }
    end()
    return result
}

@Suite struct `A directive of nginx` {
    @Test(arguments: [
        "", " ", "a b", "a;b", "x}", "{x", "\"", "it's", "\\", "\\n", "a\nb", "#x", "a#b", "/\\.(?!well-known/)",
        "^/(a|b){2}$",
        "Мой сайт", "$uri", "a\\\"b", "\t", "max-age=1; includeSubDomains", "\\\\",
    ])
    func `keeps every word whole`(word: String) {
        let lines = NginxDirective.set("name", "first", word, "last").lines()
        #expect(tokens(lines.joined(separator: "\n")) == ["=name", "=first", "=" + word, "=last", ";"])
    }

    @Test(arguments: ["a\rb", "a\r\nb", ";\u{301}", "\"\u{301}"])
    func `keeps words whole whose signs are one letter to Swift`(word: String) {
        let lines = NginxDirective.set("name", word).lines()
        do {
            #expect(tokens(lines.joined(separator: "\n")) == ["=name", "=" + word, ";"])
        }
    }

    @Test func `leaves plain words without quotes, and stands in its block`() {
        let block = NginxDirective.block(
            "location", "=", "/ws", because: "why", of: [.set("return", "301", "https://a$request_uri")])
        #expect(
            block.lines(depth: 1) == [
                "    # why", "    location = /ws {", "        return 301 https://a$request_uri;", "    }",
            ])
    }
}

@Suite struct `nginx.conf` {
    private func text(_ plan: StackPlan) -> String { NginxSettings.files(plan)[0].contents }

    @Test func `is whole: every block that opens closes`() {
        for plan in Plans.all.values {
            let all = tokens(text(plan))
            var depth = 0
            for token in all {
                depth += token == "{" ? 1 : token == "}" ? -1 : 0
                #expect(depth >= 0)
            }
            #expect(depth == 0 && all.count > 100)
        }
    }

    @Test func `leads to the port that people must use`() {
        #expect(text(Plans.local).contains("return 301 https://kopnik.localhost$request_uri;"))
        #expect(text(Plans.open).contains("return 301 https://kopnik.org:8443$request_uri;"))
    }

    @Test func `binds browsers to https only where the name is public`() {
        #expect(!text(Plans.local).contains("Strict-Transport-Security"))
        #expect(text(Plans.open).contains("Strict-Transport-Security"))
    }

    @Test func `shows the dashboard where the site file says so, to nobody without the password`() throws {
        #expect(!text(Plans.local).contains("dashboard"))
        let open = text(Plans.open)
        let begin = try #require(open.range(of: "location ^~ /dashboard/ {"))
        let block = open[begin.upperBound...].prefix { $0 != "}" }
        for line in [
            "auth_basic Kopnik;", "auth_basic_user_file /etc/kopnik/nginx/dashboard.users;", "limit_req zone=dashboard",
            "proxy_set_header Authorization \"\";", "proxy_buffering off;",
        ] { #expect(block.contains(line), "\(line)") }
        let users = try Blueprint(Plans.open).files.first { $0.path == "nginx/dashboard.users" }
        #expect(users?.contents == "kopnik:$6$salt$hash\n")
        #expect(try !Blueprint(Plans.local).files.contains { $0.path == "nginx/dashboard.users" })
    }

    @Test func `does not depend on where the site lies`() {
        #expect(text(Plans.plan(Site(), prefix: "/a b")) == text(Plans.local))
    }
}
