public import ArgumentParser
import Deployment
import Engine
import Foundation
public import Lab
import Machine
import Site
import Standby

struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Two servers on this computer, with a site on them: to break, and to watch what happens.",
        discussion: """
            For example:  sudo kopnik lab up; kopnik lab kill main; kopnik lab run standby kopnik failover
            Needs root. They share this computer's kernel and programs; what they write is kept apart and goes with 'lab down'.
            """,
        subcommands: [
            LabUp.self, LabStatus.self, LabRun.self, LabKill.self, LabBoot.self, LabUnplug.self, LabPlug.self,
            LabFreeze.self, LabThaw.self, LabDown.self,
        ], defaultSubcommand: LabStatus.self)
}

extension LabComputer.Name: ExpressibleByArgument {}

extension Lab {
    /// The one of this computer.
    /// - Throws: `Failure` where somebody else than root asks.
    fileprivate static func forRoot() throws -> Lab {
        let lab = Lab(World.live())
        try lab.requireRoot()
        return lab
    }
}

extension LabComputer {
    /// Where the site file lies on each.
    static let siteFolder = "/root/site"

    /// `kopnik` there, on the lab's site.
    func kopnik(_ words: [String], limit: Duration? = nil) async throws -> Command {
        try await command(
            ["sh", "-euc", "cd \(Self.siteFolder); exec kopnik \"$@\"", "sh"] + words, limit: limit)
    }
}

struct LabUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Makes the two servers and raises the small stand-in on them, main and standby.",
        discussion:
            "Takes a minute where this computer has the site's images ('kopnik up --demo' makes them), else some ten. What is there already stays as it is; what is switched off is switched on."
    )

    @Option(help: "What the site promises while the standby is away: strict or available.")
    var promise: Promise = .strict

    @Option(help: "Colours: auto, always or never.")
    var color: Terminal.Colour = .auto

    enum Promise: String, ExpressibleByArgument, CaseIterable { case strict, available }

    func run() async throws {
        let start = ContinuousClock.now
        let world = World.live(progress: ProgressRenderer(terminal: color.standardError))
        let lab = Lab(world)
        try await lab.check()
        let (main, standby) = (lab.computer(.main), lab.computer(.standby))
        try await world.progress.part("Computers") { detail in
            for computer in [main, standby] {
                await detail("switching \(computer.name.rawValue) on")
                try await lab.start(computer.name)
            }
            return ((), "\(main.name.address) is main, \(standby.name.address) is standby")
        }
        // Whoever was made something by a failover stays that.
        let parts = try await (part(of: main), part(of: standby))
        if parts.0 == nil || parts.1 == nil {
            let images = try await images(world)
            for computer in [main, standby] { try write(world, computer) }
            try await carry(images, from: nil, to: main, world)
            try await bring(main, world)
            try await carry(images, from: main, to: standby, world)
            try await handOver(main, standby, world)
            try await bring(standby, world)
            try await untilTogether(main, world)
        }
        tell(
            "\n  \(Style.bold("the lab is there", on: color.standardOutput)) (\(ProgressLine.time(start.duration(to: .now))))"
        )
        try await LabStatus.tellAll(lab, on: color.standardOutput)
        tell(
            """
              look at the site:  curl --insecure --resolve kopnik.localhost:443:\(main.name.address) https://kopnik.localhost/
              type on a server:  kopnik lab run main
              for example, main burns down:  kopnik lab kill main;  kopnik lab run standby kopnik failover;  kopnik lab boot main;
                  kopnik lab run main kopnik standby;  kopnik lab run main kopnik rejoin
              end it:  kopnik lab down
            """)
    }

    private func part(of computer: LabComputer) async throws -> PairReport? {
        let said = try await World.live().commands.run(
            computer.kopnik(["standby", "status", "--json"], limit: .seconds(40)))
        return try? JSONDecoder().decode(PairReport.self, from: Data(said.standardOutput.utf8))
    }

    private func write(_ world: World, _ computer: LabComputer) throws {
        let (main, standby) = (LabComputer.Name.main.address, LabComputer.Name.standby.address)
        try world.files.write(
            """
            # Written by 'kopnik lab up'.
            sources: {server: demo, client: demo}
            hosts: {main: "ssh://root@\(main)", standby: "ssh://root@\(standby)"}
            standby: {promise: \(promise.rawValue)}

            """, to: computer.root + LabComputer.siteFolder + "/kopnik.yaml")
    }

    /// The images that the site will ask for.
    private func images(_ world: World) async throws -> [String] {
        let site = Site(name: "kopnik", sources: .init(server: .demo, client: .demo))
        let deployment = Deployment(
            world: world, site: site, layout: try SiteOptions.parse([]).layout(for: site.name, world))
        return try await deployment.imageTags().values.sorted()
    }

    /// Takes images from this computer's Docker, or a server's, to another one's; where they are not, they are built there.
    private func carry(
        _ images: [String], from source: LabComputer?, to target: LabComputer, _ world: World
    ) async throws {
        try await world.progress.part("Images for \(target.name.rawValue)") { detail in
            await detail("waiting for its Docker")
            let docker = Docker(commands: target)
            let answers = try await poll(for: .seconds(60)) { () -> Bool? in
                if case .answers = await docker.presence() { true } else { nil }
            }
            guard answers == true else { return ((), "are made there: it has no Docker yet") }
            let there = try await docker.presentImages(images)
            let own = source.map { Docker(commands: $0) } ?? Docker(commands: world.commands)
            // This computer need not have a Docker.
            let wanted = ((try? await own.presentImages(images)) ?? []).subtracting(there).sorted()
            guard !wanted.isEmpty else {
                return (
                    (), there.count == images.count ? "are there" : "are made there: this computer's Docker has none"
                )
            }
            await detail("copying \(wanted.count)")
            let save = ["docker", "save"] + wanted
            let saving = try await source?.command(save).line ?? Command(save[0], Array(save.dropFirst())).line
            let line = try await "set -o pipefail; \(saving) | \(target.command(["docker", "load", "--quiet"]).line)"
            _ = try await world.commands.require(
                Command("bash", ["-c", line], timeLimit: .seconds(900)), toDo: "copy the images",
                fix: "is there room?  df -h \(Lab.usualFolder)")
            return ((), "copied from \(source.map { $0.name.rawValue } ?? "this computer's Docker")")
        }
    }

    private func bring(_ computer: LabComputer, _ world: World) async throws {
        let name = computer.name.rawValue
        warn("\n  \(Style.bold(name, on: color.standardError))")
        let code = try await world.commands.converse(try await computer.kopnik(["up", "--yes"]))
        guard code == 0 else {
            try Task.checkCancellation()
            throw Failure(
                "the site is not up on \(name)", because: "what it said stands above",
                fix: "kopnik lab up  goes on from there; kopnik lab run \(name)  looks inside")
        }
    }

    private func handOver(_ main: LabComputer, _ standby: LabComputer, _ world: World) async throws {
        let file = "/root/hand-over"
        try await world.progress.part("Handed over") { _ in
            _ = try await world.commands.require(
                main.kopnik(["standby", "hand-over", file], limit: .seconds(120)), toDo: "have main hand over")
            try world.files.remove(standby.root + file)
            try world.files.copy(main.root + file, to: standby.root + file)
            _ = try await world.commands.require(
                standby.kopnik(["standby", "accept", file], limit: .seconds(120)), toDo: "have the standby accept it")
            for computer in [main, standby] { try world.files.remove(computer.root + file) }
            return ((), "passwords, keys and certificates")
        }
    }

    private func untilTogether(_ main: LabComputer, _ world: World) async throws {
        try await world.progress.part("Together") { _ in
            let isTogether = try await poll(for: .seconds(120), every: .seconds(1)) {
                let now = try await part(of: main)
                return now?.bond == Bond.together.rawValue && now?.database?.together == true ? true : nil
            }
            guard isTogether == true else {
                throw Failure(
                    "the standby does not follow", because: "two minutes were not enough",
                    fix: "kopnik lab run main kopnik standby")
            }
            return ((), "each write waits until the standby has it")
        }
    }
}

struct LabStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says which servers there are, and how they stand.")

    func run() async throws {
        let lab = try Lab.forRoot()
        guard !lab.made.isEmpty else {
            return tell("  there is no lab on this computer; to make one:  sudo kopnik lab up")
        }
        try await Self.tellAll(lab, on: Terminal.Colour.auto.standardOutput)
    }

    static func tellAll(_ lab: Lab, on terminal: Terminal) async throws {
        for computer in lab.made {
            let name = computer.name.rawValue
            let power = try await computer.process() == nil ? "switched off" : "runs"
            let cable = try await lab.isPlugged(computer.name) ? "" : ", its cable is out"
            tell(
                "  \(Style.bold(name, on: terminal))\(String(repeating: " ", count: 9 - name.count))\(computer.name.address)  \(power)\(cable)"
            )
        }
    }
}

struct LabRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a command on one of the servers, in its site's folder; without one, a shell.")

    @Argument(help: "main, standby or third.")
    var computer: LabComputer.Name

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var words: [String] = []

    func run() async throws {
        let words = words.isEmpty ? ["bash", "-i"] : words
        try await Lab.forRoot().computer(computer).command(
            ["sh", "-c", "cd \(LabComputer.siteFolder) 2>/dev/null || cd; exec \"$@\"", "sh"] + words
        ).replaceThisProcess()
    }
}

struct LabKill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Pulls a server's plug: everything on it dies at once.")

    @Argument(help: "main, standby or third.")
    var computer: LabComputer.Name

    func run() async throws {
        try await Lab.forRoot().computer(computer).kill()
        tell("  \(computer.rawValue) is off; to switch it on:  kopnik lab boot \(computer.rawValue)")
    }
}

struct LabBoot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boot", abstract: "Switches a server on; 'third' is an empty one, for restoring everything.")

    @Argument(help: "main, standby or third.")
    var computer: LabComputer.Name

    func run() async throws {
        let lab = try Lab.forRoot()
        try await lab.check()
        try await lab.start(computer)
        tell("  \(computer.rawValue) runs: \(computer.address)")
    }
}

struct LabUnplug: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unplug", abstract: "Pulls a server's network cable.")

    @Argument(help: "main, standby or third.")
    var computer: LabComputer.Name

    func run() async throws { try await Lab.forRoot().cable(of: computer, isIn: false) }
}

struct LabPlug: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "plug", abstract: "Puts the cable in again.")

    @Argument(help: "main, standby or third.")
    var computer: LabComputer.Name

    func run() async throws { try await Lab.forRoot().cable(of: computer, isIn: true) }
}

struct LabFreeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Stops a server where it stands: it answers nobody, and knows nothing of it.")

    @Argument(help: "main, standby or third.")
    var computer: LabComputer.Name

    func run() async throws { try await Lab.forRoot().computer(computer).freeze(true) }
}

struct LabThaw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thaw", abstract: "Lets it go on as if nothing had been.")

    @Argument(help: "main, standby or third.")
    var computer: LabComputer.Name

    func run() async throws { try await Lab.forRoot().computer(computer).freeze(false) }
}

struct LabDown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Ends the lab, and removes its servers with all that is on them.")

    func run() async throws {
        let lab = try Lab.forRoot()
        guard !lab.made.isEmpty else { return tell("  there is no lab on this computer") }
        try await lab.remove()
        tell("  the lab is gone")
    }
}
