import Foundation

/// What became of one letter at one recipient, as postfix writes it into its log.
public struct LetterFate: Sendable, Codable, Equatable {
    /// What postfix calls it.
    public enum Outcome: String, Sendable, Codable {
        case sent, deferred, bounced, expired
    }

    /// Its name in the queue.
    public var queue: String
    public var to: String
    /// Who was asked, such as `mx.example.org[203.0.113.9]:25`.
    public var server: String
    public var outcome: Outcome
    /// The code of what happened (RFC 3463), such as `5.1.1`.
    public var code: String
    /// What the other side said, or what went wrong on the way.
    public var said: String

    /// Makes one from its parts.
    public init(queue: String, to: String, server: String, outcome: Outcome, code: String, said: String) {
        self.queue = queue
        self.to = to
        self.server = server
        self.outcome = outcome
        self.code = code
        self.said = said
    }

    /// Reads a line of the log; `nil` where it tells of something else.
    public init?(_ line: String) {
        func part(_ text: Substring, after start: String, until end: String) -> Substring? {
            guard let begin = text.range(of: start)?.upperBound,
                let stop = text.range(of: end, range: begin..<text.endIndex)
            else { return nil }
            return text[begin..<stop.lowerBound]
        }
        let whole = line[...]
        // The other side's words come last and may hold anything: what we look for stands before them.
        guard let status = whole.range(of: ", status=") else { return nil }
        let head = whole[..<status.lowerBound]
        guard let queue = part(head, after: "]: ", until: ": to=<"), !queue.contains(" "),
            let to = part(head, after: ": to=<", until: ">, "), let server = part(head, after: ", relay=", until: ", ")
        else { return nil }
        let tail = whole[status.upperBound...]
        let word = tail.prefix { $0.isLetter }
        guard let outcome = Outcome(rawValue: String(word)) else { return nil }
        var said = tail.dropFirst(word.count).drop { $0 == " " || $0 == "(" }
        if said.hasSuffix(")") { said = said.dropLast() }
        self.init(
            queue: String(queue), to: String(to), server: String(server), outcome: outcome,
            code: head.range(of: ", dsn=").map { String(head[$0.upperBound...].prefix { $0 != "," }) } ?? "",
            said: String(said))
    }

    /// The same for somebody who has never read such a code.
    public var inWords: String {
        switch outcome {
        case .sent where server == "virtual": "caught: this copy sends no letters, it keeps them (kopnik mail inbox)"
        case .sent where server == "none": "dropped: nobody reads that address"
        case .sent: "taken: the recipient's mail server has it"
        case .deferred: "put off: \(reason); it is tried again by itself"
        case .bounced: "refused: \(reason)"
        case .expired: "given up: it was tried for two days; the last time \(reason)"
        }
    }

    private var reason: String {
        let detail = code.split(separator: ".").dropFirst().joined(separator: ".")
        let lower = said.lowercased()
        if lower.contains("greylist") || lower.contains("graylist") || lower.contains("grey-list") {
            return "the other side lets strangers wait some minutes the first time"
        }
        if lower.contains("certificate") {
            return "the other side cannot prove that it is whom mail.smarthost names, so nothing was sent to it"
        }
        if lower.contains("tls") && outcome == .deferred {
            return "no encrypted line to the other side could be made; after some minutes it is tried without"
        }
        if lower.contains("block") && lower.contains("list") || lower.contains("spamhaus")
            || lower.contains("blacklist")
        {
            return "this server's address is on a block list (kopnik doctor)"
        }
        switch detail {
        case "1.1", "1.6": return "there is no such mailbox"
        case "1.2", "4.4", "1.10": return "the part after the @ has no mail server"
        case "2.1": return "the mailbox is closed"
        case "2.2": return "the mailbox is full"
        case "2.3", "3.4": return "the letter is too big for the other side"
        case "4.1", "4.2":
            return
                "the other side's mail server does not answer; if this is so with all, port 25 is blocked (kopnik doctor)"
        case "4.3": return "the DNS could not be asked for the other side's mail server"
        case "7.8", "7.0":
            guard lower.contains("auth") || lower.contains("sasl") else { break }
            return "the smarthost does not take the password (kopnik key set smarthost-password)"
        case "7.25": return "this server's address has no name in the DNS, or another one (kopnik mail records)"
        case "7.20", "7.21", "7.22", "7.23", "7.24", "7.26", "7.27":
            return "the DNS does not vouch for the sender (kopnik mail records)"
        case "7.1": return "the other side's rules forbid it"
        default: break
        }
        return outcome == .deferred ? "the other side asks to come again" : "the other side does not want it"
    }
}
