import Foundation
import Machine
import Testing

/// Public certificates from a real ACME server (pebble) with a DNS of its own, by the real nginx of the stack: all in turn on one host.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct CertificateTests {
    private static let domain = "kopnik.example.net"
    private static let www = "www.kopnik.example.net"

    @Test(.timeLimit(.minutes(15)))
    func `a certificate is asked for, kept, renewed and told of, whatever is wrong`() async throws {
        try await BareHost.fresh("acme") { host in
            try await prepare(host)
            try await nowhere(host)
            try await issued(host)
            try await anotherServer(host)
            try await forbidden(host)
            try await lostAccount(host)
            try await unreachable(host)
            try await anotherTime(host)
            try await limited(host)
            try await underLoad(host)
            try await flood(host)
            try await expired(host)
            try await byHook(host)
            try await destroyed(host)
        }
    }

    private func acme(_ host: BareHost, _ words: String...) async throws -> CommandOutput {
        let output = try await host.run(["acme-server"] + words)
        try #require(output.succeeded, "\(words): \(output)")
        return output
    }

    /// Whether `certificate renew` did it, and what it said.
    private func renew(_ host: BareHost) async throws -> (didIt: Bool, said: String) {
        let output = try await host.kopnik("certificate", "renew")
        return (output.succeeded, output.standardError)
    }

    private func address(_ host: BareHost) async throws -> String {
        try await host.shell("ip -4 -o addr show eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'").text
    }

    /// Whatever pebble knew is forgotten, its root too.
    private func restartServer(_ host: BareHost, seconds: Int = 7_776_000) async throws {
        _ = try await acme(host, "pebble", "\(seconds)")
    }

    private func served(_ host: BareHost) async throws -> CommandOutput {
        try await host.shell(
            "echo | openssl s_client -connect 127.0.0.1:443 -servername \(Self.domain) -verify_hostname \(Self.domain) 2>/dev/null | openssl x509 -noout -issuer -serial -ext subjectAltName"
        )
    }

    /// What nginx serves once it fits; it reads a new certificate a moment after it was told of it.
    private func served(_ host: BareHost, until fits: @escaping @Sendable (String) -> Bool) async throws -> String {
        var last = ""
        for _ in 1...50 where !fits(last) { last = try await served(host).standardOutput }
        return last
    }

    private func prepare(_ host: BareHost) async throws {
        let script = URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "acme-server")
        try FileManager.default.copyItem(
            atPath: script.path(percentEncoded: false), toPath: host.rootFolder() + "/usr/local/bin/acme-server")
        _ = try await acme(host, "prepare")
        try await restartServer(host)
        try await host.write(
            """
            domain: \(Self.domain)
            certificate:
              server: https://acme.example.net:14000/dir
            mail:
              delivery: catch
            """, to: "/srv/kopnik.yaml")
    }

    /// The DNS knows nothing of the domain: the site comes up all the same, and what to add is told.
    private func nowhere(_ host: BareHost) async throws {
        let up = try await host.kopnik("up", "--demo", "--yes", "--file", "/srv/kopnik.yaml")
        #expect(up.succeeded, "\(up.standardError)")
        #expect(up.standardError.contains("add the record:  \(Self.domain). A "), "\(up.standardError)")
        #expect(up.standardError.contains("kopnik certificate issue --file"))
        let rows = try await host.kopnik("verify", "--only", "O3,W6").standardOutput
        #expect(rows.contains("≠ O3") && rows.contains("leads nowhere") && rows.contains("✓ W6"), "\(rows)")
        // It is not asked again and again.
        #expect(try await host.kopnik("plan").exitCode == 0)
        #expect(try await served(host).standardOutput.contains("Kopnik local authority"))
    }

    /// With a name in the DNS it is issued; the other name, which leads nowhere, is left out and told.
    private func issued(_ host: BareHost) async throws {
        let address = try await address(host)
        _ = try await acme(host, "names", "\(Self.domain)=\(address)")
        let issue = try await host.kopnik("certificate", "issue")
        #expect(issue.succeeded, "\(issue)")
        let served = try await served(host) { $0.contains("Pebble") }
        #expect(
            served.contains("Pebble") && served.contains("DNS:\(Self.domain)") && !served.contains(Self.www),
            "\(served)")
        let told = try await host.kopnik("certificate").standardOutput
        #expect(told.contains("left out") && told.contains("\(Self.www) leads nowhere"), "\(told)")
        #expect(told.contains("89 days left"))
        let rows = try await host.kopnik("verify", "--only", "O3,W6").standardOutput
        #expect(rows.contains("≠ O3") && rows.contains("another ACME server") && rows.contains("✓ W6"), "\(rows)")
        // Nothing is left to do, and to ask again takes a word of its own.
        #expect(try await host.kopnik("plan").exitCode == 0)
        #expect(try await host.kopnik("certificate", "issue").standardOutput.contains("nothing to do"))
        let keys = "find \"$0/etc/letsencrypt/archive\" -name 'privkey*' -perm /077"
        #expect(try await host.run(["sh", "-c", keys, BareHost.prefix]).text.isEmpty)
        // The other name joins in as soon as it leads here, and leads on to the domain.
        _ = try await acme(host, "names", "\(Self.domain)=\(address)", "\(Self.www)=\(address)")
        let (didIt, said) = try await renew(host)
        #expect(didIt, "\(said)")
        #expect(try await self.served(host) { $0.contains("DNS:\(Self.www)") }.contains("DNS:\(Self.www)"))
        let moved = try await host.shell(
            "curl -s -o /dev/null -w '%{http_code} %{redirect_url}' https://\(Self.www)/x?y=1")
        #expect(moved.text == "301 https://\(Self.domain)/x?y=1")
    }

    private func anotherServer(_ host: BareHost) async throws {
        let address = try await address(host)
        _ = try await acme(host, "other")
        _ = try await acme(host, "names", "\(Self.domain)=203.0.113.9")
        let (didIt, said) = try await renew(host)
        #expect(!didIt && said.contains("at 203.0.113.9 something else answers (SimpleHTTP"), "\(said)")
        _ = try await acme(host, "names", "\(Self.domain)=\(address)", "\(Self.www)=\(address)")
    }

    /// pebble itself asks nobody for CAA records, and ours count for Let's Encrypt alone: only that the DNS is read is seen here.
    private func forbidden(_ host: BareHost) async throws {
        _ = try await acme(host, "caa", "example.net", "other.example")
        let look = """
            docker exec $(docker ps -q --filter name=_keeper) python3 -c "import dns.resolver; print(dns.resolver.resolve('example.net', 'CAA')[0].to_text())"
            """
        #expect(try await host.shell(look).text == #"0 issue "other.example""#)
        #expect(try await renew(host).didIt)
        _ = try await acme(host, "caa", "example.net")
    }

    /// The server forgot the account, as after a revocation: another is made unasked.
    private func lostAccount(_ host: BareHost) async throws {
        try await restartServer(host)
        let (didIt, said) = try await renew(host)
        #expect(didIt, "\(said)")
        let row = try await host.kopnik("verify", "--only", "O3")
        #expect(row.succeeded, "\(row.standardOutput)")
    }

    private func unreachable(_ host: BareHost) async throws {
        let before = try await served(host).text
        let block = "for way in INPUT OUTPUT FORWARD; do iptables $0 $way -p tcp --dport 80 -j REJECT; done"
        _ = try await host.run(["sh", "-c", block, "-I"])
        let (didIt, said) = try await renew(host)
        _ = try await host.run(["sh", "-c", block, "-D"])
        #expect(!didIt && said.contains("open port 80 of this server"), "\(said)")
        _ = try await acme(host, "stop")
        let (didItAlone, saidAlone) = try await renew(host)
        #expect(!didItAlone && saidAlone.contains("cannot be reached from here"), "\(saidAlone)")
        // What stands, stands.
        #expect(try await served(host).text == before)
        #expect(try await host.kopnik("status").succeeded)
        try await restartServer(host)
    }

    private func anotherTime(_ host: BareHost) async throws {
        _ = try await acme(host, "tls", "-1")
        // It starts, and the host's own curl does not trust it.
        _ = try await host.run(["acme-server", "pebble"])
        let (didIt, said) = try await renew(host)
        #expect(!didIt && said.contains("this computer's clock says"), "\(said)")
        _ = try await acme(host, "tls", "30")
        try await restartServer(host)
    }

    /// A server that has had enough; pebble knows no limits, so one that stands before it says so.
    private func limited(_ host: BareHost) async throws {
        _ = try await acme(host, "limit", "on")
        let (didIt, said) = try await renew(host)
        #expect(!didIt && said.contains("asked too often") && said.contains("2099-01-02"), "\(said)")
        // The authority's own word holds, for a person too.
        let again = try await host.kopnik("certificate", "renew")
        #expect(!again.succeeded && again.standardError.contains("must not be asked yet"), "\(again)")
        _ = try await acme(host, "limit", "off")
        #expect(
            try await host.run(["sh", "-c", "rm \"$0/var/lib/kopnik/certificate.json\"", BareHost.prefix]).succeeded)
        let (didItAfter, saidAfter) = try await renew(host)
        #expect(didItAfter, "\(saidAfter)")
    }

    /// 200 requests a second, new connections and old, and 100 WAMP sessions: a renewal in the middle drops none of them.
    private func underLoad(_ host: BareHost) async throws {
        _ = try await host.shell("acme-server root >/srv/root.pem; rm -f /srv/renewed; mkfifo /srv/go")
        let before = try await served(host).standardOutput
        let sessions = URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "hold-sessions.py")
        let root = host.rootFolder()
        let hold = """
            exec 9<>"\(root)/srv/go"
            "\(sessions.path(percentEncoded: false))" wss://\(Self.domain)/ws 127.0.0.1 100 "\(root)/srv/root.pem" <"\(root)/srv/go" >"\(root)/srv/held" 2>&1 9>&- & holder=$!
            for _ in $(seq 300); do grep -q ready "\(root)/srv/held" && break; sleep 0.1; done
            hey -z 12s -c 15 -q 10 -host \(Self.domain) https://127.0.0.1/ >"\(root)/srv/kept" & first=$!
            hey -z 12s -c 10 -q 5 -disable-keepalive -host \(Self.domain) https://127.0.0.1/api/version >"\(root)/srv/fresh" & second=$!
            wait $first $second
            for _ in $(seq 600); do [ -e "\(root)/srv/renewed" ] && break; sleep 0.1; done
            exec 9>&-
            wait $holder
            """
        async let load = host.net(["bash", "-c", hold])
        let isUnderWay = try await poll(for: .seconds(40)) {
            try await host.shell("grep -q ready /srv/held").succeeded ? true : nil
        }
        #expect(isUnderWay == true)
        let (didIt, said) = try await renew(host)
        #expect(didIt, "\(said)")
        _ = try await host.shell("touch /srv/renewed")
        #expect(try await load.succeeded)
        #expect(try await served(host) { $0 != before } != before)
        let held = try await host.shell("cat /srv/held").standardOutput
        #expect(held.contains("open 100"), "\(held)")
        for name in ["kept", "fresh"] {
            let report = try await host.shell("sed -n '/Status code/,$p; /Requests\\/sec/p' /srv/\(name)")
                .standardOutput
            let codes = report.matches(of: #/\[(\d+)\]\s+(\d+) responses/#)
            #expect(codes.count == 1 && codes[0].1 == "200" && (Int(codes[0].2) ?? 0) > 500, "\(report)")
            #expect(!report.contains("Error distribution"), "\(report)")
        }
    }

    /// One visitor from outside who asks without end is held back; a page with many files is not.
    private func flood(_ host: BareHost) async throws {
        let address = try await address(host)
        func codes(_ path: String) async throws -> [String: Int] {
            let words = ["-n", "400", "-c", "20", "-host", Self.domain, "https://\(address)\(path)"]
            let report = try await LocalCommandRunner().run(Command("hey", words, timeLimit: .seconds(60)))
            return Dictionary(
                uniqueKeysWithValues: report.standardOutput.matches(of: #/\[(\d+)\]\s+(\d+) responses/#).map {
                    (String($0.1), Int($0.2) ?? 0)
                })
        }
        #expect(try await codes("/") == ["200": 400])
        let flooded = try await codes("/api/version")
        #expect((60...200).contains(flooded["200"] ?? 0) && (flooded["429"] ?? 0) >= 200, "\(flooded)")
        let sessions = try await codes("/ws")
        #expect((sessions["429"] ?? 0) >= 200, "\(sessions)")
    }

    /// A certificate that lasts half a minute, and a keeper that may not renew it: loud, then whole again by itself.
    private func expired(_ host: BareHost) async throws {
        try await restartServer(host, seconds: 30)
        #expect(try await renew(host).didIt)
        _ = try await acme(host, "stop")
        let isOver = try await poll(for: .seconds(60), every: .seconds(1)) {
            try await host.kopnik("certificate").standardOutput.contains("expired") ? true : nil
        }
        #expect(isOver == true)
        let row = try await host.kopnik("verify", "--only", "O3")
        #expect(row.exitCode == 1 && row.standardOutput.contains("✗ O3"), "\(row.standardOutput)")
        #expect(try await host.kopnik("doctor").standardOutput.contains("expired"))
        try await restartServer(host)
        // It looks each hour; a new one looks at once.
        _ = try await host.shell("docker kill --signal KILL $(docker ps -q --filter name=_keeper) >/dev/null")
        let isBack = try await poll(for: .seconds(90), every: .seconds(1)) {
            try await host.kopnik("certificate").standardOutput.contains("89 days left") ? true : nil
        }
        let said = try await host.kopnik("logs", "keeper", "--lines", "20").standardOutput
        #expect(isBack == true, "\(said)")
        #expect(try await served(host).standardOutput.contains("Pebble"))
    }

    /// Port 80 is closed to the world, and the DNS is written by the person's own program.
    private func byHook(_ host: BareHost) async throws {
        try await host.write(
            """
            #!/bin/sh
            # Hands the record to the DNS of this test through a file that both see.
            if [ "$1" = add ]; then printf '%s %s' "$2" "$3" >>/var/lib/kopnik/acme/txt; else rm -f /var/lib/kopnik/acme/txt; exit; fi
            while [ ! -e /var/lib/kopnik/acme/written ]; do sleep 0.1; done; rm /var/lib/kopnik/acme/written
            """, to: "/srv/dns-hook")
        _ = try await host.shell(
            "chmod +x /srv/dns-hook; printf '  names: [%s]\\n  dns_hook: /srv/dns-hook\\n' \(Self.domain) >/tmp/more; sed -i '/server:/r /tmp/more' /srv/kopnik.yaml"
        )
        let serve = """
            cd "$0/var/lib/kopnik/acme"
            for _ in $(seq 600); do [ -s txt ] && break; sleep 0.1; done
            acme-server txt $(cat txt)
            touch written
            """
        async let dns = host.run(["sh", "-c", serve, BareHost.prefix], within: .seconds(90))
        let block = "for way in INPUT OUTPUT FORWARD; do iptables $0 $way -p tcp --dport 80 -j REJECT; done"
        _ = try await host.run(["sh", "-c", block, "-I"])
        let up = try await host.kopnik("up", "--demo", "--yes", "--file", "/srv/kopnik.yaml")
        let issue = try await host.kopnik("certificate", "renew")
        _ = try await host.run(["sh", "-c", block, "-D"])
        #expect(try await dns.succeeded)
        #expect(issue.succeeded, "\(issue) \(up.standardError)")
        #expect(try await host.kopnik("certificate").standardOutput.contains("89 days left"))
    }

    private func destroyed(_ host: BareHost) async throws {
        #expect(try await host.kopnik("destroy", "--confirm", "kopnik").succeeded)
        let left = try await host.run(["sh", "-c", "find \"$0\" 2>/dev/null || true", BareHost.prefix])
        #expect(left.text.isEmpty, "\(left.text)")
    }
}
