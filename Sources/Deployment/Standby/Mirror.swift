import Blueprint
import Engine
import Foundation
import Machine
import Site
public import Standby

/// Uploaded files follow from the host that leads to the other one: by rsync over mutual TLS, in a container of the site's on each of them
/// (`images/keeper/mirror`). The one that follows fetches, so that nobody writes to it from outside; nothing is ever removed there.
public struct Mirror: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    /// What a host does for it.
    public enum Part: Sendable, Equatable {
        /// Lets the other one fetch, as the leader of this epoch.
        case serve(epoch: Int)
        /// Fetches from the leader of this epoch.
        case pull(epoch: Int)
        /// Neither leads nor follows: lets the other one fetch what has not come.
        case offer(epoch: Int)

        /// That of a host.
        public static func of(_ record: HostRecord) -> Part {
            switch record.role {
            // One that steps down goes on giving what it has until its database follows.
            case .standby where record.isSteppingDown == true: .serve(epoch: record.epoch - 1)
            case .standby: .pull(epoch: record.epoch)
            case .primary: .serve(epoch: record.epoch)
            case .fenced: .offer(epoch: record.epoch)
            }
        }

        var words: [String] {
            switch self {
            case .serve(let epoch): ["serve", "\(epoch)"]
            case .pull(let epoch): ["pull", "\(epoch)"]
            case .offer(let epoch): ["offer", "\(epoch)"]
            }
        }
        var text: String { words.joined(separator: "-") }
    }

    private var docker: Docker { deployment.docker }
    private var files: Files { deployment.world.files }
    private var container: String { "\(deployment.stack)-pair-files" }
    private var folder: String { "\(deployment.layout.pair)/mirror" }
    private static let label = "org.kopnik.mirror"

    /// Tells the container that the keeper is there; without that it ends after half a minute.
    public func beat() throws {
        try files.makeFolder(folder)
        let now = "\(Int(BootClock.now / .seconds(1)))\n"
        try files.write(Data(now.utf8), to: "\(folder)/heartbeat", isLasting: false)
    }

    /// Has the wanted part run, and no other.
    /// - Returns: whether it was started just now.
    public func keep(_ part: Part, of record: HostRecord) async throws -> Bool {
        let image = try await deployment.keeperImage()
        let question = ["ps", "--filter", "name=^\(container)$", "--format", "{{.Label \"\(Self.label)\"}} {{.Image}}"]
        let running = try await docker.require(
            question, toDo: "look for the container by which uploaded files follow", fix: "kopnik doctor"
        ).lines.first
        // It takes the keys when it starts.
        let keys = PairKeys(deployment: deployment).path(record.name)
        let label = "\(part.text)-\(Digest(files.text(of: keys) ?? "").short)"
        guard running != "\(label) \(image)" else { return false }
        // One that was made and never started is in the way, too.
        _ = try await docker.run(["rm", "--force", container])
        guard let peer = Pair(deployment: deployment).peerAddress(of: record.name) else { return false }
        // What an earlier one fetched says nothing of this epoch.
        for name in ["pulled", "fetched", "trouble", "now"] { try files.remove("\(folder)/\(name)") }
        func bind(_ path: String, _ target: String, isReadOnly: Bool = false) -> [String] {
            ["--mount", NodeTask.bind(deployment.hostPath(path), to: target, isReadOnly: isReadOnly)]
        }
        let owner = try owner()
        let isReadOnly = if case .pull = part { false } else { true }
        let words =
            [
                "run", "--detach", "--rm", "--init", "--no-healthcheck", "--name", container, "--network", "host",
                "--user", "0:0",
                "--read-only",
            ]
            + ["--tmpfs", "/tmp:size=64m,mode=1777", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
            + ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID", "KILL"].flatMap { ["--cap-add", $0] }
            + ["--memory", "512m", "--pids-limit", "100", "--label", "\(Self.label)=\(label)"]
            + deployment.hostLabelWords
            + bind(keys, "/run/keys", isReadOnly: true)
            + bind(deployment.layout.sftp, "/sftp", isReadOnly: isReadOnly) + bind(folder, "/state")
            + ["--entrypoint", "mirror", image] + part.words + [peer, owner]
        // Shut before anything listens.
        try await PeerFirewall(deployment: deployment).raise()
        // Or it would end at once.
        try beat()
        let output = try await docker.run(words)
        guard output.succeeded else {
            throw Failure(
                "the uploaded files do not follow", because: output.lastWords, fix: "kopnik doctor")
        }
        return true
    }

    /// Has no part of it run.
    func end() async throws { _ = try await docker.run(["rm", "--force", container]) }

    /// Whoever the uploads belong to.
    private func owner() throws -> String {
        guard let owner = files.owner(of: deployment.layout.uploads) else {
            throw Failure(
                "the uploaded files do not follow", because: "there is no folder \(deployment.layout.uploads)",
                fix: "kopnik up")
        }
        guard owner.user != 0 else {
            throw Failure(
                "the uploaded files do not follow",
                because:
                    "\(deployment.layout.uploads) belongs to root, and the application could not write there either",
                fix: "kopnik up --force")
        }
        return "\(owner.user):\(owner.group)"
    }

    /// What the last whole look at the leader's files came to.
    struct Pass: Sendable, Equatable {
        /// The epoch of whom it was fetched from.
        var epoch: Int
        /// When it began, in seconds since this computer was switched on: all that was there then is here.
        var beganSinceStart: Double
        /// How many files the leader had.
        var files: Int

        init?(_ text: String) {
            let words = text.split(separator: " ")
            guard words.count == 3, let epoch = Int(words[0]), let since = Double(words[1]), let files = Int(words[2])
            else { return nil }
            self.epoch = epoch
            self.beganSinceStart = since
            self.files = files
        }
    }

    /// The last one that came to its end; `nil`: none yet.
    func last() -> Pass? { files.text(of: "\(folder)/pulled").flatMap { Pass($0.trimmed) } }

    /// How many files there were when it began; `nil`: none came to its end yet.
    public var count: Int? { last()?.files }

    /// Why the one after it did not; `nil`: it did, or runs.
    func trouble() -> String? { files.text(of: "\(folder)/trouble")?.trimmed }

    /// How old what is here may be before somebody is told. A look at very many files takes its time, and a twentieth of all time goes into it.
    public static let patience = 180.0

    /// For how many seconds the one that follows has not had all files: on that one since its last look began, on the leader since the last
    /// look ended. `nil`: not yet in this epoch.
    public func age(of record: HostRecord) -> Double? {
        let at =
            if record.role == .primary {
                files.text(of: "\(folder)/fetched").flatMap { text -> Double? in
                    let words = text.split(whereSeparator: \.isWhitespace)
                    return words.count == 2 && Int(words[0]) == record.epoch ? Double(words[1]) : nil
                }
            } else {
                last().flatMap { $0.epoch == record.epoch ? $0.beganSinceStart : nil }
            }
        return at.map { max(0, BootClock.now / .seconds(1) - $0) }
    }

    /// What a person should know; `nil`: all is well, or has only just begun.
    public func complaint(of record: HostRecord) -> String? {
        guard record.role != .fenced, record.isSteppingDown != true,
            record.role == .standby || record.bond == .together,
            deployment.world.now().timeIntervalSince(record.since) > Self.patience
        else { return nil }
        let age = age(of: record)
        if let age, age < Self.patience { return nil }
        let since = age.map { "for \(Int($0 / 60)) minutes" } ?? "yet"
        guard record.role == .standby else { return "the standby has not fetched the uploaded files \(since)" }
        return "the uploaded files have not come from the main server \(since)"
            + (trouble().map { ": \($0.split(whereSeparator: \.isNewline).joined(separator: "; "))" } ?? "")
    }

    /// Waits until a look that began after this moment has come to its end.
    func hasPassFromNow(within limit: Duration) async throws -> Bool {
        let now = BootClock.now / .seconds(1)
        let mirror = self
        let pass = try await poll(for: limit, every: .milliseconds(100)) { () -> Bool? in
            if let pass = mirror.last(), pass.beganSinceStart >= now { return true }
            try files.write("", to: "\(folder)/now")
            return nil
        }
        return pass == true
    }
}
