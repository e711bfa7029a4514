import Foundation
public import Machine
public import Site

/// Vagrant in a folder with a Vagrantfile: makes the machines, and knows the way to them.
public struct Vagrant: Sendable {
    let world: World
    /// The folder of the Vagrantfile.
    public let folder: String
    /// What Vagrant is told besides, such as a password.
    let environment: [String: String]

    /// - Parameter environment: variables that Vagrant gets besides this program's own.
    public init(_ world: World, folder: String, environment: [String: String] = [:]) {
        self.world = world
        self.folder = folder
        self.environment = environment
    }

    private func command(_ words: [String], within limit: Duration? = .seconds(120)) -> Command {
        Command(
            "vagrant", words, environment: environment.merging(["VAGRANT_CWD": folder]) { given, _ in given },
            folder: folder, timeLimit: limit)
    }

    /// Looks whether Vagrant is here, and what it needs for a provider: what is missing would else be told after minutes, or never.
    /// - Throws: `Failure` that says what to install.
    public func check(_ provider: Site.Machines.Provider) async throws {
        let version: CommandOutput
        do { version = try await world.commands.run(command(["--version"])) } catch let failure as Failure
            where failure.isMissingProgram
        {
            throw Failure(
                "Vagrant is not installed", because: "it makes the virtual machines",
                fix:
                    "sudo apt-get install vagrant  (Debian), or as https://developer.hashicorp.com/vagrant/install says"
            )
        }
        guard version.succeeded else {
            throw Failure(
                "Vagrant does not start", because: version.lastWords,
                fix: "vagrant --version  shows the same; install it anew")
        }
        switch provider {
        case .libvirt:
            try await require("vagrant-libvirt", "sudo apt-get install vagrant-libvirt libvirt-daemon-system")
        case .virtualBox:
            try await require(
                program: "VBoxManage", "VirtualBox", "it runs the machines",
                "install it as https://www.virtualbox.org/wiki/Downloads says")
        case .esxi:
            try await require("vagrant-vmware-esxi", "vagrant plugin install vagrant-vmware-esxi")
            try await require(
                program: "ovftool", "VMware's ovftool", "the plugin carries the box to the ESXi server with it",
                "get it from https://developer.broadcom.com/tools/open-virtualization-format-ovf-tool/latest and put it on the PATH"
            )
        }
    }

    private func require(_ plugin: String, _ fix: String) async throws {
        let plugins = try await world.commands.require(
            command(["plugin", "list"]), toDo: "ask Vagrant for its plugins")
        guard !plugins.lines.contains(where: { $0.hasPrefix(plugin + " ") }) else { return }
        throw Failure(
            "Vagrant's plugin \(plugin) is not installed", because: "without it Vagrant knows nothing of this provider",
            fix: fix)
    }

    private func require(program: String, _ name: String, _ because: String, _ fix: String) async throws {
        do { _ = try await world.commands.run(Command(program, ["--version"], timeLimit: .seconds(30))) } catch let
            failure as Failure
            where failure.isMissingProgram
        {
            throw Failure("\(name) is not installed", because: because, fix: fix)
        }
    }

    /// Makes the machines, or starts them where they are; what Vagrant says appears as it says it.
    /// - Throws: `Failure` with what is known of the reason.
    public func up(_ machines: Site.Machines) async throws {
        let said = FileManager.default.temporaryDirectory.appending(path: "kopnik-vagrant-\(UUID().uuidString)").path(
            percentEncoded: false)
        defer { try? world.files.remove(said) }
        let line = "set -o pipefail; vagrant up --provider \"$1\" 2>&1 | tee \"$0\""
        var command = command([], within: nil)
        command.executable = "bash"
        command.arguments = ["-c", line, said, machines.provider.rawValue]
        guard try await world.commands.converse(command) != 0 else { return }
        try Task.checkCancellation()
        throw VagrantComplaint(said: world.files.text(of: said) ?? "", provider: machines.provider).failure
    }

    /// Hands words to Vagrant, with this terminal.
    /// - Returns: its exit code.
    public func converse(_ words: [String]) async throws -> Int32 {
        try await world.commands.converse(command(words, within: nil))
    }

    /// How ssh reaches a machine: a file of settings as ssh_config(5) has it.
    /// - Throws: `Failure` where there is no such machine, or it does not run.
    public func settings(of machine: String) async throws -> String {
        guard world.files.exists(folder + "/Vagrantfile") else {
            throw Failure(
                "there are no machines of Vagrant's here", because: "\(folder) has no Vagrantfile",
                fix: "kopnik vagrant up; or go to the folder with your kopnik.yaml first")
        }
        let output: CommandOutput
        do { output = try await world.commands.run(command(["ssh-config", machine])) } catch let failure as Failure
            where failure.isMissingProgram
        {
            throw Failure("Vagrant is not installed", because: "it knows the way to the machine '\(machine)'")
        }
        guard output.succeeded, output.standardOutput.contains("HostName ") else {
            throw Failure(
                "the machine '\(machine)' cannot be reached", because: Self.inOneLine(output.standardError),
                fix: "kopnik vagrant status  (shows which there are and whether they run), then:  kopnik vagrant up")
        }
        return output.standardOutput
    }

    /// What Vagrant says is broken into lines anywhere.
    static func inOneLine(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? "Vagrant said nothing" : words
    }
}
