import Foundation
import Machine

/// An alert as a person reads it, and as a program does.
struct AlertText: Sendable {
    let message: AlertBook.Message
    let domain: String
    /// Whether somebody asked for it, to see whether it arrives.
    var isTrial = false

    private static let firstWords = 120

    var subject: String {
        if isTrial { return "[\(domain)] a test alert from Kopnik" }
        let words = message.words.split(whereSeparator: \.isNewline).joined(separator: " ")
        let short = words.count > Self.firstWords ? words.prefix(Self.firstWords) + "…" : words[...]
        return message.isAlarm ? "[\(domain)] \(message.source): \(short)" : "[\(domain)] \(message.source): good again"
    }

    var text: String {
        if isTrial {
            return """
                Somebody who looks after \(domain) asked for this alert, to see whether it arrives.
                There is nothing to do.

                """
        }
        guard message.isAlarm else {
            return """
                \(domain): '\(message.source)' is good again since \(message.at.universalMinute).

                It was wrong since \(message.since.universalMinute):
                \(message.words)

                """
        }
        return """
            \(domain) needs a look.

            \(message.source): \(message.words)
            since \(message.since.universalMinute)

            What to type on the server:
                kopnik status
                kopnik doctor

            You are told when it is good again, and not sooner.

            """
    }

    /// What the hook gets. `text` is what chats take for the words of a message (Slack, Mattermost, Telegram).
    struct Body: Encodable, Equatable {
        var id: String
        var site: String
        var domain: String
        var source: String
        /// `alarm`, `well` or `test`.
        var state: String
        var words: String
        var since: String
        var at: String
        var text: String
    }

    func body(site: String) -> Body {
        Body(
            id: message.id, site: site, domain: domain, source: message.source,
            state: isTrial ? "test" : message.isAlarm ? "alarm" : "well", words: message.words,
            since: message.since.formatted(.iso8601), at: message.at.formatted(.iso8601),
            text: isTrial || !message.isAlarm ? subject : "\(subject)\nsince \(message.since.universalMinute)")
    }
}
