import Foundation
import Machine

/// A program in the application's container that hands letters over as fast as they are taken, and says of each when it was: what it said is
/// to arrive, whatever happens to the mail service or the computer meanwhile.
struct LetterClient: Sendable {
    let host: BareHost
    let run = String(UUID().uuidString.prefix(8)).lowercased()

    private static let program = """
        const net = require("net"), fs = require("fs"), run = process.argv[1];
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
                if (await send(number)) console.log(number); else await new Promise((done) => setTimeout(done, 50));
            }
        })();
        """

    /// Sends until it is told to end, or its computer ends.
    /// - Returns: the numbers of those that were taken.
    func send() async throws -> Set<Int> {
        let node = try await host.container("nodejs")
        let output = try await host.run(
            ["docker", "exec", node, "node", "-e", Self.program, run], within: .seconds(150))
        return Set(output.lines.compactMap { Int($0) })
    }

    func end() async throws -> Bool {
        let node = try await host.container("nodejs")
        return try await host.shell("docker exec \(node) touch /tmp/end-\(run)").succeeded
    }

    /// Waits until those that were taken are in the mailbox of caught letters, tells how many are, and empties it of them.
    /// - Returns: the numbers of those that never came.
    func lost(of taken: Set<Int>, by fault: String) async throws -> Set<Int> {
        var arrived: [Int] = []
        _ = try await poll(for: .seconds(60)) {
            guard
                let list = try? await host.inside(
                    "mail",
                    "grep -rhoi '^Delivered-To: lost-\(run)-[0-9]*' /var/mail/caught/new | cut -d- -f4"),
                list.succeeded
            else { return nil as Bool? }
            arrived = list.lines.compactMap { Int($0) }
            return taken.isSubset(of: arrived) ? true : nil
        }
        let lost = taken.subtracting(arrived)
        print(
            "mail: \(taken.count) letters taken, \(lost.count) lost, \(arrived.count - Set(arrived).count) came twice, \(fault)"
        )
        _ = try await host.inside("mail", "rm -f $(grep -rli '^Delivered-To: lost-\(run)-' /var/mail/caught/new)")
        return lost
    }
}
