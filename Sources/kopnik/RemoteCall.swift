import ArgumentParser
import Blueprint
import Foundation
import Host
import Machine
import Remote
import Site
import Vagrant

/// A call with `--on`: the same verb, done on a server by the same program there. What it prints there appears here; its exit code is ours.
struct RemoteCall: Sendable {
    private let options: OnOptions
    private let site: SiteOptions
    /// The words of the verb, such as `host apply`.
    private let verb: [String]
    /// What stands behind them, without what is about the way to the server.
    private let words: [String]
    private let typed: [String]

    /// - Returns: `nil` where the call is about this computer.
    init?(_ command: any ParsableCommand, words typed: [String]) {
        guard let site = Self.siteOptions(of: command), site.server.on != nil else { return nil }
        (self.site, options, self.typed) = (site, site.server, typed)
        let rest = Self.words(
            typed,
            without: [
                ("--on", site.server.on), ("--jump", site.server.jump), ("--host-key", site.server.hostKey),
                ("--file", site.file),
            ])
        let count = TypedCommand.countOfVerbs(rest)
        verb = Array(rest.prefix(count))
        words = Array(rest.dropFirst(count))
    }

    /// What was typed, without options that are about this computer or the way to the other one.
    static func words(_ typed: [String], without options: [(name: String, value: String?)]) -> [String] {
        var rest = typed
        for (name, value) in options {
            guard let value else { continue }
            if let index = rest.firstIndex(of: "\(name)=\(value)") {
                rest.remove(at: index)
            } else if let index = rest.indices.first(where: {
                rest[$0] == name && rest.dropFirst($0 + 1).first == value
            }) {
                rest.removeSubrange(index...index + 1)
            }
        }
        return rest
    }

    /// A verb on another computer, as if the person had typed it with `--on`.
    init(_ verb: [String], words: [String], site: SiteOptions, on server: String) {
        var site = site
        site.server.on = server
        (self.verb, self.words, self.site, options) = (verb, words, site, site.server)
        typed = verb + ["--on", server] + (site.file.map { ["--file", $0] } ?? []) + words
    }

    /// How a machine of Vagrant's is named as a server.
    static let vagrant = "vagrant:"

    /// The name of the machine of Vagrant's, where this call is about one.
    private var machine: String? {
        options.on.flatMap { $0.hasPrefix(Self.vagrant) ? String($0.dropFirst(Self.vagrant.count)) : nil }
    }

    /// Each verb that is about a site has its options in a group of this kind.
    private static func siteOptions(of command: any ParsableCommand) -> SiteOptions? {
        Mirror(reflecting: command).children.lazy.compactMap { ($0.value as? OptionGroup<SiteOptions>)?.wrappedValue }
            .first
    }

    private func has(_ word: String) -> Bool { words.contains(word) }
    private var isUp: Bool { verb == ["up"] }
    /// Those that are about what is written here, and need nothing there but SSH.
    private var bringsAll: Bool { isUp || verb == ["plan"] || verb.first == "host" }
    private var mayChange: Bool { isUp || verb == ["host", "apply"] }

    func refuse() throws {
        let because: String? =
            switch verb.first ?? "" {
            case "render", "manual", "recovery-kit": "it writes files, and they would land there"
            case "backup" where ["table", "file"].contains(verb.dropFirst().first):
                "it writes a file, and it would land there"
            case "restore": "the recovery kit would have to be there too"
            case "dashboard": "it opens a port of the computer on which it runs, and no other"
            default:
                has("--trust")
                    ? "--trust is about the programs of the computer on which it runs"
                    : words.contains { $0.hasPrefix("--junit") }
                        ? "--junit writes a file, and it would land there"
                        : words.contains { $0.hasPrefix("--kit") } ? "the recovery kit would have to be there too" : nil
            }
        if let because {
            throw UsageFailure(
                description:
                    "kopnik: that cannot be done with --on\n  because: \(because)\n  fix:     leave --on away, or log in there and type it there"
            )
        }
        if mayChange, !isOnTerminal, !has("--yes"), !has("-y") {
            throw UsageFailure(
                description:
                    "kopnik: this would change \(options.on ?? "")\n  because: this is no terminal, so there is nobody to ask\n  fix:     \(verb.joined(separator: " ") == "up" ? "kopnik plan" : "kopnik host plan") with the same options (to see what), then the same command with --yes"
            )
        }
    }

    /// The program there gets a terminal where this one has nothing else.
    private var isOnTerminal: Bool { [0, 1, 2].allSatisfy { isatty($0) == 1 } }

    /// The way to a server that is open, and what was found there.
    struct Connection: Sendable {
        var written: Site?
        var shell: SecureShell
        var computer: RemoteComputer
        var world: World
    }

    /// Does it.
    /// - Throws: `ExitStatus` or `ExitCode` with the exit code of the program there.
    func run() async throws {
        let connection = try await connect()
        try await Self.closing([connection]) {
            let code =
                try await bringsAll ? bring(connection) : pass(connection)
            if code == 0, isUp { try await lookFromHere(connection) }
            guard code == 0 else { throw ExitCode(code) }
        }
    }

    /// Closes the ways to servers, whatever comes of what is done there. Also after Ctrl-C: what runs there ends when nobody listens any more.
    static func closing(_ connections: [Connection], _ body: () async throws -> Void) async throws {
        func close() async {
            await Task.detached { for connection in connections { await connection.shell.close() } }.value
        }
        do { try await body() } catch {
            await close()
            throw error
        }
        await close()
    }

    /// Logs in and looks.
    func connect() async throws -> Connection {
        guard let destination = (machine ?? options.on).flatMap({ Destination($0) }) else {
            throw UsageFailure(
                description:
                    "kopnik: '\(options.on ?? "")' names no server\n  because: it is ssh://[user@]ADDRESS[:port], such as ssh://root@192.0.2.7, or vagrant:main\n  fix:     give the address so"
            )
        }
        try refuse()
        var written = try site.siteFromFile()
        // A machine on one's own computer, in a network of its own: nobody else reaches it (requirement O5).
        if machine != nil, let provider = written?.machines.provider, provider != .esxi {
            written?.server.reachedBy = .owner
        }
        let renderer = ProgressRenderer(terminal: site.standardError)
        let world = World.live(progress: bringsAll ? renderer : SilentProgress())
        var way = SecureShell.Way(jump: options.jump, hostKey: options.hostKey)
        if let machine {
            let password = try? written.flatMap { try VagrantCommand.password($0, mayAsk: false) }
            way.settings = try await Vagrant(
                world, folder: site.folder, environment: password.map { [Vagrantfile.passwordVariable: $0] } ?? [:]
            ).settings(of: machine)
        }
        let shell = try await SecureShell.open(destination, way, world: world)
        do {
            return Connection(
                written: written, shell: shell, computer: try await RemoteComputer.read(shell), world: world)
        } catch {
            await Task.detached { await shell.close() }.value
            throw error
        }
    }

    // MARK: - Verbs about what runs there

    private func pass(_ connection: Connection) async throws -> Int32 {
        let (written, shell, computer) = (connection.written, connection.shell, connection.computer)
        guard computer.installed != nil else {
            throw Failure(
                "there is no kopnik on \(shell.destination)", because: "nothing was raised there by it yet",
                fix: "kopnik up")
        }
        let name = site.name == nil ? written.map { ["--name", $0.name] } ?? [] : []
        return try await administrator(connection).converse(
            asUbuntu + "exec " + line(RemoteComputer.program, verb + name + words))
    }

    func administrator(_ connection: Connection) async throws -> Administrator {
        try await Administrator(
            connection.shell, connection.computer, onTerminal: isOnTerminal,
            environment: ProcessInfo.processInfo.environment)
    }

    func line(_ program: String, _ words: [String]) -> String { Command(program, words).line }

    /// What the program there has to know of this call: how its commands are typed here, and that it ends when nobody listens.
    private var call: String {
        let environment = ProcessInfo.processInfo.environment
        var values = [
            "KOPNIK_TYPED": TypedCommand.current.program,
            TypedCommand.wordsVariable: typed.joined(separator: TypedCommand.separator),
        ]
        if let plain = environment["NO_COLOR"] { values["NO_COLOR"] = plain }
        let set = values.sorted { $0.key < $1.key }.map { "\($0.key)=\(Command.quoted($0.value))" }.joined(
            separator: " ")
        return "unset XDG_DATA_HOME KOPNIK_PREFIX; cd /; export \(set)\n"
    }

    /// As if `ubuntu` had typed it there with sudo: the site is that user's, whoever logged in.
    var asUbuntu: String {
        call
            + "if id ubuntu >/dev/null 2>&1; then export SUDO_USER=ubuntu SUDO_UID=$(id -u ubuntu) SUDO_GID=$(id -g ubuntu); fi\n"
    }

    // MARK: - Verbs that bring everything

    /// - Parameter handOver: what the server that leads handed over, which this one is to accept before it is raised.
    func bring(_ connection: Connection, accepting handOver: String? = nil) async throws -> Int32 {
        let (written, shell, computer) = (connection.written, connection.shell, connection.computer)
        guard computer.machine == Self.machine else {
            throw Failure(
                "this kopnik cannot run on \(shell.destination)",
                because: "that is \(computer.machine), this program is for \(Self.machine)",
                fix: "take a kopnik that was made for it, or another server")
        }
        try Server.refuseUnknown(computer.computer)
        let delivery = Delivery(shell: shell, computer: computer)
        let administrator = try await administrator(connection)
        let (program, file) = try await carry(written, delivery, connection.world.progress)
        var known: [String] = file.map { ["--file", $0] } ?? []
        if !isUp {
            let who = verb.first == "host" ? call : asUbuntu
            return try await administrator.converse(who + "exec " + line(program, verb + known + words))
        }
        let color = ["--color", site.color.rawValue]
        let flags = ["--yes", "-y", "--force"].filter(has)
        if site.name == nil, file == nil { known += ["--name", "kopnik"] }
        let hostKnown = known + siteWords + ports
        let shown = Command.quoted(delivery.folder)
        return try await administrator.converse(
            """
            set -e
            \(handOver.map { "trap \(Command.quoted("rm -f \(Command.quoted($0))")) EXIT" } ?? "")
            if [ -f \(Command.quoted(delivery.program)) ]; then
                install -m 755 -o root -g root \(Command.quoted(delivery.program)) \(RemoteComputer.program).new
                mv \(RemoteComputer.program).new \(RemoteComputer.program)
                rm \(Command.quoted(delivery.program))
            fi
            \(call)\(line(RemoteComputer.program, ["host", "apply", "--then-up"] + hostKnown + color + flags))
            \(asUbuntu)\(handOver.map { line(RemoteComputer.program, ["standby", "accept", $0] + known) + " >/dev/null" } ?? "")
            set +e
            \(line(RemoteComputer.program, verb + known + words))
            code=$?
            # What the look from the other side needs: the site as it is, and its authority's certificate.
            for file in site.yaml authority/ca.crt; do
                install -m 644 "\(folder(written))/var/lib/kopnik/$file" \(shown)/ 2>/dev/null
            done
            chmod a+rx \(shown); exit $code
            """)
    }

    /// Where everything of the site lies there, as its shell works it out.
    func folder(_ written: Site?) -> String {
        let name = site.name ?? written?.name ?? "kopnik"
        return site.prefix ?? "$(getent passwd ubuntu | cut -d: -f6)/.local/share/kopnik/\(name)"
    }

    private var siteWords: [String] {
        (site.name.map { ["--name", $0] } ?? []) + (site.prefix.map { ["--prefix", $0] } ?? [])
    }

    /// The site's ports, which the firewall has to know too.
    private var ports: [String] {
        ["--http-port", "--https-port"].flatMap { name -> [String] in
            if let index = words.firstIndex(of: name), index + 1 < words.count { return [name, words[index + 1]] }
            return words.first { $0.hasPrefix(name + "=") }.map { [$0] } ?? []
        }
    }

    private static var machine: String {
        #if arch(x86_64)
            "Linux x86_64"
        #else
            "Linux aarch64"
        #endif
    }

    private func carry(_ written: Site?, _ delivery: Delivery, _ progress: any ProgressSink) async throws -> (
        program: String, file: String?
    ) {
        let (step, start) = ("Copied", ContinuousClock.now)
        await progress.report(.started(step: step))
        do {
            let tell: @Sendable (String) async -> Void = { await progress.report(.detail(step: step, $0)) }
            let program = try await delivery.carryProgram(Kopnik.configuration.version, tell)
            var carried = [program == RemoteComputer.program ? "the program is there" : "the program"]
            guard var written else {
                await progress.report(
                    .finished(step: step, summary: carried[0], changed: false, took: start.duration(to: .now)))
                return (program, nil)
            }
            for (name, path) in [("server", \Site.Sources.server), ("client", \Site.Sources.client)]
                as [(String, WritableKeyPath<Site.Sources, Site.Source>)]
            {
                guard case .folder(let folder) = written.sources[keyPath: path] else { continue }
                written.sources[keyPath: path] = .folder(try await delivery.carry(folder: folder, as: name, tell))
                carried.append("kp-\(name)'s folder")
            }
            let file = delivery.folder + "/kopnik.yaml"
            try await delivery.write(written.completeYAML, to: file)
            carried.append("the site file")
            await progress.report(
                .finished(
                    step: step, summary: carried.joined(separator: ", "), changed: true, took: start.duration(to: .now))
            )
            return (program, file)
        } catch {
            await progress.report(.failed(step: step, took: start.duration(to: .now)))
            throw error
        }
    }

    // MARK: - The other side

    func lookFromHere(_ connection: Connection) async throws {
        let (shell, world, machines) = (connection.shell, connection.world, connection.written?.machines ?? .init())
        try await world.progress.part("Seen from here", changed: false) { _ in
            let home = try await RemoteComputer.read(shell).home + "/.kopnik"
            guard let path = try await shell.fetch(home + "/site.yaml"), let text = world.files.text(of: path) else {
                throw Failure(
                    "what runs there could not be read", because: "\(home)/site.yaml is not there",
                    fix: "run the same command again")
            }
            let site: Site
            do { site = try SiteFile.read(text: text, name: path) } catch {
                throw UsageFailure(description: "\(error)")
            }
            let authority = site.certificate.isPublic ? nil : try await shell.fetch(home + "/ca.crt")
            let sight = try await OutsideLook(
                shell, domain: site.domain, http: site.ports.http, https: site.ports.https, authority: authority,
                isBehindAnother: options.jump != nil,
                address: machine.flatMap { Vagrantfile.address(of: $0, in: machines) }
            ).look()
            guard sight.faults.isEmpty else {
                throw Failure(
                    "the site runs, and is not seen from here as it should be",
                    because: sight.faults.joined(separator: "\n"),
                    fix:
                        "if a firewall of the provider stands before the server, let ports \(site.ports.http) and \(site.ports.https) through there; then run the same command again"
                )
            }
            return ((), sight.summary)
        }
    }
}
