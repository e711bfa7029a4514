import Foundation
import Machine
import Testing

/// A first `up` to which everything happens: no network, then KILL and INT in every step that only a first one has anything to do in,
/// then the plug of the network pulled in the middle of an image. FAULTS rows 3 and 7. On a computer of its own, with nothing cached.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct FreshHostTests {
    private let chance = Chance()
    private let site = ["--demo", "--prefix", BareHost.prefix]

    @Test(.timeLimit(.minutes(25)))
    func `a first up goes on from wherever it was broken off, and says what it lacks`() async throws {
        print("seed \(chance.seed)")
        try await BareHost.fresh("fresh") { host in
            try await withoutNetwork(host)
            for (step, longest) in [("Packages", Duration.seconds(3)), ("Docker", .zero), ("Images", .seconds(8))] {
                // Each of the two in turn is the other half of the matter: the dice say which, unless somebody wants all of it.
                for signal in WholeRun.isAsked ? [SIGKILL, SIGINT] : [chance.either(SIGKILL, SIGINT)] {
                    try await interrupted(host, in: step, signal, upTo: longest)
                }
            }
            if WholeRun.isAsked {
                try await unplugged(
                    host, while: "pgrep -x mmdebstrap",
                    saying: ["could not make the base image from Debian's packages", "check the network"])
            }
            try await unplugged(
                host, while: "pgrep -f '[d]ocker build .*/images/nodejs'",
                saying: ["could not build the image ", "check the network", "what is built already is kept"])
            let start = ContinuousClock.now
            let end = try await host.run(["kopnik", "up", "--yes"] + site)
            #expect(end.succeeded, "\(end.standardError)\(end.standardOutput)")
            #expect(end.standardError.contains(" 0 broken"), "\(end.standardError)")
            print("the last up took \(ProgressLine.time(start.duration(to: .now)))")
            #expect(try await host.kopnik("plan").exitCode == 0)
        }
    }

    private func withoutNetwork(_ host: BareHost) async throws {
        try await host.power("offline")
        let start = ContinuousClock.now
        let up = try await host.run(["kopnik", "up", "--yes"] + site)
        print("without a network it gave up after \(ProgressLine.time(start.duration(to: .now)))")
        try await host.power("online")
        #expect(up.exitCode == 1, "\(up)")
        for words in ["could not install docker.io", "Failed to fetch", "check the network", "packages.log"] {
            #expect(up.standardError.contains(words), "\(up.standardError)")
        }
        #expect(try await !host.shell("command -v dockerd").succeeded)
    }

    private func interrupted(_ host: BareHost, in step: String, _ signal: Int32, upTo longest: Duration) async throws {
        let moment = chance.moment("\(step) \(signal)", upTo: longest)
        let up = try RunningUp(
            on: host, site, injecting: RunningUp.Injection(step: step, signal: signal, after: moment))
        let code = try await up.exitCode(within: .seconds(600))
        print("signal \(signal) \(moment) into \(step): code \(code ?? -1)")
        #expect(up.wasHit(in: step), "\(step): \(up.said)")
        #expect(code == (signal == SIGKILL ? 137 : 130), "\(step): \(up.said)")
        if signal == SIGINT { #expect(up.said.contains("run the same command again"), "\(step): \(up.said)") }
    }

    /// Pulls the network's plug while something runs inside.
    private func unplugged(_ host: BareHost, while running: String, saying words: [String]) async throws {
        let up = try RunningUp(on: host, site)
        let reached = try await poll(for: .seconds(300), every: .milliseconds(100)) {
            try await host.shell(running).succeeded ? true : try await up.exitCode(within: .zero).map { _ in false }
        }
        try #require(reached == true, "\(running): \(up.said)")
        try await Task.sleep(for: chance.moment(running, upTo: .seconds(2)))
        try await host.power("offline")
        let start = ContinuousClock.now
        let code = try await up.exitCode(within: .seconds(600))
        try await host.power("online")
        print("unplugged during \(running): gave up after \(ProgressLine.time(start.duration(to: .now)))")
        #expect(code == 1, "\(up.said)")
        #expect(up.said.contains("  ✗ Images "), "\(up.said)")
        for word in words { #expect(up.said.contains(word), "\(up.said)") }
    }
}
