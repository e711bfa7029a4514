import Foundation
import Machine

/// A file of root's that this program keeps as it should be.
struct ManagedFile: Sendable, Equatable {
    var path: String
    var contents: String
    var mode = 0o644
}

/// Files of one purpose, and the services that read them.
struct ServiceSettings: Step {
    let server: Server
    let name: String
    /// The state, in a few words.
    let summary: String
    var files: [ManagedFile] = []
    /// They start with the computer and run now.
    var units: [String] = []
    /// Whether they run cannot be asked for here; that they start with the computer can.
    var onlyEnabled = false
    /// Says whether the files are good; if not, those before come back.
    var check: Command?
    /// Makes the services read the files.
    var load: [Command] = []
    /// What else is not as it should be, by looking at the service itself.
    var drift: @Sendable () async throws -> [Change] = { [] }

    private var written: WrittenFiles {
        WrittenFiles(folder: server.root, record: "\(server.state)/\(name).json", files: server.files)
    }
    private var wanted: [WrittenFiles.Wanted] {
        files.map { WrittenFiles.Wanted(path: String($0.path.dropFirst()), contents: $0.contents) }
    }
    /// Is there from before the files are written until the services have read them.
    private var pending: String { "\(server.state)/\(name).pending" }

    func inspect() async throws -> Inspection {
        var changes = written.differences(from: wanted).map { difference -> Change in
            let path = "/\(difference.path)"
            switch difference.cause {
            case .new: return Change("write \(path)")
            case .outdated: return Change("change \(path)", difference: difference.description)
            case .editedByHand:
                return Change(
                    "overwrite \(path)", difference: difference.description,
                    conflict: "\(path) was changed by hand")
            }
        }
        for file in files {
            let path = server.root + file.path
            guard let mode = server.files.mode(of: path), let owner = server.files.owner(of: path) else { continue }
            let isRoots = owner.user == server.rootUser && owner.group == server.rootGroup
            guard mode != file.mode || !isRoots else { continue }
            changes.append(Change("set the rights of \(file.path) to \(String(file.mode, radix: 8)), root's"))
        }
        if changes.isEmpty, server.files.exists(pending) { changes.append(Change("load the new settings")) }
        for unit in units {
            if try await !answers("is-enabled", unit) { changes.append(Change("let \(unit) start with the computer")) }
            guard !onlyEnabled else { continue }
            if try await !answers("is-active", unit) { changes.append(Change("start \(unit)")) }
        }
        if changes.isEmpty { changes = try await drift() }
        return Inspection(changes.isEmpty ? summary : "\(changes.count) to do", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        try server.files.write("", to: pending)
        let before = wanted.map { ($0, server.files.text(of: "\(server.root)/\($0.path)")) }
        try written.write(wanted)
        try setRights()
        if let check {
            let output = try await server.world.commands.run(check)
            if !output.succeeded {
                try putBack(before)
                throw Failure(
                    "the new settings of '\(name)' were refused, those before are back",
                    because: Self.complaint(output),
                    fix: "correct what is named there, then run 'kopnik host apply' again")
            }
        }
        for command in load {
            _ = try await server.world.commands.require(
                command, toDo: "load the settings of '\(name)'",
                fix: "read 'journalctl -n 50', mend what it names, then run 'kopnik host apply' again")
        }
        for unit in units {
            // What somebody masked is a link to nothing; it is left where there is none.
            for words in [["unmask", unit], ["enable", unit]] + (onlyEnabled ? [] : [["start", unit]]) {
                _ = try await server.world.commands.require(
                    Command("systemctl", words, timeLimit: .seconds(120)), toDo: "\(words[0]) \(unit)",
                    fix: "read 'systemctl status \(unit)', mend what it names, then run 'kopnik host apply' again")
            }
        }
        try server.files.remove(pending)
    }

    private func setRights() throws {
        for file in files {
            let path = server.root + file.path
            try server.files.setMode(path, file.mode)
            try server.files.setOwner(path, user: server.rootUser, group: server.rootGroup)
        }
    }

    /// Programs that read settings show the place after the complaint.
    private static func complaint(_ output: CommandOutput) -> String {
        let lines = output.standardError.split(whereSeparator: \.isNewline)
        return lines.first { $0.lowercased().contains("error") }.map(\.trimmed) ?? output.lastWords
    }

    private func putBack(_ before: [(file: WrittenFiles.Wanted, text: String?)]) throws {
        try written.write(
            before.compactMap { entry in
                entry.text.map { WrittenFiles.Wanted(path: entry.file.path, contents: $0) }
            })
        try setRights()
        for entry in before where entry.text == nil { try server.files.remove("\(server.root)/\(entry.file.path)") }
        try server.files.remove(pending)
    }

    private func answers(_ question: String, _ unit: String) async throws -> Bool {
        try await server.world.commands.run(
            Command("systemctl", [question, "--quiet", unit], timeLimit: .seconds(30))
        ).succeeded
    }
}

extension Server {
    /// Who owns the files of the system; in a test's folder, whoever runs the test.
    var rootUser: Int { root.isEmpty ? 0 : Int(getuid()) }
    var rootGroup: Int { root.isEmpty ? 0 : Int(getgid()) }
}
