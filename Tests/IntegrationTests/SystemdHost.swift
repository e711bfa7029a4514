import Foundation
import Machine
import Testing

/// A server with systemd, beside the bare host of the tests.
struct SystemdHost: ScriptedServer {
    static let script = BareHost.script.replacing("bare-host", with: "systemd-host")

    let name: String
    /// Its address, which this computer alone reaches.
    let address: String
    static let runner = LocalCommandRunner()

    /// Runs something on a new one; `kopnik-test` ends it too, should this be killed.
    static func fresh(_ word: String = "server", _ body: (SystemdHost) async throws -> Void) async throws {
        let name = "\(BareHost.shared.name)-\(word)"
        func power(_ verb: String) async throws -> String {
            let output = try await runner.run(Command(script, [verb, name], timeLimit: .seconds(300)))
            try #require(output.succeeded, "\(output)")
            return output.text
        }
        let host = SystemdHost(name: name, address: try await power("up"))
        do {
            let program = BareHost.shared.rootFolder() + "/usr/local/bin/kopnik"
            try FileManager.default.copyItem(atPath: program, toPath: host.root + "/usr/local/bin/kopnik")
            try await body(host)
        } catch {
            _ = try await power("down")
            throw error
        }
        _ = try await power("down")
    }

    /// This computer's address as the host sees it.
    var outer: String { address.split(separator: ".").dropLast().joined(separator: ".") + ".1" }

    /// The host's files as this computer sees them.
    var root: String { BareHost(name: name).rootFolder() }

    /// Gives it the images that the shared host has built: they are the same.
    func borrowImages() async throws {
        let names = try await BareHost.shared.shell(
            "docker images --format '{{.Repository}}:{{.Tag}}' 127.0.0.1:1/kopnik/* 2>/dev/null || true")
        guard !names.lines.isEmpty else { return }
        let archive = root + "/root/images.tar"
        let saved = try await Self.runner.run(
            Command(
                "sh",
                [
                    "-c", "exec \"$@\" >\"$0\"", archive, BareHost.script, "run", BareHost.shared.name, "docker",
                    "save",
                ] + names.lines, timeLimit: .seconds(300)))
        try #require(saved.succeeded, "\(saved)")
        _ = try await must("docker load --quiet <images.tar >/dev/null; rm images.tar", within: .seconds(300))
    }

    /// How somebody proves who they are.
    enum Proof { case password(String), key(String) }

    /// Logs in from outside by SSH and runs a line there.
    func ssh(_ line: String, as user: String = "ubuntu", _ proof: Proof) async throws -> CommandOutput {
        try await log(in: "ssh", proof, ["\(user)@\(address)", line], input: nil)
    }

    /// Logs in from outside by SFTP and types commands there.
    func sftp(_ lines: [String], _ proof: Proof) async throws -> CommandOutput {
        try await log(in: "sftp", proof, ["ubuntu@\(address)"], input: lines.joined(separator: "\n") + "\n")
    }

    private func log(in program: String, _ proof: Proof, _ words: [String], input: String?) async throws
        -> CommandOutput
    {
        let options = [
            "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
            "LogLevel=ERROR",
            "-o", "ConnectTimeout=10",
        ]
        let command =
            switch proof {
            case .password(let password):
                Command(
                    "sshpass",
                    ["-p", password, program] + options
                        + ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"] + words,
                    standardInput: input, timeLimit: .seconds(60))
            case .key(let path):
                Command(
                    program,
                    options + ["-o", "IdentitiesOnly=yes", "-o", "PasswordAuthentication=no", "-i", path] + words,
                    standardInput: input, timeLimit: .seconds(60))
            }
        return try await Self.runner.run(command)
    }
}
