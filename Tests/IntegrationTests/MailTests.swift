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
            try await host.inside("mail", line)
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
            // One that nobody can read hides no other.
            let broken = "/var/mail/caught/new/9999999999.broken"
            #expect(try await inside(#"printf 'To: "\nFrom: <\n\nx' >\#(broken)"#).succeeded)
            let all = try await host.kopnik("mail", "inbox")
            #expect(try await inside("rm \(broken)").succeeded)
            #expect(all.succeeded && all.standardOutput.contains("cannot be read"), "\(all)")
            #expect(all.standardOutput.contains(address))
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

        @Test(.timeLimit(.minutes(4)))
        func `of the letters that were taken while the service is killed again and again none is lost`() async throws {
            try await host.raise()
            let client = LetterClient(host: host)
            async let answer = client.send()
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
            #expect(try await client.end())
            let taken = try await answer
            // Enough to have lost some; how many are taken between two kills is the computer's matter.
            #expect(taken.count > 5)
            let lost = try await client.lost(of: taken, by: "3 kills")
            #expect(lost.isEmpty, "\(lost.sorted())")
        }
    }
}

extension Result where Failure == any Error {
    /// What came of it, to be looked at later.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
