import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Vagrant

@Suite struct `Vagrant is looked for` {
    private func check(_ provider: Site.Machines.Provider, _ runner: any CommandRunner) async -> Failure? {
        await #expect(throws: Failure.self) {
            try await Vagrant(.test(runner), folder: "/nonexistent").check(provider)
        }
    }
    private let version = (["vagrant", "--version"], CommandOutput(standardOutput: "Vagrant 2.3.4\n"))
    private func plugins(_ text: String) -> ([String], CommandOutput) {
        (["vagrant", "plugin", "list"], CommandOutput(standardOutput: text))
    }

    /// Nothing is installed.
    private struct Nothing: CommandRunner {
        let but: Set<String>
        func run(_ command: Command) async throws -> CommandOutput {
            if but.contains(command.executable) {
                return CommandOutput(standardOutput: "vagrant-vmware-esxi (2.5.5, global)\n")
            }
            var failure = Failure("could not run")
            failure.isMissingProgram = true
            throw failure
        }
    }

    @Test func `and what is missing is named, with what to install`() async throws {
        #expect(await check(.libvirt, Nothing(but: []))?.fix?.contains("apt-get install vagrant") == true)
        let none = ScriptedRunner([version, plugins("No plugins installed.\n")])
        #expect(await check(.libvirt, none)?.fix?.contains("apt-get install vagrant-libvirt") == true)
        #expect(await check(.esxi, none)?.fix == "vagrant plugin install vagrant-vmware-esxi")
        #expect(await check(.esxi, Nothing(but: ["vagrant"]))?.what == "VMware's ovftool is not installed")
        #expect(await check(.virtualBox, Nothing(but: ["vagrant"]))?.what == "VirtualBox is not installed")
    }

    @Test func `and is content with what is there`() async throws {
        // As Debian's own package says it.
        let system = ScriptedRunner([version, plugins("vagrant-libvirt (0.11.2, system)\n")])
        try await Vagrant(.test(system), folder: "/nonexistent").check(.libvirt)
        // Another plugin whose name begins the same is not the one.
        let other = ScriptedRunner([version, plugins("vagrant-libvirt-extras (1.0, global)\n")])
        #expect(await check(.libvirt, other) != nil)
    }
}

@Suite struct `What Vagrant says when it fails` {
    @Test(arguments: [
        (
            "There was an error.\n  Failed, timeout waiting for \"running\".\n", Site.Machines.Provider.esxi,
            "open-vm-tools"
        ),
        ("Authentication failed for user root@192.0.2.20\n", .esxi, "SSH on"),
        ("Error: A VM with that name already exists\n", .esxi, "vSphere"),
        (
            "==> main: Box 'bento/nothing' could not be found. Attempting to find and install...\nError: The requested URL returned error: 404\n",
            .libvirt, "vagrant box add"
        ),
        (
            "Call to virConnectOpen failed: Failed to connect socket to '/var/run/libvirt/libvirt-sock'\n", .libvirt,
            "libvirtd"
        ),
        ("something else went wrong\n", .virtualBox, "named the reason"),
    ])
    func `is explained`(said: String, provider: Site.Machines.Provider, words: String) {
        let failure = VagrantComplaint(said: said, provider: provider).failure
        let text = failure.description.replacing("names the reason", with: "named the reason")
        #expect(text.contains(words) && text.contains("same command again"), "\(failure)")
        // ESXi's traps are not VirtualBox's.
        if provider == .esxi {
            #expect(!VagrantComplaint(said: said, provider: .virtualBox).failure.description.contains(words))
        }
    }
}

@Suite struct `A Vagrantfile in a folder` {
    let folder = TemporaryFolder()
    private var written: WrittenVagrantfile { WrittenVagrantfile(Files(), folder: folder.path) }
    private var path: String { folder.path + "/Vagrantfile" }

    @Test func `is written once, and again when the site file changed`() throws {
        #expect(try written.write("one\n", force: false))
        #expect(try !written.write("one\n", force: false))
        #expect(try written.write("two\n", force: false))
        #expect(Files().text(of: path)?.hasSuffix("\ntwo\n") == true)
    }

    @Test(arguments: ["somebody's own\n", "", "# Written by kopnik; what follows has the digest 000000000000\none\n"])
    func `that somebody wrote or changed is theirs`(text: String) throws {
        try Files().write(text, to: path)
        #expect(throws: Failure.self) { try written.write("one\n", force: false) }
        #expect(Files().text(of: path) == text)
        #expect(try written.write("one\n", force: true))
    }
}

@Suite struct `The way to a machine` {
    let folder = TemporaryFolder()

    @Test func `is Vagrant's own, and told when there is none`() async throws {
        let settings = "Host main\n  HostName 192.168.121.7\n  User vagrant\n"
        let runner = ScriptedRunner([
            (["vagrant", "ssh-config", "main"], CommandOutput(standardOutput: settings)),
            (
                ["vagrant", "ssh-config", "standby"],
                CommandOutput(exitCode: 1, standardError: "The provider for this machine is not ready for SSH.\n")
            ),
        ])
        let vagrant = Vagrant(.test(runner), folder: folder.path)
        let none = await #expect(throws: Failure.self) { try await vagrant.settings(of: "main") }
        #expect(none?.fix?.contains("kopnik vagrant up") == true)
        try Files().write("x", to: folder.path + "/Vagrantfile")
        #expect(try await vagrant.settings(of: "main") == settings)
        let asleep = await #expect(throws: Failure.self) { try await vagrant.settings(of: "standby") }
        #expect(asleep?.because?.contains("not ready") == true)
    }
}
