import Blueprint
public import Foundation
import Machine

/// Who changed the site, when, from where, what, and what came of it: lines of JSON that are only ever added.
public struct History: Sendable {
    /// One operation.
    public struct Entry: Sendable, Codable, Equatable {
        /// When it began.
        public var at: Date
        /// The person's login name; `keeper` for what the site does by itself.
        public var who: String
        /// The address that they logged in from, or `here`.
        public var from: String
        /// The terminal, where there is one.
        public var terminal: String?
        /// Such as `kopnik update`.
        public var what: String
        /// `done`, or why it failed; `nil` for one that goes on, or that was killed.
        public var result: String?
        /// Whether it failed.
        public var failed: Bool?
        /// How long it took, in seconds.
        public var took: Double?
        /// The number of the release that runs afterwards.
        public var release: Int?
        /// The process that does it, and this boot's id, to tell one that goes on from one that was killed.
        public var process: Int32
        /// This boot of the computer.
        public var boot: String

        /// What came of it, in a word or a sentence.
        public var outcome: String {
            if let result { return result }
            let isAlive = boot == Computer.bootID && Files().exists("/proc/\(process)")
            return isAlive ? "goes on" : "broken off"
        }
    }

    let deployment: Deployment
    /// A file of this many bytes is full; the one before it is kept.
    var longest = 1 << 20

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var path: String { deployment.layout.history }
    private var earlier: String { path + ".1" }

    /// Everything that is known, the oldest first. Of an operation that ended only its end is told.
    public var entries: [Entry] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        var found: [Entry] = []
        for file in [earlier, path] {
            for line in (deployment.world.files.text(of: file) ?? "").split(separator: "\n") {
                guard let entry = try? decoder.decode(Entry.self, from: Data(line.utf8)) else { continue }
                // The end of what the last line of this process began.
                if entry.result != nil,
                    let index = found.lastIndex(where: {
                        $0.process == entry.process && $0.at == entry.at && $0.what == entry.what && $0.result == nil
                    })
                {
                    found[index] = entry
                } else {
                    found.append(entry)
                }
            }
        }
        return found
    }

    /// Notes that something begins.
    func begin(_ what: String, who: String? = nil) -> Entry {
        let origin = Origin.read(deployment.world.environment)
        let entry = Entry(
            // To the second, as it is written: the end names the same moment.
            at: Date(timeIntervalSince1970: deployment.world.now().timeIntervalSince1970.rounded(.down)),
            who: who ?? deployment.world.person.name, from: who == nil ? origin.address ?? "here" : "here",
            terminal: who == nil ? origin.terminal : nil, what: what,
            process: ProcessInfo.processInfo.processIdentifier, boot: Computer.bootID)
        if deployment.world.files.size(of: path) ?? 0 > longest { try? deployment.world.files.move(path, to: earlier) }
        add(entry)
        return entry
    }

    /// Notes how it ended.
    func end(_ entry: Entry, _ result: String, failed: Bool, took: Duration) {
        // 'destroy' has removed it with all the rest.
        guard deployment.world.files.exists(path) else { return }
        var entry = entry
        entry.result = deployment.world.redaction.apply(to: result)
        entry.failed = failed
        entry.took = (took / .milliseconds(1)).rounded() / 1000
        entry.release = Releases(deployment: deployment).current?.number
        add(entry)
    }

    /// A full disk must not keep a person from mending it: what cannot be written is lost.
    private func add(_ entry: Entry) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        guard let line = try? encoder.encode(entry) else { return }
        try? deployment.world.files.append(String(decoding: line, as: UTF8.self) + "\n", to: path)
    }
}

extension Deployment {
    /// Does something that changes the site: alone, and noted in the history with what came of it.
    /// - Parameter detail: is told what is waited for.
    public func operation<Value>(
        _ what: String, _ detail: @Sendable (String) async -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        let lock = try await lock(for: what, detail)
        defer { lock.release() }
        return try await noted(what, body)
    }

    /// Notes something in the history, without the lock.
    public func noted<Value>(_ what: String, who: String? = nil, _ body: () async throws -> Value) async throws -> Value
    {
        let history = History(deployment: self)
        let entry = history.begin(what, who: who)
        let start = ContinuousClock.now
        do {
            let value = try await body()
            history.end(entry, "done", failed: false, took: start.duration(to: .now))
            return value
        } catch {
            let words =
                error is CancellationError
                ? "stopped by whoever began it" : (error as? Failure)?.what ?? "something did not hold afterwards"
            history.end(entry, words, failed: true, took: start.duration(to: .now))
            throw error
        }
    }
}
