import Machine
import Testing

@Suite struct `A command's line` {
    static let hostile = [
        "", " ", "a b", "it's", "''", "$HOME", "`id`", "$(id)", "a;b", "a&&b", "*", "?", "~", "!x", "\\", "\"", "a\nb",
        "\t",
        "Мой сайт", "#x", "{a,b}", "<>|", "-n", "--flag=va lue", "%s", "ё'ё",
    ]

    @Test(arguments: hostile) func `means to a shell what the command means`(word: String) async throws {
        let line = Command("printf", ["%s|", word, "end"]).line
        let output = try await LocalCommandRunner().run(Command("/bin/sh", ["-c", line]))
        #expect(output.standardOutput == word + "|end|")
    }

    @Test func `leaves plain words as they are`() {
        #expect(Command("docker", ["run", "--rm", "a/b:1.0", "X=1,y"]).line == "docker run --rm a/b:1.0 X=1,y")
    }
}

@Suite struct `A program's last words` {
    @Test func `are the last line of standard error that says something`() {
        #expect(
            CommandOutput(exitCode: 1, standardOutput: "fine\n", standardError: "first\n  second \n\n").lastWords
                == "second")
    }
    @Test func `are taken from standard output where standard error is blank`() {
        #expect(CommandOutput(exitCode: 1, standardOutput: "a\nb\n", standardError: " \n").lastWords == "b")
    }
    @Test func `name the code where nothing was said`() {
        #expect(CommandOutput(exitCode: 7).lastWords == "it ended with code 7 and said nothing")
    }
}

@Suite struct `A required command` {
    private struct Fixed: CommandRunner {
        var output: CommandOutput
        func run(_ command: Command) async throws -> CommandOutput { output }
    }

    @Test func `that fails says what was tried, why it failed, and where the rest is`() async {
        let runner = Fixed(output: CommandOutput(exitCode: 1, standardError: "no space\n"))
        await #expect(throws: Failure("could not copy it", because: "no space", fix: "free some", log: "/log")) {
            try await runner.require(Command("cp", log: "/log"), toDo: "copy it", fix: "free some")
        }
    }

    @Test func `a failure of many lines stays in its column`() {
        let failure = Failure("it broke", because: "one\ntwo", fix: "do this", log: "/l")
        #expect(failure.description == "it broke\n  because: one\n           two\n  fix:     do this\n  log:     /l")
    }
}

@Suite struct `Secrets of this run` {
    @Test func `are replaced wherever they stand, short ones are not`() {
        let redaction = Redaction()
        redaction.add("s3cret-s3cret")
        redaction.add("short")
        #expect(redaction.apply(to: "a=s3cret-s3cret s3cret-s3cret short") == "a=‹secret› ‹secret› short")
    }
}
