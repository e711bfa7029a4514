import Blueprint
import Foundation
import Machine
import Site
public import Standby

/// What the standby has to have from the main server: passwords, keys, certificates, and the site as it runs.
public struct HandOver: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    /// For whom it is.
    struct Note: Codable, Sendable, Equatable {
        var `for`: HostRecord.Name
        var epoch: Int
        /// The site's name, and the whole of its file.
        var site: String
        var text: String
    }

    private static let notePath = "var/lib/kopnik/pair/hand-over.json"
    private var layout: Layout { deployment.layout }
    private var files: Files { deployment.world.files }
    private var pair: Pair { Pair(deployment: deployment) }

    /// Writes all of it into one file that its owner alone can read.
    public func write(to path: String) async throws {
        guard let record = try pair.record(), record.role == .primary else {
            throw Failure(
                "only the server that leads can hand over", because: "this one does not",
                fix: "type it on the other server; kopnik standby shows which one leads")
        }
        let prefix = layout.prefix + "/"
        try files.write(
            record: Note(
                for: record.name.other, epoch: record.epoch, site: deployment.site.name,
                text: deployment.site.completeYAML),
            to: prefix + Self.notePath, mode: 0o600)
        // With the recovery kit: the one at somebody's home opens what the standby keeps when it leads.
        let parts =
            ([layout.secrets, layout.authority, layout.letsEncrypt, prefix + Self.notePath]
            + RecoveryKits(deployment: deployment).handedOver).filter(files.exists).map {
                String($0.dropFirst(prefix.count))
            }
        try files.write("", to: path, mode: 0o600)
        _ = try await deployment.world.commands.require(
            Command(
                "tar", ["--create", "--gzip", "--file", path, "--directory", prefix] + parts,
                timeLimit: .seconds(120)), toDo: "write \(path)")
        try HandedOver(deployment: deployment).note()
    }

    /// Takes it on the other host, which then knows its part; the next `up` brings it about.
    public func accept(_ path: String) async throws -> HostRecord {
        guard files.exists(path) else {
            throw Failure(
                "there is no file \(path)", because: "that is where the main server's hand-over was looked for",
                fix: "on the main server:  kopnik standby hand-over FILE;  carry FILE here")
        }
        let before = try pair.record()
        guard before.map({ $0.role != .primary }) ?? !files.exists(layout.rememberedSite) else {
            throw Failure(
                "nothing was taken: a site runs here", because: "it would get the passwords of another",
                fix: before == nil
                    ? "use another, empty computer; or remove this one's site and its data first:  kopnik destroy"
                    : "it leads: hand over from here, and accept on the one that follows (kopnik standby)")
        }
        let commands = deployment.world.commands
        let note = try await commands.run(
            Command(
                "tar", ["--extract", "--gzip", "--to-stdout", "--file", path, Self.notePath], timeLimit: .seconds(60)))
        guard note.succeeded, let note = try? JSONDecoder().decode(Note.self, from: Data(note.standardOutput.utf8))
        else {
            throw Failure(
                "\(path) is no hand-over of a main server", because: "or it did not arrive whole",
                fix: "on the main server:  kopnik standby hand-over FILE;  carry FILE here")
        }
        guard note.site == deployment.site.name else {
            throw Failure(
                "\(path) is of another site",
                because: "it is of '\(note.site)', and this is about '\(deployment.site.name)'",
                fix: "kopnik standby accept FILE --name \(note.site)")
        }
        if let before, before.epoch > note.epoch || before.name != note.for {
            throw Failure(
                "\(path) is not for this server as it is now",
                because:
                    "it is of epoch \(note.epoch) for \(note.for.rawValue); this is \(before.name.rawValue), epoch \(before.epoch)",
                fix: "have the server that leads write a new one:  kopnik standby hand-over FILE")
        }
        try files.makeFolder(layout.prefix.isEmpty ? "/" : layout.prefix)
        _ = try await commands.require(
            Command(
                "tar",
                ["--extract", "--gzip", "--no-same-owner", "--file", path, "--directory", layout.prefix + "/"],
                timeLimit: .seconds(120)), toDo: "unpack \(path)")
        let record =
            before.map { HostRecord(name: $0.name, role: $0.role, epoch: max($0.epoch, note.epoch), since: $0.since) }
            ?? HostRecord(name: note.for, role: .standby, epoch: note.epoch, since: deployment.world.now())
        try files.write(note.text, to: layout.wishedSite)
        try pair.write(record)
        try HandedOver(deployment: deployment).note()
        return record
    }
}
