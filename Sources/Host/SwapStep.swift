import Foundation
import Machine

/// A swap file where memory is short of what the services may take together (H2): without one the kernel ends a process of the site's instead.
struct SwapStep: Step {
    let server: Server
    let name = "Swap"

    static let size = 2 << 30
    /// From here on none is needed. A machine of 6 GB shows a little less: the kernel keeps its part.
    static let enoughMemory = 11 << 29
    private static let path = "/swapfile.kopnik"
    private static let line = "\(path) none swap sw 0 0"

    private var file: String { server.root + Self.path }
    private var table: String { server.root + "/etc/fstab" }
    /// What is swapped to now, beside the heading (proc(5), swaps).
    private var used: [String] {
        (server.files.text(of: "\(server.root)/proc/swaps") ?? "").split(whereSeparator: \.isNewline).dropFirst()
            .compactMap { $0.split(whereSeparator: \.isWhitespace).first.map(String.init) }
    }
    private var isRemembered: Bool {
        (server.files.text(of: table) ?? "").split(whereSeparator: \.isNewline).contains {
            $0.hasPrefix(Self.path + " ")
        }
    }

    func inspect() async throws -> Inspection {
        if server.isContainer { return Inspection("the outer computer's") }
        let isOurs = used.contains(Self.path)
        if !isOurs, !used.isEmpty { return Inspection("there is some: \(used.joined(separator: ", "))") }
        if !isOurs, !isRemembered, server.computer.memory >= Self.enoughMemory {
            return Inspection("none needed")
        }
        var changes: [Change] = []
        if !isOurs { changes.append(Change("make a swap file of \(Self.size >> 30) GB, \(Self.path)")) }
        if !isRemembered { changes.append(Change("use it from each start on")) }
        return Inspection("\(Self.size >> 30) GB in \(Self.path)", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        if !used.contains(Self.path) {
            // What is left of one that was broken off is made anew.
            try server.files.remove(file)
            if let free = Computer.freeSpace(at: file), free < Self.size * 3 / 2 {
                throw Failure(
                    "there is no room for a swap file", because: "/ has \(free >> 20) MB left",
                    fix: "free some space ('df -h /', 'du -xsh /*'), then run the same command again")
            }
            await detail("making \(Self.path)")
            try server.files.write("", to: file, mode: 0o600)
            for (program, words) in [
                ("fallocate", ["--length", "\(Self.size)", file]), ("mkswap", [file]), ("swapon", [file]),
            ] {
                _ = try await server.world.commands.require(
                    Command(program, words, timeLimit: .seconds(120)), toDo: "make a swap file",
                    fix: "mend what is named there, then run 'kopnik host apply' again")
            }
        }
        guard !isRemembered else { return }
        let before = server.files.text(of: table) ?? ""
        let end = before.isEmpty || before.hasSuffix("\n") ? "" : "\n"
        try server.files.write(before + end + Self.line + "\n", to: table)
    }
}
