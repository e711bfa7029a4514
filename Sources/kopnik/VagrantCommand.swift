import ArgumentParser
import Blueprint
import Foundation
import Machine
import Site
import Vagrant

struct VagrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vagrant",
        abstract: "Makes virtual machines for the site (ESXi, VirtualBox, libvirt) and raises it on them.",
        discussion:
            "What they are like stands in the site file: machines and esxi. Any other word is Vagrant's own: kopnik vagrant status, halt, ssh main, destroy.",
        subcommands: [VagrantUp.self, VagrantWrite.self, VagrantRun.self], defaultSubcommand: VagrantRun.self)

    /// The password of the ESXi server: of the file that the site file names, of the environment, or of whoever is at the terminal.
    /// - Throws: `Failure` where there is none, or others may read the file.
    static func password(_ site: Site, mayAsk: Bool) throws -> String? {
        guard site.machines.provider == .esxi else { return nil }
        let (files, esxi) = (Files(), site.machines.esxi)
        if let path = esxi.passwordFile {
            guard let mode = files.mode(of: path), let text = files.text(of: path)?.trimmed, !text.isEmpty else {
                throw Failure(
                    "the file with the ESXi server's password cannot be read", because: "\(path) is missing or empty",
                    fix: "write the password into it, as its only line")
            }
            guard mode & 0o077 == 0 else {
                throw Failure(
                    "others may read the ESXi server's password",
                    because: "\(path) has the rights \(String(mode, radix: 8))",
                    fix: "chmod 600 \(Command.quoted(path))")
            }
            return text.split(whereSeparator: \.isNewline).first.map(String.init)
        }
        if let given = ProcessInfo.processInfo.environment[Vagrantfile.passwordVariable], !given.isEmpty {
            return given
        }
        guard mayAsk else { return nil }
        if Prompt().isTerminal,
            let answer = try Prompt().ask("password of \(esxi.user) on \(esxi.host ?? "ESXi")", isHidden: true),
            !answer.isEmpty
        {
            return answer
        }
        throw Failure(
            "the ESXi server's password is not known", because: "there is no terminal here to ask at",
            fix:
                "name a file with it in kopnik.yaml (esxi.password_file), or set the variable \(Vagrantfile.passwordVariable)"
        )
    }
}

struct VagrantUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Makes the machines, and raises the site on main.",
        discussion:
            "Writes the Vagrantfile beside kopnik.yaml, runs 'vagrant up', sets each machine up as a server and raises the site on main. Run it as often as you like."
    )

    @OptionGroup var site: SiteOptions

    @Flag(help: "Raise the small stand-in that comes with kopnik.")
    var demo = false

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Overwrite what somebody changed by hand: those changes are lost.")
    var force = false

    func run() async throws {
        let (world, files) = (World.live(), Files())
        let written = try VagrantWrite.site(site)
        guard yes || (isatty(0) == 1 && isatty(2) == 1) else {
            throw UsageFailure(
                description:
                    "kopnik: this would make virtual machines\n  because: this is no terminal, so there is nobody to ask\n  fix:     kopnik vagrant write (to see what), then the same command with --yes"
            )
        }
        let bare = Vagrant(world, folder: site.folder)
        try await bare.check(written.machines.provider)
        let isNew = try WrittenVagrantfile(files, folder: site.folder).write(Vagrantfile.text(written), force: force)
        warn(isNew ? "  wrote \(site.folder)/\(Vagrantfile.name)" : "  \(Vagrantfile.name) is as it should be")
        let password = try VagrantCommand.password(written, mayAsk: true)
        // The way to the machine is asked of Vagrant again.
        if let password { setenv(Vagrantfile.passwordVariable, password, 1) }
        try await bare.up(written.machines)
        let flags = (yes ? ["--yes"] : []) + (force ? ["--force"] : [])
        for name in written.machines.names {
            warn("\n  \(Style.bold(name, on: site.standardError))")
            let isMain = name == written.machines.names.first
            try await RemoteCall(
                isMain ? ["up"] : ["host", "apply"], words: (isMain && demo ? ["--demo"] : []) + flags, site: site,
                on: RemoteCall.vagrant + name
            ).run()
        }
        let address = try await address(of: written, bare)
        warn(
            "\n  To open the site in this computer's browser, add a line to /etc/hosts:  \(address) \(written.domain)"
                + "\n  every other verb goes there so:  kopnik status --on \(RemoteCall.vagrant)main")
    }

    private func address(of written: Site, _ vagrant: Vagrant) async throws -> String {
        if let address = Vagrantfile.address(of: "main", in: written.machines) { return address }
        let settings = try await vagrant.settings(of: "main")
        let line = settings.split(whereSeparator: \.isNewline).map { $0.trimmed }.first { $0.hasPrefix("HostName ") }
        return line.map { String($0.dropFirst("HostName ".count)) } ?? "ADDRESS"
    }
}

struct VagrantWrite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Writes the Vagrantfile beside kopnik.yaml, and nothing else.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Overwrite one that somebody wrote or changed by hand.")
    var force = false

    /// The site whose machines are meant.
    static func site(_ options: SiteOptions) throws -> Site {
        let site = try options.siteFromFile() ?? Site(name: options.name ?? "kopnik")
        guard site.machines.provider == .esxi, site.machines.esxi.host == nil else { return site }
        throw UsageFailure(
            description:
                "kopnik: it is not said on what the machines are to run\n  because: the site file names no ESXi server\n  fix:     write into kopnik.yaml 'esxi:' and under it, two spaces further right, 'host: ADDRESS'; or, for machines on this computer, 'machines:' and under it 'provider: virtualbox' (or libvirt)"
        )
    }

    func run() async throws {
        let written = try Self.site(site)
        let isNew = try WrittenVagrantfile(Files(), folder: site.folder).write(Vagrantfile.text(written), force: force)
        warn(isNew ? "  wrote \(site.folder)/\(Vagrantfile.name)" : "  \(Vagrantfile.name) is as it should be")
    }
}

struct VagrantRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Hands its words to Vagrant, with the password of the ESXi server.")

    @Argument(parsing: .captureForPassthrough, help: "What Vagrant is told.")
    var words: [String] = []

    func run() async throws {
        if words.isEmpty || words == ["--help"] || words == ["-h"] { throw CleanExit.helpRequest(VagrantCommand.self) }
        let written = try SiteFileReading.read(nil)
        let password = try written.flatMap { try VagrantCommand.password($0, mayAsk: true) }
        let vagrant = Vagrant(
            World.live(), folder: FileManager.default.currentDirectoryPath,
            environment: password.map { [Vagrantfile.passwordVariable: $0] } ?? [:])
        let code = try await vagrant.converse(words)
        guard code == 0 else { throw ExitCode(code) }
    }
}
