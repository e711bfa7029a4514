import Foundation
import Machine
import Testing

/// A Debian with a kernel of its own (`Tests/host/vm-host`), beside the bare host of the tests.
struct VirtualMachine: ScriptedServer {
    static let script = BareHost.script.replacing("bare-host", with: "vm-host")

    let name: String
    /// Its address, which this computer and its hosts reach.
    let address: String
    static let runner = LocalCommandRunner()

    /// Whether somebody has the time for it: `./kopnik-test vm`.
    static let isAsked = BareHost.isHere && ProcessInfo.processInfo.environment["KOPNIK_TEST_VM"] == "1"

    /// What `Tests/host/vm-host` lays onto a disk: the images that the shared host has built. To build them where QEMU translates takes an
    /// hour and more; that an empty machine builds them is tried by `OnServerTests` and `FreshHostTests`.
    static var images: [String: String] {
        ["KOPNIK_TEST_IMAGES": BareHost.shared.rootFolder() + "/var/lib/docker"]
    }

    /// Runs something with a new one; `kopnik-test` ends it too, should this be killed.
    static func fresh(_ word: String = "vm", _ body: (VirtualMachine) async throws -> Void) async throws {
        let name = "\(BareHost.shared.name)-\(word)"
        func power(_ verb: String) async throws -> String {
            // The disk that all begin with is made once.
            let output = try await runner.run(
                Command(script, [verb, name], environment: images, timeLimit: .seconds(1200)))
            try #require(output.succeeded, "\(output)")
            return output.text
        }
        let machine = VirtualMachine(name: name, address: try await power("up"))
        do { try await body(machine) } catch {
            _ = try await power("down")
            throw error
        }
        _ = try await power("down")
    }

    /// The private key that root's account there takes.
    static func key() async throws -> String {
        let path = try await runner.run(Command(script, ["key"], timeLimit: .seconds(10)))
        try #require(path.succeeded, "\(path)")
        return try #require(Files().text(of: path.text))
    }

    /// Starts the kernel anew, in order, and waits until another one answers.
    func reboot() async throws {
        let kernel = "cat /proc/sys/kernel/random/boot_id"
        let before = try await must(kernel).text
        _ = try await shell("systemctl --no-block reboot")
        let other = try await poll(for: .seconds(600), every: .seconds(2)) { () -> Bool? in
            let now = try await shell(kernel, within: .seconds(60))
            return now.succeeded && now.text != before ? true : nil
        }
        try #require(other == true, "it does not come back")
    }
}

/// Vagrant with libvirt (`Tests/host/vagrant-host`) and a box of the same disk.
struct VagrantHost: Sendable {
    static let script = BareHost.script.replacing("bare-host", with: "vagrant-host")
    static let box = "kopnik-test/vm"

    let name: String
    private let runner = LocalCommandRunner()

    /// Runs something on a new one, with the program in its home; `kopnik-test` ends it too, should this be killed.
    static func fresh(_ body: (VagrantHost) async throws -> Void) async throws {
        let host = VagrantHost(name: "\(BareHost.shared.name)-vagrant")
        func power(_ verb: String) async throws -> String {
            let output = try await host.runner.run(
                Command(
                    script, [verb, host.name], environment: VirtualMachine.images, timeLimit: .seconds(1200)))
            try #require(output.succeeded, "\(output)")
            return output.text
        }
        _ = try await power("up")
        do {
            try FileManager.default.copyItem(
                atPath: BareHost.shared.rootFolder() + "/usr/local/bin/kopnik",
                toPath: try await power("home") + "/kopnik")
            try await body(host)
        } catch {
            _ = try await power("down")
            throw error
        }
        _ = try await power("down")
    }

    /// Runs a shell line there, in its home.
    func shell(_ line: String, within limit: Duration = .seconds(120)) async throws -> CommandOutput {
        try await runner.run(Command(Self.script, ["run", name, "sh", "-eu", "-c", line], timeLimit: limit))
    }
}
