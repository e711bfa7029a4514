import ArgumentParser
import Blueprint
import Deployment
import Foundation
import Machine
import Remote
import Site
import Standby

/// `up` for two servers, typed on neither of them: both over SSH, the one that leads first, and what the other one needs is carried there.
struct PairCall: Sendable {
    private let site: SiteOptions
    private let written: Site
    private let words: [String]

    /// - Returns: `nil` where the call is about one computer.
    init?(_ command: any ParsableCommand, words typed: [String]) throws {
        guard let up = command as? Up, up.site.server.on == nil, let written = try up.site.siteFromFile(),
            written.hosts.isPair
        else { return nil }
        let own = Computer.ownAddresses
        let addresses = [written.hosts.main, written.hosts.standby].compactMap { $0.map(Site.Hosts.address) }
        guard addresses.allSatisfy({ !own.contains($0) }) else { return nil }
        // A site that runs here is meant, though its file names others: it was restored, or has moved.
        let world = World.live()
        guard try !world.files.exists(up.site.layout(for: written.name, world).rememberedSite) else { return nil }
        (site, self.written) = (up.site, written)
        words = Array(
            RemoteCall.words(typed, without: [("--file", up.site.file)]).dropFirst(TypedCommand.countOfVerbs(typed)))
    }

    /// A server, the way to it, and its part as it knows it.
    private struct End {
        var name: HostRecord.Name
        /// As the site file names it.
        var server: String
        var call: RemoteCall
        var connection: RemoteCall.Connection
        var part: HostRecord?
    }

    /// Does it.
    /// - Throws: `ExitCode` of the program there; `Failure` where one of the two cannot be reached.
    func run() async throws {
        var ends: [End] = []
        do {
            for (name, server) in [(HostRecord.Name.main, written.hosts.main), (.standby, written.hosts.standby)] {
                guard let server else { continue }
                let call = RemoteCall(["up"], words: words, site: site, on: server)
                try call.refuse()
                ends.append(
                    End(name: name, server: server, call: call, connection: try await connect(call, name), part: nil))
            }
            for index in ends.indices { ends[index].part = try await part(of: ends[index]) }
        } catch {
            await Task.detached { [ends] in for end in ends { await end.connection.shell.close() } }.value
            throw error
        }
        let (first, second) = Self.ordered(ends)
        try await RemoteCall.closing(ends.map(\.connection)) {
            guard first.part?.role != .primary || second.part?.role != .primary else {
                throw Failure(
                    "both servers say that they lead",
                    because: "one of them has not heard of the other yet, or was forced",
                    fix: "kopnik standby, on both: the one with the higher epoch is right")
            }
            do { try await raise(first, second) } catch {
                // What opens everything stays nowhere, whatever happened in between.
                await Task.detached {
                    for end in [first, second] {
                        _ = try? await end.connection.shell.run("rm -f ~/.kopnik/hand-over ~/.kopnik/hand-over.base64")
                    }
                }.value
                throw error
            }
        }
    }

    private func connect(_ call: RemoteCall, _ name: HostRecord.Name) async throws -> RemoteCall.Connection {
        do { return try await call.connect() } catch var failure as Failure {
            failure.what = "\(name.rawValue): \(failure.what)"
            if let server = name == .main ? written.hosts.standby : written.hosts.main {
                failure.fix =
                    [failure.fix, "for the other one alone:  kopnik up --on \(server)"].compactMap { $0 }.joined(
                        separator: "\n")
            }
            throw failure
        }
    }

    /// The one that leads, and the other; before the first `up` that is `main`.
    private static func ordered(_ ends: [End]) -> (first: End, second: End) {
        let (main, standby) = (ends[0], ends[1])
        return standby.part?.role == .primary && main.part?.role != .primary ? (standby, main) : (main, standby)
    }

    /// What a server knows of its part; only its administrator may read that.
    private func part(of end: End) async throws -> HostRecord? {
        let (call, connection) = (end.call, end.connection)
        let administrator = try await call.administrator(connection)
        let copy = "\(connection.computer.home)/.kopnik/part.json"
        _ = try await administrator.converse(
            """
            mkdir -p "$(dirname \(Command.quoted(copy)))"; rm -f \(Command.quoted(copy))
            install -m 644 "\(call.folder(written))/var/lib/kopnik/pair/record.json" \(Command.quoted(copy)) 2>/dev/null || true
            """)
        return try await connection.shell.fetch(copy).flatMap { connection.world.files.record(HostRecord.self, at: $0) }
    }

    /// A way on which nothing goes is closed after a minute, and what is done on one server takes longer.
    private static func keepOpen(_ ends: [End]) async {
        while (try? await Task.sleep(for: .seconds(20))) != nil {
            for end in ends { _ = try? await end.connection.shell.run("true") }
        }
    }

    private func raise(_ first: End, _ second: End) async throws {
        async let _ = Self.keepOpen([first, second])
        let terminal = site.standardError
        func heading(_ end: End) {
            warn("\n  \(Style.bold("\(end.name.rawValue)  \(end.connection.shell.destination)", on: terminal))")
        }
        heading(first)
        try await bring(first)
        heading(second)
        if second.part?.role == .fenced {
            throw Failure(
                "\(second.name.rawValue) stays stopped", because: "the other server took over from it",
                fix: "kopnik rejoin --on \(second.server)")
        }
        let handOver = try await carryHandOver(from: first, to: second)
        let code = try await second.call.bring(second.connection, accepting: handOver)
        guard code == 0 else { throw ExitCode(code) }
        try await tellStanding(first)
    }

    private func bring(_ end: End) async throws {
        let code = try await end.call.bring(end.connection)
        guard code == 0 else { throw ExitCode(code) }
        try await end.call.lookFromHere(end.connection)
    }

    /// Through this process's memory: on this computer's disk it would be a file that opens everything.
    /// - Returns: where it lies on the second server.
    private func carryHandOver(from first: End, to second: End) async throws -> String {
        try await first.connection.world.progress.part("Handed over") { _ in
            let name = ".kopnik/hand-over"
            let path = "\(first.connection.computer.home)/\(name)"
            let source = Command.quoted(path)
            let administrator = try await first.call.administrator(first.connection)
            let verb = first.call.line(RemoteComputer.program, ["standby", "hand-over", path, "--name", written.name])
            let code = try await administrator.converse(
                first.call.asUbuntu
                    + "\(verb) >/dev/null && chown \(Command.quoted(first.connection.computer.user)) \(source)")
            guard code == 0 else { throw ExitCode(code) }
            let read = try await first.connection.shell.run("base64 \(source); rm -f \(source)")
            guard read.succeeded, !read.text.isEmpty else {
                throw Failure(
                    "what the other server needs could not be read", because: read.lastWords, fix: "kopnik up")
            }
            let target = "\(second.connection.computer.home)/\(name)"
            let delivery = Delivery(shell: second.connection.shell, computer: second.connection.computer)
            try await delivery.write(read.standardOutput, to: target + ".base64")
            let quoted = Command.quoted(target)
            let unpacked = try await second.connection.shell.run(
                "umask 077; base64 -d \(quoted).base64 >\(quoted) && rm \(quoted).base64")
            guard unpacked.succeeded else {
                throw Failure(
                    "what the other server needs could not be written there", because: unpacked.lastWords,
                    fix: "is its disk full?  df -h")
            }
            return (target, "passwords, keys and certificates")
        }
    }

    /// How they stand in the end, in the words of the one that leads; a standby that just came needs some seconds.
    private func tellStanding(_ first: End) async throws {
        let administrator = try await first.call.administrator(first.connection)
        let verb = first.call.line(RemoteComputer.program, ["standby", "status", "--name", written.name])
        warn("")
        let code = try await administrator.converse(
            first.call.asUbuntu + "for _ in $(seq 60); do \(verb) >/dev/null 2>&1 && break; sleep 1; done; exec \(verb)"
        )
        guard code == 0 else { throw ExitCode(code) }
    }
}
