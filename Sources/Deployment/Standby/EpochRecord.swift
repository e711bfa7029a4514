import Foundation
import Machine
import Site
public import Standby

/// Which epochs have begun, written down where both servers can read it though one of them is gone: beside the backups.
///
/// Without conditional writes, which not every store has: whoever begins an epoch leaves a mark of its own and then looks at all of them. Of two that
/// begin the same one at the same time at least one sees the other's mark, and does not go on.
public struct EpochRecord: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    /// The repository, as both servers name it; `nil`: there is none.
    public var place: String? { deployment.site.backup.repository.map { "\($0)" } }

    /// A mark: who began which epoch.
    struct Mark: Equatable {
        var epoch: Int
        /// `main` or `standby`, or `restored`: on a computer of its own, after both were gone.
        var server: String

        init(_ epoch: Int, _ server: String) { (self.epoch, self.server) = (epoch, server) }
        init(_ epoch: Int, _ server: HostRecord.Name) { self.init(epoch, server.rawValue) }

        /// Reads `2-standby`.
        init?(_ text: String) {
            let words = text.split(separator: "-", omittingEmptySubsequences: false)
            guard words.count == 2, let epoch = Int(words[0]),
                ["main", "standby", Self.restored].contains(String(words[1]))
            else {
                return nil
            }
            self.init(epoch, String(words[1]))
        }

        static let restored = "restored"

        var text: String { "\(epoch)-\(server)" }
    }

    /// The highest epoch that is written there.
    public func ask() async -> EpochsAnswer {
        guard place != nil else { return .none }
        guard let marks = try? await run(["list"]) else { return .silent }
        return .highest(marks.map(\.epoch).max() ?? 0)
    }

    /// Writes down that a server begins an epoch.
    /// - Throws: `Failure` where the repository cannot be written, or another has begun this epoch, or anybody a later one.
    public func begin(_ epoch: Int, by server: HostRecord.Name) async throws {
        try await begin(Mark(epoch, server))
    }

    /// The same of a site that was restored.
    func beginRestored(_ epoch: Int) async throws { try await begin(Mark(epoch, Mark.restored)) }

    private func begin(_ mark: Mark) async throws {
        if let other = try await leave(mark) { throw Self.refusal(mark, other, fix: "kopnik standby, on both") }
    }

    /// - Returns: the mark of another that forbids this one.
    private func leave(_ mark: Mark) async throws -> Mark? {
        let marks = try await run(["mark", mark.text])
        guard marks.contains(mark) else {
            throw Failure(
                "it could not be written down beside the backups that epoch \(mark.epoch) begins",
                because: "the repository takes nothing: is it full, or may this site only read there?",
                fix: "kopnik doctor")
        }
        return Self.contradiction(to: mark, among: marks)
    }

    private static func refusal(_ mark: Mark, _ other: Mark, fix: String) -> Failure {
        let who = other.server == Mark.restored ? "the site, restored on another computer," : "'\(other.server)'"
        return Failure(
            "this server cannot begin epoch \(mark.epoch)",
            because: "beside the backups stands that \(who) has begun epoch \(other.epoch)", fix: fix)
    }

    /// The mark that forbids this one: another's of the same epoch, or anybody's of a later one.
    static func contradiction(to mark: Mark, among marks: [Mark]) -> Mark? {
        marks.filter { $0.epoch > mark.epoch || $0.epoch == mark.epoch && $0.server != mark.server }
            .max { $0.epoch < $1.epoch }
    }

    /// - Throws: `Failure` with what the repository said.
    private func run(_ words: [String]) async throws -> [Mark] {
        let tool = RepositoryTool(deployment: deployment)
        let output = try await tool.alone("backup-epochs", ["epochs"] + words, timeLimit: .seconds(30))
        guard output.succeeded else {
            throw tool.failure("what is written beside the backups cannot be reached", output)
        }
        return output.lines.compactMap { Mark($0) }
    }
}

extension EpochRecord {
    /// Has the other server know that it has to write there before it leads, where this one, which leads and has written its own epoch down,
    /// may rely on it at its next start.
    /// - Parameter look: what this server's database says; the other one follows it.
    public func rely(_ record: HostRecord, _ look: PairLook) async throws {
        let pair = Pair(deployment: deployment)
        guard record.recordedIn != place || look.recordedIn != place else { return }
        // Of an earlier repository: what is written in that is not to be relied on any more, and that comes first.
        if record.recordedIn != nil { try pair.change { $0.recordedIn = nil } }
        guard let place else {
            try await pair.sql(
                "UPDATE kopnik_pair SET recorded_in = NULL;", toDo: "forget where epochs are written down")
            return
        }
        // It has to be able to write there.
        if let complaint = HandedOver(deployment: deployment).complaint {
            throw Failure("it is not read beside the backups who leads", because: complaint)
        }
        let quoted = place.replacing("'", with: "''")
        try await pair.sql(
            "UPDATE kopnik_pair SET recorded_in = '\(quoted)';", toDo: "tell the standby where epochs are written down")
        try await pair.waitUntilShownThere()
        try pair.change(leading: record) { $0.recordedIn = place }
    }

    /// Writes down, on the standby, that it is about to lead.
    /// - Parameters:
    ///   - place: where the main server reads it; `nil`: it reads nothing.
    /// - Throws: `Failure` where that cannot be done: the old main server could start again by what is written there.
    func beginTakingOver(_ epoch: Int, by server: HostRecord.Name, readIn place: String?) async throws {
        guard place != nil || self.place != nil else { return }
        guard place == nil || place == self.place else {
            throw Failure(
                "it cannot be written down that this server leads",
                because:
                    "the main server reads that in \(place ?? ""), and this one's site file names \(self.place ?? "no repository of backups")",
                fix: Self.insist)
        }
        let other: Mark?
        do { other = try await leave(Mark(epoch, server)) } catch var failure as Failure {
            // Nobody reads it.
            guard place != nil else { return }
            failure.fix = [failure.fix, "or, " + Self.insist].compactMap { $0 }.joined(separator: "\n")
            throw failure
        }
        if let other { throw Self.refusal(Mark(epoch, server), other, fix: Self.insist) }
    }

    private static let insist =
        "if no other server can lead or start again by itself (its power is off, its disk is gone):  kopnik failover --without-record"
}

extension Pair {
    /// Waits until what was written here until now shows on the other one, which decides by it.
    /// - Throws: `Failure` where that takes longer than fifteen seconds.
    func waitUntilShownThere() async throws {
        let place = try await look().written
        let isShown = try await poll(for: .seconds(15), every: .milliseconds(200)) { () -> Bool? in
            guard let shown = try await look().follower?.shown, let place else { return nil }
            return shown >= place ? true : nil
        }
        guard isShown == true else {
            throw Failure(
                "the standby was not told", because: "what is written here does not show there within 15 seconds",
                fix: "kopnik standby, on both")
        }
    }
}
