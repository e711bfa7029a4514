import Blueprint
import Engine
import Foundation
import Machine

/// The letters that wait, and how many went through in the last 24 hours.
public struct MailQueue: Codable, Sendable, Equatable {
    public var waiting: Int
    public var bytes: Int
    /// The age of the oldest one, in seconds.
    public var oldest: Int
    /// Letters that the application handed over, where they are counted: in a copy that sends.
    public var taken: Int
    /// Letters over the site's limits, which were not taken.
    public var refused: Int

    /// Makes one from its parts.
    public init(waiting: Int, bytes: Int, oldest: Int, taken: Int, refused: Int) {
        self.waiting = waiting
        self.bytes = bytes
        self.oldest = oldest
        self.taken = taken
        self.refused = refused
    }

    /// What a person has to look at.
    public var alarms: [String] {
        var alarms: [String] = []
        if oldest >= 1800 { alarms.append("mail: \(inWords) (kopnik logs mail)") }
        if refused > 0 {
            alarms.append(
                "mail: \(refused) \(refused == 1 ? "letter was" : "letters were") over the limits and not taken in the last 24 hours (mail.letters_per_day, mail.letters_per_recipient, mail.megabytes_per_day)"
            )
        }
        return alarms
    }

    /// In a few words.
    public var inWords: String {
        guard waiting > 0 else { return "no letter waits" }
        let age = oldest < 120 ? "\(oldest) s" : oldest < 7200 ? "\(oldest / 60) min" : "\(oldest / 3600) h"
        return "\(waiting) \(waiting == 1 ? "letter waits" : "letters wait"), the oldest for \(age)"
    }
}

extension Deployment {
    /// Asks the mail service; `nil` where it does not run.
    public func mailQueue() async -> MailQueue? {
        guard let container = try? await docker.container(of: ServiceKind.mail.rawValue, in: stack),
            let output = try? await docker.run(["exec", container, "mail-state"], timeLimit: .seconds(10)),
            output.succeeded
        else { return nil }
        return try? JSONDecoder().decode(MailQueue.self, from: Data(output.text.utf8))
    }
}
