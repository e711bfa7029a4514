import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// Letters that leave, and what the world does with them: real servers, a real DNS, only the hours are seconds.
    @Suite struct DeliveryTests {
        private let world = MailWorld()
        private var host: BareHost { world.host }
        private func address(_ word: String = "reader", at domain: String = "kopnik.test") -> String {
            "\(word)-\(UUID().uuidString.prefix(8).lowercased())@\(domain)"
        }

        @Test(.timeLimit(.minutes(15)))
        func `letters leave signed, and each answer of the world is told in words`() async throws {
            try await host.raise()
            try await world.turn("up")
            let parts: [(String, () async throws -> Void)] = [
                ("records", recordsAreCheckedOneByOne), ("signature", theRegistrationLetterArrivesSignedAndVerified),
                ("answers", answersAreToldAndWaitedFor), ("broken TLS", brokenTLSIsGoneRound),
                ("away", aServerThatIsAwayIsWaitedFor), ("strangers", strangersAreRefused),
                ("provider", aBlockedPortAndABlockListAreSeen), ("limits", limitsHold),
                ("smarthost", theSmarthostIsUsedWithItsPassword),
            ]
            do {
                try await world.raise("delivery: send, letters_per_recipient: 3")
                // Containers learn of another DNS when they start.
                #expect(try await host.kopnik("restart", "nodejs").succeeded)
                try await world.hurry()
                for (name, part) in parts {
                    let start = ContinuousClock.now
                    do { try await part() } catch { Issue.record(error, "\(name)") }
                    print("delivery: \(name) \(start.duration(to: .now))")
                }
            } catch { Issue.record(error) }
            try await world.raise("delivery: catch")
            try await aLocalCopyKeepsItsLetters()
            try await world.turn("down")
            try await world.inMail("find /var/spool/postfix/kopnik -type f -delete; postsuper -d ALL")
            #expect(try await host.kopnik("restart", "nodejs").succeeded)
            try await host.raise()
        }

        /// The world can be reached, and gets nothing.
        private func aLocalCopyKeepsItsLetters() async throws {
            let address = address()
            let answer = try await host.get(
                "/api/mail", arguments: ["--json", #"{"to":"\#(address)"}"#, "--write-out", "\n%{http_code}"])
            #expect(answer.lines.last == "202", "\(answer)")
            let isCaught = try await poll(for: .seconds(30)) {
                try await host.kopnik("mail", "inbox").standardOutput.contains(address) ? true : nil
            }
            #expect(isCaught == true)
            #expect(try await world.inMail("postqueue -j").text.isEmpty)
            #expect(try world.letters(to: address).isEmpty)
        }

        private func verifyM2() async throws -> CommandOutput { try await host.kopnik("verify", "--only", "M2") }

        private func recordsAreCheckedOneByOne() async throws {
            let before = try await host.kopnik("mail", "records")
            #expect(before.exitCode == 1 && before.standardOutput.contains("found: nothing"), "\(before)")
            #expect(try await verifyM2().standardOutput.contains("do not lead to each other"))
            let records = try await world.records()
            #expect(records.contains("kopnik._domainkey.kopnik.test") && records.contains("p=MII"))
            try await world.turn("dns", input: records)
            let after = try await host.kopnik("mail", "records")
            #expect(after.succeeded && after.standardOutput.contains("All is there."), "\(after)")
            let holds = try await verifyM2()
            #expect(
                holds.standardOutput.contains("1 holds") && holds.standardOutput.contains("mx.kopnik.test answers"),
                "\(holds)")
            try await wrongRecordsAreNamed(records)
            let doctor = try await host.kopnik("doctor")
            #expect(doctor.standardOutput.contains("SPF, DKIM and DMARC are in the DNS"), "\(doctor)")
        }

        /// What a person gets wrong most: each is said in words, with the right one beside it.
        private func wrongRecordsAreNamed(_ records: String) async throws {
            func lines(without name: String) -> String {
                records.split(separator: "\n").filter { !$0.hasPrefix(name) }.joined(separator: "\n") + "\n"
            }
            let (spf, dkim) = ("txt-record=kopnik.test,", "txt-record=kopnik._domainkey.kopnik.test,")
            let dmarc = "txt-record=_dmarc.kopnik.test,"
            let many = (1...11).map { "include:s\($0).kopnik.test" }.joined(separator: " ")
            let named = (1...11).map { "txt-record=s\($0).kopnik.test,\"v=spf1 ip4:192.0.2.\($0) -all\"\n" }.joined()
            let faults: [(String, String, String)] = [
                ("SPF", lines(without: spf) + "\(spf)\"v=spf1 ip4:192.0.2.1 -all\"", "it does not let 10.213."),
                ("SPF", records + "\(spf)\"v=spf1 mx -all\"", "there are 2 of them"),
                (
                    "SPF", lines(without: spf) + named + "\(spf)\"v=spf1 \(many) -all\"",
                    "receivers ask the DNS 10 times"
                ),
                (
                    "SPF", lines(without: spf) + "\(spf)\"v=spf1 include:s1.kopnik.test -all\"",
                    "names s1.kopnik.test, which has"
                ),
                ("DKIM", lines(without: dkim), "found: nothing"),
                (
                    "DKIM", lines(without: dkim) + "\(dkim)\"v=DKIM1; k=rsa; p=MIIBIjAN\"",
                    "the end of the key is missing"
                ),
                (
                    "DKIM", lines(without: dkim) + "\(dkim)\"v=DKIM1; k=rsa; p=AAAA\"",
                    "another key than the one that signs here"
                ),
                ("DMARC", lines(without: dmarc) + "\(dmarc)\"v=DMARC1; p=refuse\"", "it does not say p=none"),
                (
                    "PTR",
                    // What dnsmasq calls a host record leads both ways.
                    records.replacing(/(ptr-record=[^,]+),.*/) { "\($0.output.1),static.example.net" }
                        .replacing(/host-record=([^,]+),(.*)/) { "address=/\($0.output.1)/\($0.output.2)" },
                    "the address is called by another name"
                ),
            ]
            for (title, zone, words) in faults {
                try await world.turn("dns", input: zone + "\n")
                let said = try await host.kopnik("mail", "records")
                // What is said of the one record, up to the next.
                let blocks = said.standardOutput.split(separator: "\n\n").filter { $0.contains("  ✗ ") }
                #expect(said.exitCode == 1 && blocks.count == 1, "\(title), \(words): \(said)")
                let block = String(blocks.first ?? "")
                #expect(block.contains("✗ \(title)  ") && block.contains(words), "\(words): \(said)")
                #expect(block.contains("value: "))
                if title == "SPF" { #expect(block.contains("value: \"v=spf1 a:kopnik.localhost "), "\(said)") }
            }
            try await world.turn("dns", input: records)
        }

        private func theRegistrationLetterArrivesSignedAndVerified() async throws {
            let address = address()
            let answer = try await host.get(
                "/api/mail", arguments: ["--json", #"{"to":"\#(address)"}"#, "--write-out", "\n%{http_code}"])
            try #require(answer.lines.last == "202", "\(answer)")
            let letter = try await world.arrival(to: address)
            #expect(letter.signed && letter.tls)
            #expect(letter.text.contains("d=kopnik.test;") && letter.text.contains("c=relaxed/relaxed"))
            // Envelope, From and signature agree.
            #expect(letter.from == "noreply@kopnik.test" && letter.text.contains("From: noreply@kopnik.test"))
            #expect(letter.hello == "kopnik.localhost")
            // The test sees what is wrong too: with another key in the DNS no signature holds.
            let records = try await world.records()
            try await world.turn(
                "dns",
                input: records.replacing(
                    "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
                    with: "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEB"))
            let second = self.address()
            #expect(try await world.test(second).code == 0)
            #expect(try await !world.arrival(to: second).signed)
            #expect(try await host.kopnik("mail", "records").exitCode == 1)
            try await world.turn("dns", input: records)
        }

        private func answersAreToldAndWaitedFor() async throws {
            let (taken, late, full, nobody) = (address(), address("late"), address("full"), address("nobody"))
            let good = try await world.test(taken)
            #expect(
                good.code == 0 && good.trial.fate?.outcome == "sent"
                    && good.trial.fate?.server.contains("mx.kopnik.test") == true)
            let greylisted = try await world.test(late)
            #expect(greylisted.code == 1 && greylisted.trial.fate?.outcome == "deferred")
            #expect(try await world.arrival(to: late).signed)
            #expect(try await world.test(full).trial.fate?.code == "4.2.2")
            let refused = try await host.kopnik("mail", "test", nobody)
            #expect(
                refused.exitCode == 1 && refused.standardOutput.contains("refused: there is no such mailbox"),
                "\(refused)")
            #expect(try await host.kopnik("logs", "mail").standardOutput.contains("status=bounced"))
            let status = try await host.kopnik("status")
            #expect(status.standardOutput.contains(", the oldest for"), "\(status)")
            try await world.inMail("postsuper -d ALL deferred")
            #expect(try world.letters(to: taken).count == 1 && world.letters(to: late).count == 1)
        }

        private func brokenTLSIsGoneRound() async throws {
            let address = address(at: "broken.kopnik.test")
            let first = try await world.test(address)
            // A letter that has waited for longer than the least time between two tries, which is a second here, goes without TLS in the
            // same try (postfix, smtp_connect.c, "preactive_delay"); on a busy computer that may be the first one.
            #expect(["deferred", "sent"].contains(first.trial.fate?.outcome), "\(first)")
            let letter = try await world.arrival(to: address)
            #expect(!letter.tls && letter.signed)
        }

        private func aServerThatIsAwayIsWaitedFor() async throws {
            let address = address()
            try await world.turn("away")
            let tried = try await world.test(address)
            #expect(tried.code == 1 && tried.trial.fate?.outcome == "deferred", "\(tried)")
            // The mail service is killed meanwhile: what it took stays.
            let old = try await host.container("mail")
            #expect(try await host.shell("docker kill --signal KILL \(old) >/dev/null").succeeded)
            let back = try await poll(for: .seconds(60)) { () -> String? in
                let now = try await host.container("mail")
                let isUp = try await host.shell(
                    "docker ps -q --no-trunc --filter id=\(now.isEmpty ? "none" : now) --filter health=healthy"
                ).text
                return now.isEmpty || now == old || isUp.isEmpty ? nil : now
            }
            try #require(back != nil)
            try await world.hurry()
            try await world.turn("sink")
            #expect(try await world.lateArrival(to: address).signed)
            let gone = try await poll(for: .seconds(20)) {
                try await world.inMail("postqueue -j").standardOutput.contains(address) ? nil : true
            }
            #expect(gone == true)
            #expect(try world.letters(to: address).count == 1)
        }

        private func limitsHold() async throws {
            // Strangers' letters through the opened door were counted too.
            try await world.inMail("rm -f /var/spool/postfix/kopnik/day")
            let address = address()
            for _ in 1...3 { #expect(try await world.test(address).code == 0) }
            let over = try await host.kopnik("mail", "test", address)
            #expect(
                over.exitCode == 1 && over.standardOutput.contains("3 letters to one address in 24 hours"), "\(over)")
            #expect(try await world.test(self.address()).code == 0)
            let status = try await host.kopnik("status")
            #expect(status.exitCode == 1 && status.standardOutput.contains("1 letter was over the limits"), "\(status)")
            // A new container counts on.
            #expect(try await host.kopnik("restart", "mail").succeeded)
            try await world.hurry()
            #expect(try await world.test(address).code == 1)
            try await world.inMail("rm /var/spool/postfix/kopnik/day")
            #expect(try await host.kopnik("status").succeeded)
            try await theDayHasItsLettersAndItsBytes()
        }

        /// Says a letter's words to the mail service's own port, with a body of so many kilobytes, and gives its last answer.
        private func say(kilobytes: Int) async throws -> String {
            let perl = """
                my $line = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => 25, Timeout => 5) or die; my $said = <$line>;
                for my $word ("HELO test", "MAIL FROM:<a\\@kopnik.test>", "RCPT TO:<$ARGV[0]>", "DATA") {
                    print $line "$word\\r\\n"; $said = <$line>; last if $said =~ /^[45]/;
                }
                if ($said =~ /^354/) { print $line "Subject: x\\r\\n\\r\\n", ("x" x 1022 . "\\r\\n") x $ARGV[1], ".\\r\\n"; $said = <$line>; }
                print $said;
                """
            let container = try await host.container("mail")
            return try await host.run(
                ["docker", "exec", container, "perl", "-MIO::Socket::INET", "-e", perl, address(), "\(kilobytes)"]
            ).text
        }

        /// As a person sets them: in the site file, by `kopnik up`.
        private func theDayHasItsLettersAndItsBytes() async throws {
            try await world.raise("delivery: send, letters_per_day: 3, megabytes_per_day: 1")
            try await world.inMail("rm -f /var/spool/postfix/kopnik/day")
            #expect(try await say(kilobytes: 700).hasPrefix("250 "))
            let big = try await say(kilobytes: 700)
            #expect(big.hasPrefix("450 4.7.1") && big.contains("1 MB of letters in 24 hours"), "\(big)")
            // A small one still has room, and it is the last of the day.
            #expect(try await say(kilobytes: 1).hasPrefix("250 "))
            let over = try await say(kilobytes: 1)
            #expect(over.hasPrefix("450 4.7.1") && over.contains("3 letters in 24 hours"), "\(over)")
            // Nor does a program open it again that asks without end (the counts of refusals once pushed out those of letters).
            try await world.inMail(
                #"perl -e 'my $now = time; print "$now refused 1 a\n" for 1..20000' >>/var/spool/postfix/kopnik/day"#)
            for _ in 1...2 { #expect(try await say(kilobytes: 1).hasPrefix("450 4.7.1")) }
            #expect(try await host.kopnik("status").standardOutput.contains("over the limits"))
            try await world.inMail("rm -f /var/spool/postfix/kopnik/day")
        }

        /// From another computer, from the computer itself, and from a container of another network: closed first, then through a door that
        /// is opened on purpose, for what is always refused proves nothing.
        private func strangersAreRefused() async throws {
            let inner = try await host.net(["ip", "-4", "-o", "addr", "show", "eth0"]).standardOutput
            let own = String(
                try #require(
                    inner.split(separator: " ").first { $0.hasPrefix("10.213.") }?.split(separator: "/").first))
            let image = try await host.shell(
                "docker inspect --format '{{.Config.Image}}' $(docker ps -q --filter name=kopnik_mail)"
            ).text
            let create = "docker network create -d overlay --attachable kopnik-foreign >/dev/null"
            #expect(try await host.shell(create).succeeded)
            let program = try String(contentsOfFile: Self.stranger, encoding: .utf8)
            func fromForeign(_ addresses: [String]) async throws -> CommandOutput {
                let words = ["--rm", "--network", "kopnik-foreign", "--entrypoint", "perl", image, "-e", program]
                return try await host.run(["docker", "run"] + words + addresses)
            }
            // The service's name, and each address that the container has in any network.
            let addresses = try await world.inMail("hostname -I").text.split(separator: " ").map(String.init)
            #expect(addresses.count >= 2)
            #expect(try await handOver([own]) == "\(own) nobody")
            let foreign = try await fromForeign(["mail"] + addresses)
            #expect(foreign.lines == ["mail nobody"] + addresses.map { "\($0) nobody" }, "\(foreign)")
            let byComputer = try await host.net(["perl", Self.stranger] + addresses)
            #expect(byComputer.lines == addresses.map { "\($0) nobody" }, "\(byComputer)")
            #expect(try await host.kopnik("verify", "--only", "M1").standardOutput.contains("1 holds"))
            // The door: a foreign network and a published port, and postfix listens everywhere.
            let opened = try await host.shell(
                "docker service update --detach=false --quiet --network-add name=kopnik-foreign,alias=mail --publish-add mode=host,published=25,target=25 kopnik_mail"
            )
            #expect(opened.succeeded, "\(opened)")
            let now = try await world.inMail("hostname -I").text.split(separator: " ").map(String.init)
            // What already listens keeps its line; for the others there is one more.
            let listening = try await world.inMail("postconf -h inet_interfaces").text
            for door in now where !listening.contains(door) {
                try await world.inMail("postconf -M '\(door):25/inet=\(door):25 inet n - n - - smtpd'")
            }
            try await world.inMail("postconf -e mynetworks=0.0.0.0/0; postfix reload")
            let taken = try await poll(for: .seconds(20)) {
                try await handOver([own]).contains("TAKEN") ? true : nil
            }
            #expect(taken == true)
            // The same words, from the same places.
            #expect(try await fromForeign(["mail"]).text == "mail TAKEN")
            #expect(try await host.net(["perl", Self.stranger] + now).text.contains("TAKEN"))
            let rows = try await host.kopnik("verify", "--only", "M1")
            #expect(rows.exitCode == 1 && rows.standardOutput.contains("✗ M1"), "\(rows)")
            try await world.raise("delivery: send, letters_per_recipient: 3")
            #expect(try await handOver([own]) == "\(own) nobody")
            _ = try await poll(for: .seconds(30)) {
                try await host.shell("docker network rm kopnik-foreign >/dev/null 2>&1").succeeded ? true : nil
            }
            #expect(try await !host.shell("docker network inspect kopnik-foreign").succeeded)
            try await world.hurry()
        }

        /// A stranger's words, as `verify` says them.
        private static let stranger = URL(filePath: BareHost.script).deletingLastPathComponent()
            .appending(path: "../../probes/stranger.pl").standardizedFileURL.path(percentEncoded: false)

        /// From this computer, which is another one for the host.
        private func handOver(_ addresses: [String]) async throws -> String {
            try await LocalCommandRunner().run(Command("perl", [Self.stranger] + addresses, timeLimit: .seconds(30)))
                .text
        }

        private func aBlockedPortAndABlockListAreSeen() async throws {
            let rule = ["FORWARD", "-p", "tcp", "-d", "10.214.0.0/16", "--dport", "25", "-j", "REJECT"]
            #expect(try await host.net(["iptables", "-w", "-I"] + rule).succeeded)
            let broken = try await verifyM2()
            let doctor = try await host.kopnik("doctor")
            #expect(try await host.net(["iptables", "-w", "-D"] + rule).succeeded)
            #expect(broken.exitCode == 1 && broken.standardOutput.contains("on port 25"), "\(broken)")
            #expect(doctor.standardOutput.contains("Please open outgoing TCP port 25"), "\(doctor)")
            let records = try await world.records()
            let own = try #require(
                records.split(separator: "\n").first { $0.hasPrefix("host-record=") }?.split(separator: ",").last)
            let name = own.split(separator: ".").reversed().joined(separator: ".")
            try await world.turn("dns", input: records + "address=/\(name).zen.spamhaus.org/127.0.0.2\n")
            #expect(try await verifyM2().standardOutput.contains("is on a block list"))
            let listed = try await host.kopnik("doctor")
            #expect(listed.exitCode == 1 && listed.standardOutput.contains("block list of Spamhaus"), "\(listed)")
            try await world.turn("dns", input: records)
            #expect(try await verifyM2().standardOutput.contains("1 holds"))
        }

        private func setPassword(_ password: String) async throws {
            let set = try await host.run(
                ["kopnik", "key", "set", "--prefix", BareHost.prefix, "smarthost-password"], input: password)
            try #require(set.succeeded, "\(set)")
        }

        private func theSmarthostIsUsedWithItsPassword() async throws {
            let file = "delivery: send, smarthost: 'smarthost.kopnik.test:587', smarthost_user: kopnik@kopnik.test"
            try await setPassword("another one")
            try await world.raise(file)
            try await world.hurry()
            // Nobody vouches for its certificate yet: neither the password nor a letter goes to it.
            let address = address("elsewhere", at: "example.net")
            let unknown = try await world.test(address)
            #expect(unknown.code == 1 && unknown.trial.fate?.said.contains("certificate") == true, "\(unknown)")
            #expect(try world.letters(to: address).isEmpty)
            let authority = try String(contentsOfFile: "\(world.folder)/cert.pem", encoding: .utf8)
            func trust() async throws {
                try await world.inMail(
                    "cat >/tmp/world.pem; postconf -e smtp_tls_CAfile=/tmp/world.pem; postfix reload", input: authority)
            }
            try await trust()
            let refused = try await host.kopnik("mail", "test", self.address("elsewhere", at: "example.net"))
            #expect(
                refused.exitCode == 1 && refused.standardOutput.contains("does not take the password"), "\(refused)")
            try await setPassword("a password, # of nobody")
            try await world.raise(file)
            try await trust()
            try await world.hurry()
            let letter = try await world.lateArrival(to: address)
            #expect(letter.login == "kopnik@kopnik.test" && letter.tls && letter.signed && letter.port == 587)
            #expect(try await verifyM2().standardOutput.contains("smarthost.kopnik.test answers"))
            // The provider that wants TLS before the first word.
            try await world.raise(file.replacing(":587", with: ":465"))
            try await trust()
            let wrapped = self.address("elsewhere", at: "example.net")
            #expect(try await world.test(wrapped).code == 0)
            let second = try await world.arrival(to: wrapped)
            #expect(second.login == "kopnik@kopnik.test" && second.tls && second.signed && second.port == 465)
            #expect(try await verifyM2().standardOutput.contains("smarthost.kopnik.test answers"))
            // A port that takes the connection and speaks no word is no way out.
            try await world.turn("mute")
            async let row = verifyM2()
            async let doctor = host.kopnik("doctor")
            let (mute, found) = try await (row, doctor)
            #expect(mute.exitCode == 1 && mute.standardOutput.contains("speaks no TLS"), "\(mute)")
            #expect(found.exitCode == 1 && found.standardOutput.contains("speaks no TLS"), "\(found)")
            try await world.turn("sink")
            // The password is nowhere but in its file and in the secret.
            let told = try await host.shell(
                "docker service inspect kopnik_mail; docker inspect $(docker ps -q); grep -rl 'of nobody' '\(BareHost.prefix)/etc' '\(BareHost.prefix)/var/log' || true"
            )
            #expect(
                !told.standardOutput.contains("of nobody")
                    && !told.standardOutput.contains(BareHost.prefix + "/etc/kopnik/mail/"))
            #expect(
                try await host.run(["kopnik", "key", "remove", "--prefix", BareHost.prefix, "smarthost-password"])
                    .succeeded)
        }
    }
}
