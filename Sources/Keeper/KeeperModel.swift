public import Foundation
public import Machine

/// What the keeper knows, for `status` and the dashboard; nothing in it is secret.
public struct KeeperModel: Codable, Sendable, Equatable {
    /// How the last run of a job ended.
    public struct JobReport: Codable, Sendable, Equatable {
        /// The job's name, such as `disk`.
        public var name: String
        /// When it began.
        public var at: Date
        /// Whether it succeeded.
        public var well: Bool
        /// In words.
        public var result: String

        /// What a person should look at; `nil` where it succeeded.
        var alarm: String? { well ? nil : "\(name): \(result)" }
    }

    /// Seconds since boot when this was written: tells whether the keeper lives, whatever the clock does.
    public var uptime: Double
    /// Why the containers may start, or why they may not.
    public var permit: String
    /// The last run of each job, sorted by name.
    public var jobs: [JobReport]

    /// What a person should look at.
    public var alarms: [String] { jobs.compactMap(\.alarm) }

    /// Reads the model, or `nil` where the keeper has not written one.
    public static func read(_ folder: String, files: Files) -> KeeperModel? {
        files.record(KeeperModel.self, at: "\(folder)/model.json")
    }

    func write(_ folder: String, files: Files) throws {
        try files.write(record: self, to: "\(folder)/model.json")
    }

    /// Whether the keeper wrote this lately.
    public func isFresh(now: Duration = BootClock.now) -> Bool {
        let age = now - .seconds(uptime)
        // Ahead of us: it was written before the computer was switched off and on.
        return age > .seconds(-2) && age < .seconds(20)
    }
}
