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
            try await anotherIssuer(host)
            try await byHook(host)
            try await brokenOff(host)
            try await slowly(host)
            try await byPerson(host)
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
        // What certbot keeps for others, as on a server that had it before us.
        let keep = "mkdir -p \"$0/etc/letsencrypt\"; cd \"$0/etc/letsencrypt\"; \(Self.others)"
        #expect(try await host.run(["sh", "-euc", keep, BareHost.prefix]).succeeded)
        try await site(host, certificate: "server: \(Self.server)")
    }

    private static let others = """
        mkdir -p live/other.example archive/other.example accounts/acme-v02.api.letsencrypt.org/directory/1 renewal
        echo key >archive/other.example/privkey1.pem; chmod 600 archive/other.example/privkey1.pem
        ln -s ../../archive/other.example/privkey1.pem live/other.example/privkey.pem
        echo "server = https://acme-v02.api.letsencrypt.org/directory" >renewal/other.example.conf
        echo account >accounts/acme-v02.api.letsencrypt.org/directory/1/private_key.json
        """

    /// The DNS knows nothing of the domain: the site comes up all the same, and what to add is told.
    private func nowhere(_ host: BareHost) async throws {
        let up = try await up(host)
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
        #expect(try await exposedKeys(host) == "")
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

    /// The DNS says that others may issue. pebble does not mind, and Let's Encrypt is not asked at all, whichever way the name is proven.
    private func forbidden(_ host: BareHost) async throws {
        _ = try await acme(host, "caa", "example.net", "other.example")
        let old = try await served(host).text
        #expect(try await renew(host).didIt)
        let before = try await served(host) { $0.contains("Pebble") && $0.trimmed != old }.trimmed
        #expect(before.contains("Pebble") && before != old, "\(before)")
        for more in ["issuer: letsencrypt", "issuer: letsencrypt\n  dns_hook: /bin/true"] {
            try await site(host, certificate: more)
            _ = try await up(host)
            let said = try await host.kopnik("certificate").standardOutput
            #expect(said.contains("may get no certificate of Let's Encrypt"), "\(said)")
            #expect(said.contains(#"add the record:  example.net. CAA 0 issue "letsencrypt.org""#), "\(said)")
            // The other authority's certificate serves on.
            let now = try await served(host).text
            #expect(now == before, "\(now) is not \(before)")
        }
        _ = try await acme(host, "caa", "example.net")
        try await site(host, certificate: "server: \(Self.server)")
        #expect(try await up(host).succeeded)
    }

    private static let server = "https://acme.example.net:14000/dir"

    private func site(_ host: BareHost, certificate: String) async throws {
        try await host.write(
            "domain: \(Self.domain)\ncertificate:\n  \(certificate)\nmail:\n  delivery: catch\n", to: "/srv/kopnik.yaml"
        )
    }

    /// To everybody, or to nobody any more.
    private func closePort80(_ host: BareHost, _ isClosed: Bool) async throws {
        let rules = "for way in INPUT OUTPUT FORWARD; do iptables $0 $way -p tcp --dport 80 -j REJECT; done"
        #expect(try await host.run(["sh", "-c", rules, isClosed ? "-I" : "-D"]).succeeded)
    }

    /// Keys that others than their owner can read.
    private func exposedKeys(_ host: BareHost) async throws -> String {
        let find = "find \"$0/etc/letsencrypt/archive\" -name 'privkey*' -perm /077"
        return try await host.run(["sh", "-c", find, BareHost.prefix]).text
    }

    private func up(_ host: BareHost) async throws -> CommandOutput {
        try await host.kopnik("up", "--demo", "--yes", "--file", "/srv/kopnik.yaml")
    }

    /// The site file changes who issues, and the keeper, which goes on running, does not undo it.
    private func anotherIssuer(_ host: BareHost) async throws {
        try await site(host, certificate: "issuer: local")
        #expect(try await up(host).succeeded)
        #expect(try await served(host) { $0.contains("Kopnik local") }.contains("Kopnik local"))
        try await lookNow(host)
        #expect(try await served(host).standardOutput.contains("Kopnik local"))
        // Another server issues another one; the first one's own would do, and is taken again unasked.
        for (server, word) in [("https://second.acme.example.net:14000/dir", "second"), (Self.server, "first")] {
            let before = try await served(host).text
            try await site(host, certificate: "server: \(server)")
            let said = try await up(host)
            #expect(said.succeeded, "\(word): \(said.standardError)")
            let now = try await served(host) { $0.contains("Pebble") && $0.trimmed != before }
            #expect(now.contains("Pebble") && now.trimmed != before, "\(word): \(now)")
        }
        #expect(try await host.kopnik("plan").exitCode == 0)
    }

    /// The keeper looks each ten minutes; a new one looks at once.
    private func restartKeeper(_ host: BareHost) async throws {
        let restart =
            "docker kill --signal KILL $(docker ps -q --filter name=_keeper) >/dev/null; rm \"$0/var/lib/kopnik/keeper/model.json\""
        _ = try await host.run(["sh", "-euc", restart, BareHost.prefix])
    }

    /// Waits until the keeper has looked at the certificate.
    private func lookNow(_ host: BareHost) async throws {
        try await restartKeeper(host)
        let look = "grep -q '\"certificate\"' \"$0/var/lib/kopnik/keeper/model.json\""
        let hasLooked = try await poll(for: .seconds(60)) {
            try await host.run(["sh", "-c", look, BareHost.prefix]).succeeded ? true : nil
        }
        #expect(hasLooked == true)
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
        try await closePort80(host, true)
        let (didIt, said) = try await renew(host)
        try await closePort80(host, false)
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
        try await restartKeeper(host)
        let isBack = try await poll(for: .seconds(90), every: .seconds(1)) {
            try await host.kopnik("certificate").standardOutput.contains("89 days left") ? true : nil
        }
        let said = try await host.kopnik("logs", "keeper", "--lines", "20").standardOutput
        #expect(isBack == true, "\(said)")
        #expect(try await served(host) { $0.contains("Pebble") }.contains("Pebble"))
    }

    /// Port 80 is closed to the world, and the DNS is written by the person's own program.
    private func byHook(_ host: BareHost) async throws {
        try await host.write(
            """
            #!/bin/sh
            # Hands the record to the DNS of this test through a file that both see.
            cd /var/lib/kopnik/acme
            if [ "$1" = add ]; then printf '%s %s' "$2" "$3" >txt.new; mv txt.new txt; else rm -f txt; exit; fi
            # This value: what was written for one that was killed meanwhile is no answer.
            until [ "$(cat written 2>/dev/null)" = "$3" ]; do sleep 0.1; done
            """, to: "/srv/dns-hook")
        // Whoever keeps the DNS: they answer each record, unless they are held up.
        try await host.write(
            """
            cd "$1/var/lib/kopnik/acme"
            while sleep 0.1; do
                [ -e /srv/held-up ] || ! mv txt taken 2>/dev/null || { acme-server txt $(cat taken); cut -d ' ' -f 2 taken >written; }
            done
            """, to: "/srv/keep-dns")
        _ = try await host.run(
            [
                "sh", "-c",
                "chmod +x /srv/dns-hook; setsid sh /srv/keep-dns \"$0\" >/srv/keep-dns.log 2>&1 </dev/null &",
                BareHost.prefix,
            ])
        try await site(
            host,
            certificate: "server: \(Self.server)\n  names: [\(Self.domain)]\n  dns_hook: /srv/dns-hook")
        try await closePort80(host, true)
        let up = try await up(host)
        let issue = try await host.kopnik("certificate", "renew")
        try await closePort80(host, false)
        #expect(issue.succeeded, "\(issue) \(up.standardError)")
        #expect(try await host.kopnik("certificate").standardOutput.contains("89 days left"))
    }

    /// Whether a program of the DNS waits for whoever keeps it.
    private func isWaiting(_ host: BareHost) async throws -> Bool {
        try await host.run(["sh", "-c", "[ -s \"$0/var/lib/kopnik/acme/txt\" ]", BareHost.prefix]).succeeded
    }

    /// Ended or killed while the authority is being asked: nothing is half done, and the same command goes on.
    private func brokenOff(_ host: BareHost) async throws {
        let breakOff = """
            import os, signal, subprocess, sys, time
            program = subprocess.Popen(["kopnik", "certificate", "renew", "--prefix", sys.argv[1]], stderr=subprocess.PIPE, text=True)
            for _ in range(600):
                if os.path.exists(sys.argv[1] + "/var/lib/kopnik/acme/txt"): break
                time.sleep(0.1)
            program.send_signal(int(sys.argv[2]))
            said = program.communicate(timeout=60)[1]
            print(program.returncode, said)
            """
        for signal in [SIGINT, SIGKILL] {
            let before = try await served(host).text
            _ = try await host.shell("touch /srv/held-up")
            #expect(try await !isWaiting(host), "an asking from before goes on")
            let broken = try await host.run(["python3", "-c", breakOff, BareHost.prefix, "\(signal)"]).standardOutput
            #expect(broken.hasPrefix(signal == SIGINT ? "130" : "-9"), "\(broken)")
            let told = try await host.kopnik("certificate").standardOutput
            #expect(told.contains("it is not known what the authority answered"), "\(told)")
            #expect(try await served(host).text == before)
            // What asks in the keeper's container goes on until its answer comes.
            let (didIt, said) = try await renew(host)
            #expect(!didIt && said.contains("an earlier asking still goes on"), "\(said)")
            _ = try await host.shell("rm /srv/held-up")
            let isWhole = try await poll(for: .seconds(60)) { try await renew(host).didIt ? true : nil }
            #expect(isWhole == true)
            #expect(try await served(host) { $0.trimmed != before }.trimmed != before)
            #expect(try await !host.kopnik("certificate").standardOutput.contains("it is not known"))
        }
    }

    /// The keeper asks by itself, for longer than what counts as its death: it is known to live, and `up` lets it end.
    private func slowly(_ host: BareHost) async throws {
        _ = try await host.shell("touch /srv/held-up")
        try await loseCertificate(host)
        try await restartKeeper(host)
        let isAsking = try await poll(for: .seconds(60)) { try await isWaiting(host) ? true : nil }
        #expect(isAsking == true)
        let begin = ContinuousClock.now
        async let raised = up(host)
        while begin.duration(to: .now) < .seconds(24) {
            let told = try await host.kopnik("status").standardOutput
            #expect(!told.contains("silent"), "\(told)")
        }
        _ = try await host.shell("rm /srv/held-up")
        let up = try await raised
        #expect(
            up.succeeded && up.standardError.contains("waiting until the keeper is done: ask"), "\(up.standardError)")
        #expect(try await host.kopnik("certificate").standardOutput.contains("89 days left"))
    }

    /// As after a disk's fault: the certificate that the keeper should keep cannot be read.
    private func loseCertificate(_ host: BareHost) async throws {
        let lose = "rm \"$0/etc/letsencrypt/live/acme-\(Self.domain)/privkey.pem\""
        #expect(try await host.run(["sh", "-c", lose, BareHost.prefix]).succeeded)
    }

    /// Somebody who is no administrator, and whose the site's files are: what is asked for in the container becomes theirs too.
    private func byPerson(_ host: BareHost) async throws {
        let give =
            "useradd --create-home --groups docker anna; cd \"$0\"; chown -R anna etc/letsencrypt var/lib/kopnik var/log/kopnik"
        #expect(try await host.run(["sh", "-euc", give, BareHost.prefix]).succeeded)
        let foreign =
            "cd \"$0\"; find etc/letsencrypt var/lib/kopnik/acme var/lib/kopnik/certbot var/log/kopnik ! -user anna"
        let before = try await served(host).text
        let renew = "kopnik certificate renew --prefix \"$KOPNIK_TEST_PREFIX\""
        let output = try await host.run(
            ["env", "KOPNIK_TEST_PREFIX=\(BareHost.prefix)", "su", "anna", "-c", renew])
        #expect(output.succeeded, "\(output)")
        #expect(try await served(host) { $0.trimmed != before }.trimmed != before)
        #expect(try await host.run(["sh", "-c", foreign, BareHost.prefix]).text == "")
        // The keeper, which is root, leaves it to them as well.
        try await loseCertificate(host)
        try await lookNow(host)
        #expect(try await host.run(["sh", "-c", foreign, BareHost.prefix]).text == "")
        #expect(try await exposedKeys(host) == "")
    }

    /// What certbot kept for others is as it was, through all of the above and the end of the site.
    private func destroyed(_ host: BareHost) async throws {
        let destroy = try await host.kopnik("destroy", "--confirm", "kopnik")
        #expect(destroy.succeeded, "\(destroy)")
        // Accounts stay where certbot has other certificates: those may be renewed with them.
        let look = """
            cd "$0"; find . ! -type d ! -path '*acme.example.net*' ! -name README -printf '%P %m %l: ' \
                -exec sh -c 'head -c 60 "$1" | tr -d "\\n"' x {} \\; -printf '\\n' | LC_ALL=C sort
            """
        let left = try await host.run(["sh", "-c", look, BareHost.prefix])
        #expect(
            left.text == """
                etc/letsencrypt/accounts/acme-v02.api.letsencrypt.org/directory/1/private_key.json 644 : account
                etc/letsencrypt/archive/other.example/privkey1.pem 600 : key
                etc/letsencrypt/live/other.example/privkey.pem 777 ../../archive/other.example/privkey1.pem: key
                etc/letsencrypt/renewal/other.example.conf 644 : server = https://acme-v02.api.letsencrypt.org/directory
                """, "\(left.text)")
    }
}
