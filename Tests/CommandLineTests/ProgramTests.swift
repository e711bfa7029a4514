import Foundation
import Machine
import TestSupport
import Testing

/// The program itself, as it was built beside these tests. Docker is never reached: DOCKER_HOST names nobody.
@Suite(.timeLimit(.minutes(2))) struct `The program` {
    let folder = TemporaryFolder("с пробелом")

    private func kopnik(_ arguments: String...) async throws -> CommandOutput {
        let tests = try #require(Files().link(at: "/proc/self/exe"))
        let program = (tests as NSString).deletingLastPathComponent + "/kopnik"
        try #require(Files().exists(program), "build the product kopnik first")
        return try await LocalCommandRunner().run(
            Command(
                program, arguments,
                environment: [
                    "KOPNIK_TYPED": "kopnik", "HOME": folder.path, "XDG_DATA_HOME": folder.path + "/data",
                    "DOCKER_HOST": "unix:///nonexistent/docker.sock", "KOPNIK_PREFIX": folder.path + "/site",
                ],
                folder: folder.path, timeLimit: .seconds(60)))
    }

    @Test func `helps on standard output, with code 0, and names every verb`() async throws {
        let output = try await kopnik("--help")
        #expect(output.exitCode == 0 && output.standardError.isEmpty)
        for verb in ["up", "plan", "doctor", "verify", "status", "logs", "exec", "psql", "down", "destroy", "render"] {
            #expect(output.lines.contains { $0.hasPrefix("  \(verb) ") }, "\(verb)")
        }
        #expect(!output.standardOutput.contains("keeper "))
    }

    @Test(arguments: ["up", "plan", "doctor", "verify", "status", "logs", "exec", "down", "destroy", "render"])
    func `helps with each verb`(verb: String) async throws {
        let output = try await kopnik(verb, "--help")
        #expect(output.exitCode == 0)
        #expect(output.standardOutput.hasPrefix("OVERVIEW: ") && output.standardOutput.contains("--prefix"))
    }

    @Test func `helps with psql, whose arguments go to another program`() async throws {
        let output = try await kopnik("psql", "--help")
        #expect(output.exitCode == 0)
    }

    @Test func `tells its version`() async throws {
        let output = try await kopnik("--version")
        #expect(output.exitCode == 0 && output.text.split(separator: ".").count == 3)
    }

    @Test(arguments: [
        ["nonsense"], ["up", "--nonsense"], ["logs"], ["logs", "no-such-service"], ["render"],
        ["up", "--http-port", "many"],
    ])
    func `counts bad usage as 2, on standard error`(arguments: [String]) async throws {
        let output = try await kopnik(
            arguments[0], arguments.dropFirst().first ?? "--color=never",
            arguments.dropFirst(2).first ?? "--color=never")
        #expect(output.exitCode == 2 && output.standardOutput.isEmpty)
        #expect(output.standardError.contains("Error: ") && output.standardError.contains("Usage: "))
    }

    @Test(arguments: [
        ("--domain", "https://x/"), ("--http-port", "443"), ("--http-port", "0"), ("--https-port", "70000"),
        ("--name", "Bad Name"),
    ])
    func `checks flags as it checks the site file`(flag: String, value: String) async throws {
        let output = try await kopnik("plan", "--demo", flag, value)
        #expect(output.exitCode == 2)
        #expect(output.standardError.hasPrefix("kopnik: these options do not fit\n"))
        #expect(!Files().exists(folder.path + "/site"))
    }

    @Test func `tells every fault of the site file with its place`() async throws {
        try Files().write("domain: https://x\nports:\n  http: 99999\nnonsense: 1\n", to: folder.path + "/kopnik.yaml")
        let output = try await kopnik("plan")
        #expect(output.exitCode == 2)
        for place in ["kopnik.yaml:1:", "kopnik.yaml:3:", "kopnik.yaml:4:"] {
            #expect(output.standardError.contains(place), "\(place)")
        }
    }

    @Test func `says when the site file that was named is not there`() async throws {
        let output = try await kopnik("plan", "--file", "none.yaml")
        #expect(output.exitCode == 2 && output.standardError.contains("none.yaml cannot be read"))
    }

    @Test(arguments: ["status", "verify", "down", "psql"]) func `says where nothing was raised yet`(verb: String)
        async throws
    {
        let output = try await kopnik(verb)
        #expect(output.exitCode == 1 && output.standardOutput.isEmpty)
        #expect(
            output.standardError.contains("there is no site 'kopnik'")
                && output.standardError.contains("fix:     kopnik up --demo"))
    }

    @Test func `renders every file without Docker, twice the same, and nothing else`() async throws {
        let first = try await kopnik("render", "--demo", folder.path + "/out")
        #expect(first.exitCode == 0 && first.lines.count == 11)
        let compose = Files().text(of: folder.path + "/out/compose.yaml")
        #expect(compose?.contains("kopnik.localhost") == true)
        _ = try await kopnik("render", "--demo", folder.path + "/out")
        #expect(Files().text(of: folder.path + "/out/compose.yaml") == compose)
        #expect(!Files().exists(folder.path + "/site"))
    }

    @Test func `is about the site that --name names, not about the site file that lies here`() async throws {
        try Files().write("name: other\n", to: folder.path + "/kopnik.yaml")
        let output = try await kopnik("status", "--name", "mine")
        #expect(output.exitCode == 1)
        #expect(output.standardError.contains("there is no site 'mine'"))
    }

    @Test func `destroys nothing unless the name is given`() async throws {
        try Files().write("name: kopnik\n", to: folder.path + "/site/var/lib/kopnik/site.yaml")
        for answer in [["destroy"], ["destroy", "--confirm", "kopnik2"]] {
            let output = try await kopnik(
                answer[0], answer.dropFirst().first ?? "--color=never", answer.count > 2 ? answer[2] : "--color=never")
            #expect(output.exitCode == 2)
            #expect(
                output.standardError.contains("nothing was done")
                    && Files().exists(folder.path + "/site/var/lib/kopnik/site.yaml"))
        }
    }

    @Test func `does not take a damaged memory of the site for a wish for the defaults`() async throws {
        try Files().write("domain: [\n", to: folder.path + "/site/var/lib/kopnik/site.yaml")
        let output = try await kopnik("render", folder.path + "/out")
        do {
            #expect(!output.succeeded)
        }
    }

    @Test func `writes a completion script for each shell`() async throws {
        for shell in ["bash", "zsh", "fish"] {
            let output = try await kopnik("--generate-completion-script", shell)
            #expect(output.exitCode == 0 && output.standardOutput.contains("destroy"), "\(shell)")
        }
    }

    @Test func `keeps a key from standard input, never shows it, and forgets it`() async throws {
        let secret = "a secret of nobody"
        let tests = try #require(Files().link(at: "/proc/self/exe"))
        let program = (tests as NSString).deletingLastPathComponent + "/kopnik"
        func key(_ words: [String], _ input: String = "") async throws -> CommandOutput {
            try await LocalCommandRunner().run(
                Command(
                    program, ["key"] + words, standardInput: input,
                    environment: ["HOME": folder.path, "KOPNIK_PREFIX": folder.path + "/site"], folder: folder.path,
                    timeLimit: .seconds(60)))
        }
        let set = try await key(["set", "captcha-secret"], secret + "\n")
        #expect(set.succeeded && !(set.standardOutput + set.standardError).contains(secret))
        let path = folder.path + "/site/var/lib/kopnik/secrets/keys/captcha-secret"
        #expect(Files().text(of: path) == secret)
        let list = try await key(["list"])
        #expect(list.succeeded && list.standardOutput.contains("✓ captcha-secret"))
        #expect(!list.standardOutput.contains(secret) && list.standardOutput.contains("– fcm-server-key"))
        #expect(try await key(["set", "captcha-secret"]).exitCode == 2)
        #expect(try await key(["set", "no-such-key"], "x").exitCode == 2)
        #expect(try await key(["remove", "captcha-secret"]).succeeded)
        #expect(!Files().exists(path))
    }
}
