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

        @Test(.timeLimit(.minutes(10)))
        func `letters leave signed, and each answer of the world is told in words`() async throws {
            try await host.raise()
            try await world.turn("up")
            let parts: [(String, () async throws -> Void)] = [
                ("records", recordsAreCheckedOneByOne), ("signature", theRegistrationLetterArrivesSignedAndVerified),
                ("answers", answersAreToldAndWaitedFor), ("broken TLS", brokenTLSIsGoneRound),
                ("away", aServerThatIsAwayIsWaitedFor), ("limits", limitsHold), ("strangers", strangersAreRefused),
                ("provider", aBlockedPortAndABlockListAreSeen), ("smarthost", theSmarthostIsUsedWithItsPassword),
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
            try await world.turn("down")
            try await world.raise("delivery: catch")
            try await world.inMail("find /var/spool/postfix/kopnik -type f -delete; postsuper -d ALL")
            #expect(try await host.kopnik("restart", "nodejs").succeeded)
            try await host.raise()
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
            let doctor = try await host.kopnik("doctor")
            #expect(doctor.standardOutput.contains("SPF, DKIM and DMARC are in the DNS"), "\(doctor)")
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
            #expect(first.trial.fate?.outcome == "deferred", "\(first)")
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
            #expect(try await world.arrival(to: address).signed)
            let gone = try await poll(for: .seconds(20)) {
                try await world.inMail("postqueue -j").standardOutput.contains(address) ? nil : true
            }
            #expect(gone == true)
            #expect(try world.letters(to: address).count == 1)
        }

        private func limitsHold() async throws {
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
        }

        /// From another computer, and from a container of another stack.
        private func strangersAreRefused() async throws {
            let inner = try await host.net(["ip", "-4", "-o", "addr", "show", "eth0"]).standardOutput
            let own = try #require(
                inner.split(separator: " ").first { $0.hasPrefix("10.213.") }?.split(separator: "/").first)
            let outside = try await LocalCommandRunner().run(
                Command("timeout", ["5", "bash", "-c", "exec 3<>/dev/tcp/\(own)/25"], timeLimit: .seconds(10)))
            #expect(!outside.succeeded)
            // It tries the service's name, and each address that the container has in any network.
            let tried = try await host.shell(
                """
                mail=$(docker ps -q --no-trunc --filter label=com.docker.swarm.service.name=kopnik_mail)
                image=$(docker inspect --format '{{.Config.Image}}' "$mail")
                addresses=$(docker exec "$mail" hostname -I)
                docker network create -d overlay --attachable kopnik-foreign >/dev/null
                docker run --rm --network kopnik-foreign --entrypoint perl "$image" -MIO::Socket::INET -e '
                    for (@ARGV) {
                        my $line = IO::Socket::INET->new(PeerAddr => $_, PeerPort => 25, Timeout => 3) or next;
                        print "$_\\n"; my $said = <$line> // ""; print "$said\\n"; next unless $said =~ /^220/;
                        for my $word ("HELO stranger", "MAIL FROM:<a\\@kopnik.test>", "RCPT TO:<b\\@kopnik.test>") {
                            print $line "$word\\r\\n"; $said = <$line> // "";
                        }
                        print $said =~ /^250/ ? "TAKEN\\n" : "refused: $said";
                    }
                    print "tried\\n";' mail $addresses || failed=yes
                docker network rm kopnik-foreign >/dev/null
                """)
            #expect(
                tried.succeeded && tried.lines.last == "tried" && !tried.standardOutput.contains("TAKEN"), "\(tried)")
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
            let letter = try await world.arrival(to: address)
            #expect(letter.login == "kopnik@kopnik.test" && letter.tls && letter.signed)
            #expect(try await verifyM2().standardOutput.contains("smarthost.kopnik.test answers"))
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
