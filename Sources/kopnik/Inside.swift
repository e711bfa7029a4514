public import ArgumentParser
public import Blueprint
import Deployment
import Engine
import Foundation
import Machine
import Site

extension ServiceKind: ExpressibleByArgument {}

extension Deployment {
    /// The container of a service, or a failure that says what to do.
    func runningContainer(_ service: ServiceKind) async throws -> String {
        guard let container = try await docker.container(of: service.rawValue, in: stack) else {
            throw Failure(
                "the service '\(service.rawValue)' does not run", because: "Docker has no container of it",
                fix: "kopnik up")
        }
        return container
    }
}

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what a service said.")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The service: db, mail, crossbar, nodejs, files, nginx, keeper or dashboard.")
    var service: ServiceKind

    @Flag(name: [.short, .long], help: "Go on with what it says now, until Ctrl-C.")
    var follow = false

    @Option(name: [.customShort("n"), .long], help: "How many of the last lines.")
    var lines = 100

    func validate() throws {
        guard lines >= 0 else { throw ValidationError("--lines is a number of lines, 0 or more.") }
    }

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        var last: LogLine?
        var count: Int? = lines
        repeat {
            let new = try await deployment.docker.lastLines(
                of: service.rawValue, in: deployment.stack, count: count, after: last)
            for line in new { print(line.text) }
            fflush(nil)
            if last == nil, new.isEmpty, lines > 0, !follow {
                warn("  nothing is kept of what '\(service.rawValue)' said; to see what runs:  kopnik status")
            }
            last = new.last ?? last
            // Whatever comes between two looks is shown, however much it is.
            count = nil
            if follow { try await Task.sleep(for: .seconds(1)) }
        } while follow
    }
}

struct Exec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a command inside a service's container.",
        usage: "kopnik exec [<options>] <service> <command> ...")

    @OptionGroup var site: SiteOptions

    @Argument(help: "The service: db, mail, crossbar, nodejs, files, nginx, keeper or dashboard.")
    var service: ServiceKind

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var command: [String]

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let container = try await deployment.runningContainer(service)
        guard !command.isEmpty else {
            throw ValidationError("Which command? For example: kopnik exec \(service.rawValue) sh")
        }
        try deployment.docker.command(["exec"] + terminalFlags + [container] + command).replaceThisProcess()
    }
}

struct Psql: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens the database, as its administrator; \\q leaves it.",
        usage: "kopnik psql [<options>] [<argument of psql> ...]")

    @OptionGroup var site: SiteOptions

    @Argument(parsing: .captureForPassthrough, help: "Arguments of psql, such as -c 'SELECT 1'.")
    var arguments: [String] = []

    func run() async throws {
        // captureForPassthrough takes our own --help too; psql's is asked for by a second one.
        if arguments == ["--help"] || arguments == ["-h"] { throw CleanExit.helpRequest(self) }
        let deployment = try site.raisedDeployment(World.live())
        let container = try await deployment.runningContainer(.db)
        try deployment.docker.command(
            ["exec"] + terminalFlags + [
                "--user", "postgres", "--env", "PGDATABASE=\(deployment.site.postgres.production)", container, "psql",
            ]
                + arguments
        ).replaceThisProcess()
    }
}

/// `docker exec` asks for a terminal only where there is one.
var terminalFlags: [String] {
    isatty(0) == 1 && isatty(1) == 1 ? ["--interactive", "--tty"] : ["--interactive"]
}
