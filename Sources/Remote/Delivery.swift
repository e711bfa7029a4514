import Foundation
import Machine

/// What is carried to a server before `kopnik` runs there: the program, the site file, folders with sources. All of it lands in the
/// `.kopnik` of whoever logged in, whole or not at all.
public struct Delivery: Sendable {
    let shell: SecureShell
    let computer: RemoteComputer

    /// To a server that was looked at.
    public init(shell: SecureShell, computer: RemoteComputer) {
        self.shell = shell
        self.computer = computer
    }

    /// Where all of it lies there.
    public var folder: String { computer.home + "/.kopnik" }
    /// The program that waits there to be installed.
    public var program: String { folder + "/program" }

    /// Carries the program there, unless the same one is installed or waits already.
    /// - Returns: the path of the program to run.
    public func carryProgram(_ version: String, _ detail: @Sendable (String) async -> Void) async throws -> String {
        let digest = try await digest(of: shell.world.program)
        if computer.installed?.digest == digest { return RemoteComputer.program }
        if let there = computer.installed?.version, RemoteComputer.isNewer(there, than: version) {
            throw Failure(
                "the kopnik on \(shell.destination) is newer than this one",
                because: "there it is \(there), here \(version): an older one does not know what a newer one set up",
                fix: "take the newer kopnik here too, then run the same command with it")
        }
        let size = shell.world.files.size(of: shell.world.program) ?? 0
        try need(2 * size, in: computer.home)
        await detail("the program, \(size >> 20) MB")
        try await carry(shell.world.program, to: program, digest: digest, mode: "755")
        return program
    }

    /// Writes a text there.
    public func write(_ text: String, to path: String) async throws {
        let line =
            "umask 077; mkdir -p \(quoted(folder)); cat >\(quoted(path)).new && mv \(quoted(path)).new \(quoted(path))"
        let output = try await shell.run(line, input: text)
        guard output.succeeded else { throw refused("write \(path)", output) }
    }

    /// Carries a folder of this computer there.
    /// - Returns: its path there.
    public func carry(folder source: String, as name: String, _ detail: @Sendable (String) async -> Void) async throws
        -> String
    {
        let archive = shell.folder + "/\(name).tar.gz"
        await detail("packing \(source)")
        let made = try await shell.world.commands.run(
            Command(
                "tar",
                ["--create", "--gzip", "--exclude=./node_modules", "--file", archive, "--directory", source, "."]))
        guard made.succeeded else {
            throw Failure(
                "could not read \(source)", because: made.lastWords,
                fix: "see that it can be read, then run the same command again")
        }
        defer { try? shell.world.files.remove(archive) }
        let size = shell.world.files.size(of: archive) ?? 0
        await detail("\(source), \(max(1, size >> 20)) MB")
        try await carry(archive, to: "\(folder)/\(name).tar.gz", digest: try await digest(of: archive), mode: "600")
        let target = "\(folder)/sources/\(name)"
        let line = """
            set -e; cd \(quoted(folder)); rm -rf \(name).new; mkdir -p \(name).new sources
            tar -xzf \(name).tar.gz --no-same-owner -C \(name).new
            rm -rf sources/\(name); mv \(name).new sources/\(name); rm \(name).tar.gz
            """
        let output = try await shell.run(line, within: .seconds(600))
        guard output.succeeded else { throw refused("unpack \(source) there", output) }
        return target
    }

    private func digest(of path: String) async throws -> String {
        let output = try await shell.world.commands.require(
            Command("sha256sum", ["--", path], timeLimit: .seconds(120)), toDo: "read \(path)")
        return output.text.split(separator: " ").first.map(String.init) ?? ""
    }

    /// It gets its name once every byte of it is there.
    private func carry(_ file: String, to path: String, digest: String, mode: String) async throws {
        let new = quoted(path + ".new")
        let line = """
            set -e; umask 077; mkdir -p \(quoted(folder)); cat >\(new)
            [ "$(sha256sum \(new) | cut -d' ' -f1)" = \(digest) ] || { echo 'it did not arrive whole' >&2; exit 1; }
            chmod \(mode) \(new); mv \(new) \(quoted(path))
            """
        let output = try await shell.send(file, to: line)
        guard output.succeeded else { throw refused("copy \(file) there", output) }
    }

    private func need(_ bytes: Int, in place: String) throws {
        guard let free = computer.free[place], free < bytes else { return }
        throw Failure(
            "the disk of \(shell.destination) is full",
            because: "\(place) has \(free >> 20) MB left, and \(bytes >> 20) MB are needed to begin with",
            fix: "free some space there ('df -h', 'du -xsh /*'), then run the same command again")
    }

    private func refused(_ purpose: String, _ output: CommandOutput) -> Failure {
        let isFull = output.standardError.contains("No space left on device")
        return Failure(
            "could not \(purpose)", because: isFull ? "the disk of \(shell.destination) is full" : output.lastWords,
            fix: isFull
                ? "free some space there ('df -h', 'du -xsh /*'), then run the same command again"
                : "mend what is named there, then run the same command again")
    }

    private func quoted(_ word: String) -> String { Command.quoted(word) }
}
