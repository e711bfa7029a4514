import Blueprint
import Foundation
import Machine
import Synchronization
import TestSupport
import Testing

@testable import Deployment

@Suite struct `The packages step` {
    let folder = TemporaryFolder()
    private let noDocker = ScriptedRunner([(["docker", "info"], CommandOutput(exitCode: 1, standardError: "no"))])

    @Test(arguments: [false, true]) func `installs what tells browsers only where that is asked for`(trust: Bool)
        async throws
    {
        let answers = ScriptedRunner([
            (["docker", "info"], CommandOutput(exitCode: 1, standardError: "no")), (["dpkg-query"], CommandOutput()),
            (["dpkg"], CommandOutput()), (["apt-get"], CommandOutput()),
        ])
        let deployment = deployment(in: folder, answers, person: .testRoot, options: .init(trust: trust))
        try await PackagesStep(deployment: deployment).apply { _ in }
        let isHere = Files().exists("/usr/bin/certutil")
        let installs = answers.log.first { $0.arguments.contains("install") }
        #expect(installs?.arguments.contains("libnss3-tools") == (trust && !isHere))
    }

    @Test func `does not try without rights`() async {
        let failure = await #expect(throws: Failure.self) {
            try await PackagesStep(deployment: deployment(in: folder, noDocker)).apply { _ in }
        }
        #expect(failure?.fix == "sudo ./kopnik up")
    }

    @Test func `reads the list, then installs, and has noted it before`() async throws {
        let manifest = Layout(prefix: folder.path).manifest
        // On a computer that has all of them, too: an installation that was broken off is done again.
        try Manifest.change(manifest) { $0.unfinishedPackages = ["docker.io", "mmdebstrap"] }
        let noted = Mutex<Bool>(false)
        let runner = ScriptedRunner(answers: [
            (["docker", "info"], { _ in CommandOutput(exitCode: 1, standardError: "no") }),
            // One of its packages was there before: it is nobody's to remove.
            (["dpkg-query"], { _ in CommandOutput(exitCode: 1, standardOutput: "debian-archive-keyring ii \n") }),
            (["dpkg", "--configure", "-a"], { _ in CommandOutput() }),
            (
                ["apt-get"],
                { command in
                    if command.arguments.contains("install") {
                        noted.withLock { $0 = !Manifest.read(manifest).packages.isEmpty }
                    }
                    return CommandOutput()
                }
            ),
        ])
        try await PackagesStep(deployment: deployment(in: folder, runner, person: .testRoot)).apply { _ in }
        let apt = runner.log.filter { $0.executable == "apt-get" }
        #expect(apt.map { $0.arguments.contains("update") } == [true, false])
        let packages = Manifest.read(manifest)
        #expect(!packages.packages.isEmpty && !packages.packages.contains("debian-archive-keyring"))
        #expect(packages.unfinishedPackages == nil)
        #expect(
            apt.allSatisfy {
                $0.environment["DEBIAN_FRONTEND"] == "noninteractive" && $0.timeLimit != nil && $0.log != nil
            })
        #expect(apt[1].arguments.contains("--no-install-recommends"))
        #expect(noted.withLock { $0 })
    }

    @Test func `says what to do where the network is gone`() async {
        let runner = ScriptedRunner([
            (["docker", "info"], CommandOutput(exitCode: 1, standardError: "no")),
            (["apt-get"], CommandOutput(exitCode: 100, standardOutput: "E: Could not resolve 'deb.debian.org'\n")),
        ])
        let failure = await #expect(throws: Failure.self) {
            try await PackagesStep(deployment: deployment(in: folder, runner, person: .testRoot)).apply { _ in }
        }
        #expect(failure?.because == "E: Could not resolve 'deb.debian.org'")
        #expect(failure?.fix?.hasPrefix("check the network") == true)
        #expect(Manifest.read(Layout(prefix: folder.path).manifest).packages.isEmpty)
    }

    @Test func `says so too where apt-get only warned that it could not read the list`() async {
        let warning = "W: Failed to fetch http://deb.debian.org/dists/x  Temporary failure resolving 'deb.debian.org'"
        let runner = ScriptedRunner(answers: [
            (
                ["apt-get"],
                { command in
                    command.arguments.contains("update")
                        ? CommandOutput(standardOutput: warning + "\nW: Some index files failed to download.\n")
                        : CommandOutput(exitCode: 100, standardOutput: "E: Unable to locate package mmdebstrap\n")
                }
            ), (["dpkg"], { _ in CommandOutput() }), (["dpkg-query"], { _ in CommandOutput(exitCode: 1) }),
            (["docker"], { _ in CommandOutput(exitCode: 1) }),
        ])
        let failure = await #expect(throws: Failure.self) {
            try await PackagesStep(deployment: deployment(in: folder, runner, person: .testRoot)).apply { _ in }
        }
        #expect(failure?.because == warning)
        #expect(failure?.fix?.hasPrefix("check the network") == true)
    }

    @Test func `waits while another apt-get reads the list`() async throws {
        let asked = Mutex(0)
        let runner = ScriptedRunner(answers: [
            (
                ["apt-get"],
                { command in
                    guard command.arguments.contains("update") else { return CommandOutput() }
                    let isFirst = asked.withLock { count in
                        count += 1
                        return count == 1
                    }
                    let locked = "E: Unable to lock directory /var/lib/apt/lists/\n"
                    return isFirst ? CommandOutput(exitCode: 100, standardOutput: locked) : CommandOutput()
                }
            ), (["dpkg"], { _ in CommandOutput() }), (["dpkg-query"], { _ in CommandOutput(exitCode: 1) }),
            (["docker"], { _ in CommandOutput(exitCode: 1) }),
        ])
        try await PackagesStep(deployment: deployment(in: folder, runner, person: .testRoot)).apply { _ in }
        #expect(asked.withLock { $0 } == 2)
    }

    @Test func `asks for git only where something is to be fetched`() async throws {
        // Nothing of the kind can be found in an empty PATH but what lies in the folders for daemons.
        let demo = try await PackagesStep(deployment: deployment(in: folder, noDocker)).inspect()
        #expect(!demo.changes.contains { $0.summary.contains("git") })
    }
}
