import Foundation
import Machine
import Testing

/// Letters that were taken from the application and had no chance to leave: what becomes of them in a fire or a failover is what
/// docs/mail.md says of the queue.
struct WaitingLetters: Sendable {
    let addresses: [String]

    /// Holds the queue manager of a site named `kopnik` still and hands letters over; the host is to die afterwards.
    init(count: Int, on host: BareHost) async throws {
        addresses = (0..<count).map { _ in "waits-\(UUID().uuidString.lowercased())@kopnik.test" }
        let held = try await host.shell(
            "kill -STOP $(docker top $(docker ps -q --filter name=kopnik_mail) -eo pid,comm | awk '$2 == \"qmgr\" { print $1 }')"
        )
        try #require(held.succeeded, "\(held)")
        for address in addresses {
            let answer = try await host.net([
                "curl", "--silent", "--insecure", "--max-time", "20", "--resolve", "kopnik.localhost:443:127.0.0.1",
                "--json", #"{"to":"\#(address)"}"#, "--write-out", "\n%{http_code}",
                "https://kopnik.localhost/api/mail",
            ])
            try #require(answer.lines.last == "202", "\(answer)")
        }
        let here = try await found(on: host)
        try #require(here == count, "\(here) of \(count) letters wait")
    }

    /// How many of them are in the queue or in the mailbox of caught letters.
    func found(on host: BareHost) async throws -> Int {
        let output = try await host.shell(
            "docker exec $(docker ps -q --filter name=kopnik_mail) sh -c 'postqueue -j; grep -rhi ^Delivered-To: /var/mail/caught/new /var/mail/caught/cur || true'"
        )
        try #require(output.succeeded, "\(output)")
        return addresses.count { output.standardOutput.contains($0) }
    }
}
