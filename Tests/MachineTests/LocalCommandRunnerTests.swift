import Foundation
import Machine
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Programs run on this computer` {
    let folder = TemporaryFolder()
    let runner = LocalCommandRunner()

    private func shell(_ text: String) -> Command { Command("/bin/sh", ["-c", text]) }

    @Test func `read their input and give both outputs and their code`() async throws {
        var command = shell("cat; echo oops >&2; exit 3")
        command.standardInput = "in\n"
        #expect(
            try await runner.run(command) == CommandOutput(exitCode: 3, standardOutput: "in\n", standardError: "oops\n")
        )
    }

    @Test func `have an empty input where none is given`() async throws {
        #expect(try await runner.run(Command("cat")).standardOutput.isEmpty)
    }

    @Test(arguments: [("TERM", 15), ("KILL", 9), ("INT", 2)])
    func `that a signal ends count 128 and its number`(name: String, number: Int32) async throws {
        #expect(try await runner.run(shell("kill -\(name) $$")).exitCode == 128 + number)
    }

    @Test func `get the variables of the command beside the inherited ones, and its folder`() async throws {
        var command = shell("echo $COLOUR; pwd -P; test -n \"$PATH\"")
        command.environment = ["COLOUR": "тёмный"]
        command.folder = folder.path
        let output = try await runner.run(command)
        #expect(output.lines.first == "тёмный")
        #expect(output.lines.last?.hasSuffix((folder.path as NSString).lastPathComponent) == true)
        #expect(output.succeeded)
    }

    @Test func `that take too long count 124 and say so`() async throws {
        var command = Command("sleep", ["60"])
        command.timeLimit = .milliseconds(100)
        let output = try await runner.run(command)
        #expect(output.exitCode == 124)
        #expect(output.lastWords.contains("'sleep' did not finish"))
    }

    @Test func `that take too long take their own children with them`() async throws {
        var command = shell("sleep 45 & wait")
        command.timeLimit = .milliseconds(200)
        let start = ContinuousClock.now
        let output = try await runner.run(command)
        #expect(output.exitCode == 124)
        #expect(start.duration(to: .now) < .seconds(15))
    }

    @Test func `append to their log, which names the command and nobody else may read`() async throws {
        let log = folder.path + "/sub/run.log"
        try Files().write("before\n", to: log, mode: 0o600)
        var command = shell("echo out; echo err >&2; exit 4")
        command.log = log
        let output = try await runner.run(command)
        #expect(output == CommandOutput(exitCode: 4, standardOutput: "out\nerr\n"))
        let text = try #require(Files().text(of: log))
        #expect(text.hasPrefix("before\n$ /bin/sh -c "))
        #expect(text.hasSuffix("out\nerr\n"))
        let fresh = folder.path + "/fresh.log"
        command.log = fresh
        _ = try await runner.run(command)
        #expect(try mode(of: fresh) == 0o600)
    }

    @Test func `give no secret back`() async throws {
        let redaction = Redaction()
        redaction.add("hunter2-hunter2")
        let runner = LocalCommandRunner(redaction: redaction)
        var command = shell("echo a hunter2-hunter2; echo b hunter2-hunter2 >&2")
        let output = try await runner.run(command)
        #expect(output == CommandOutput(standardOutput: "a ‹secret›\n", standardError: "b ‹secret›\n"))
        command.log = folder.path + "/log"
        #expect(try await runner.run(command).standardOutput == "a ‹secret›\nb ‹secret›\n")
        #expect(Files().text(of: folder.path + "/log")?.split(separator: "\n").first?.contains("hunter2") == false)
    }

    @Test(arguments: ["no-such-program-of-kopnik", "/no/such/program"])
    func `that are missing are a failure in words`(program: String) async throws {
        let failure = await #expect(throws: Failure.self) { try await runner.run(Command(program)) }
        #expect(failure?.what == "could not run '\(program)'")
        #expect(failure?.because?.hasPrefix("it is not installed") == true)
        #expect(failure?.fix != nil)
    }

    @Test func `end with the task that started them`() async throws {
        let mark = folder.path + "/pid"
        let command = shell("echo $$ > '\(mark)'; exec sleep 60")
        let task = Task { try await LocalCommandRunner().run(command) }
        let found = try await poll(for: .seconds(20), every: .milliseconds(20)) {
            Files().text(of: mark).flatMap { Int32($0.trimmed) }
        }
        let pid = try #require(found)
        task.cancel()
        let result = await task.result
        #expect(kill(pid, 0) == -1)
        do {
            #expect(throws: CancellationError.self) { try result.get() }
        }
    }

    @Test func `end with the task that started them, also under a time limit`() async throws {
        let mark = folder.path + "/pid"
        var command = shell("echo $$ > '\(mark)'; exec sleep 60")
        command.timeLimit = .seconds(50)
        let limited = command
        let task = Task { try await LocalCommandRunner().run(limited) }
        let found = try await poll(for: .seconds(20), every: .milliseconds(20)) {
            Files().text(of: mark).flatMap { Int32($0.trimmed) }
        }
        let pid = try #require(found)
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(kill(pid, 0) == -1)
    }

    @Test func `may end without reading their input`() async {
        do {
            await #expect(processExitsWith: .success) {
                signal(SIGPIPE, SIG_DFL)
                for _ in 0..<40 { _ = try await LocalCommandRunner().run(Command("true", standardInput: "yes")) }
            }
        }
    }
}

/// The permission bits of a path.
func mode(of path: String) throws -> Int {
    try #require((FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue)
}
