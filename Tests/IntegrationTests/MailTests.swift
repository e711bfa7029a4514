import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// A letter's whole way: through nginx to the application, to postfix, into the mailbox of caught letters.
    @Suite struct MailTests {
        let host = BareHost.shared

        /// Asks the site for its letter, as the page does.
        private func send(to address: String) async throws {
            let answer = try await host.get(
                "/api/mail", arguments: ["--json", #"{"to":"\#(address)"}"#, "--write-out", "\n%{http_code}"])
            try #require(answer.lines.last == "202", "\(answer)")
        }

        private func inside(_ line: String) async throws -> CommandOutput {
            let output = try await host.run(
                ["kopnik", "exec", "--prefix", BareHost.prefix, "mail", "sh", "-euc", line], within: .seconds(20))
            return output
        }

        /// Caught letters that went to an address and carry it in their head.
        private func caught(_ address: String) async throws -> Int {
            let output = try await inside(
                """
                cd /var/mail/caught; count=0
                for letter in new/* cur/*; do
                    grep -qix 'Delivered-To: \(address)' "$letter" 2>/dev/null || continue
                    grep -qix 'To: \(address)' "$letter"; count=$((count + 1))
                done; echo $count
                """)
            try #require(output.succeeded, "\(output)")
            return try #require(Int(output.text))
        }

        private func isQueued(_ address: String) async throws -> Bool {
            let output = try await inside("postqueue -j")
            try #require(output.succeeded, "\(output)")
            return output.standardOutput.contains(address)
        }

        private func address() -> String { "reader-\(UUID().uuidString.lowercased())@kopnik.test" }

        @Test(.timeLimit(.minutes(3)))
        func `a letter asked for on the page is in the mailbox, once`() async throws {
            try await host.raise()
            let address = address()
            try await send(to: address)
            let came = try await poll(for: .seconds(30)) { try await caught(address) > 0 ? true : nil }
            #expect(came == true)
            _ = try await poll(for: .seconds(30)) { try await isQueued(address) ? nil : true }
            #expect(try await !isQueued(address))
            #expect(try await caught(address) == 1)
            // As a person reads it: on the top of the list, decoded.
            let list = try await host.kopnik("mail", "inbox")
            let top = try #require(list.lines.first)
            #expect(top.contains(address) && top.trimmed.hasPrefix("1 "), "\(list)")
            let letter = try await host.kopnik("mail", "inbox", "1")
            #expect(letter.succeeded && letter.standardOutput.contains("to:       \(address)"), "\(letter)")
            #expect(!letter.standardOutput.contains("=?utf-8?") && letter.lines.count > 6, "\(letter)")
            #expect(try await host.kopnik("mail", "inbox", "9999").exitCode == 2)
        }

        @Test(.timeLimit(.minutes(3)))
        func `a letter that waits while the mail service is killed is delivered once`() async throws {
            try await host.raise()
            let (address, old) = (address(), try await host.container("mail"))
            // The queue manager held still: the letter is taken and acknowledged, and cannot go on.
            let held = try await host.shell(
                "kill -STOP $(docker top \(old) -eo pid,comm | awk '$2 == \"qmgr\" { print $1 }')")
            let sent = await Result { try await send(to: address) }
            let isWaiting = await Result { try await isQueued(address) }
            let before = await Result { try await caught(address) }
            // Also where something failed: nobody must meet a queue manager that is held.
            #expect(try await host.shell("docker kill --signal KILL \(old) >/dev/null").succeeded)
            try #require(held.succeeded, "\(held)")
            try sent.get()
            try #require(try isWaiting.get() && before.get() == 0)
            let back = try await poll(for: .seconds(60)) {
                let now = try await host.container("mail")
                return now.isEmpty || now == old ? nil : now
            }
            try #require(back != nil, "the mail service did not come back")
            let came = try await poll(for: .seconds(60)) { (try? await caught(address)) ?? 0 > 0 ? true : nil }
            #expect(came == true, "the letter was lost")
            let gone = try await poll(for: .seconds(30)) { try await isQueued(address) ? nil : true }
            #expect(gone == true, "it is still queued")
            #expect(try await caught(address) == 1)
        }

        /// The letters of one client, as fast as they are taken, until it is told to end.
        private static let client = """
            const net = require("net"), fs = require("fs"), run = process.argv[1], taken = [];
            const send = (number) => new Promise((done) => {
                const socket = net.connect({ host: "mail", port: 25 }), end = (good) => { socket.destroy(); done(good); };
                const steps = ["HELO test", "MAIL FROM:<a@kopnik.test>", `RCPT TO:<lost-${run}-${number}@kopnik.test>`, "DATA",
                    `To: lost-${run}-${number}@kopnik.test\\r\\n\\r\\nx\\r\\n.`];
                let step = 0;
                socket.setTimeout(5000, () => end(false));
                socket.on("error", () => end(false)).on("close", () => end(false));
                socket.on("data", (data) => /^[23]/.test(data) ? step === steps.length ? end(true) : socket.write(steps[step++] + "\\r\\n") : end(false));
            });
            (async () => {
                for (let number = 0; !fs.existsSync(`/tmp/end-${run}`) && number < 20000; number++) {
                    if (await send(number)) taken.push(number); else await new Promise((done) => setTimeout(done, 50));
                }
                console.log(JSON.stringify(taken));
            })();
            """

        @Test(.timeLimit(.minutes(4)))
        func `of the letters that were taken while the service is killed again and again none is lost`() async throws {
            try await host.raise()
            let run = String(UUID().uuidString.prefix(8)).lowercased()
            let node = try await host.container("nodejs")
            async let answer = host.run(
                ["docker", "exec", node, "node", "-e", Self.client, run], within: .seconds(150))
            let chance = Chance()
            for kill in 1...3 {
                let old = try await poll(for: .seconds(60)) { () -> String? in
                    let now = try await host.container("mail")
                    return now.isEmpty ? nil : now
                }
                let mail = try #require(old)
                // It takes letters again; then it dies at a moment that nobody chose.
                _ = try await poll(for: .seconds(30)) {
                    try await host.shell("docker logs --tail 20 \(mail)").standardOutput.contains("queue active")
                        ? true : nil
                }
                try await Task.sleep(for: chance.moment("kill \(kill)", upTo: .milliseconds(900)))
                #expect(try await host.shell("docker kill --signal KILL \(mail) >/dev/null").succeeded)
                let came = try await poll(for: .seconds(60)) {
                    let now = try await host.container("mail")
                    return now.isEmpty || now == mail ? nil : true
                }
                #expect(came == true)
            }
            #expect(try await host.shell("docker exec \(node) touch /tmp/end-\(run)").succeeded)
            let output = try await answer
            let taken = Set(try JSONDecoder().decode([Int].self, from: Data(output.standardOutput.utf8)))
            #expect(taken.count > 20, "\(output)")
            var arrived: [Int] = []
            _ = try await poll(for: .seconds(60)) {
                guard
                    let list = try? await inside(
                        "grep -rhoi '^Delivered-To: lost-\(run)-[0-9]*' /var/mail/caught/new | cut -d- -f4"),
                    list.succeeded
                else { return nil as Bool? }
                arrived = list.lines.compactMap { Int($0) }
                return taken.isSubset(of: arrived) ? true : nil
            }
            let lost = taken.subtracting(arrived)
            print(
                "mail: \(taken.count) letters taken, \(lost.count) lost, \(arrived.count - Set(arrived).count) came twice, 3 kills"
            )
            #expect(lost.isEmpty, "\(lost.sorted())")
            _ = try await inside("rm -f $(grep -rli '^Delivered-To: lost-\(run)-' /var/mail/caught/new)")
        }
    }
}

extension Result where Failure == any Error {
    /// What came of it, to be looked at later.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
