import Blueprint
import Bundled
public import Engine
import Foundation
import Machine
import Site

/// One letter that was sent to see what becomes of it.
public struct LetterTrial: Codable, Sendable, Equatable {
    public var from: String
    public var to: String
    /// Whether our own mail service took it.
    public var accepted: Bool
    /// What that one said.
    public var said: String
    /// Its name in the queue.
    public var queue: String?
    /// What the other side's server made of it; `nil` where it had not answered in time.
    public var fate: LetterFate?

    /// Whether it got to where it should.
    public var isTaken: Bool { fate?.outcome == .sent }

    /// The same in a sentence.
    public var inWords: String {
        guard accepted else { return "our own mail service does not take it" }
        guard let fate else { return "no answer yet; the letter waits and is tried again by itself" }
        return fate.inWords
    }

    /// What to type, where it did not arrive.
    public var advice: String? {
        guard accepted else {
            return said.contains("limit of this site")
                ? "wait, or raise that number in the site file and: kopnik up" : "kopnik logs mail"
        }
        guard let fate else { return "kopnik doctor" }
        switch fate.outcome {
        case .sent: return nil
        case .deferred: return "wait some minutes, then: kopnik logs mail"
        case .bounced where fate.code == "5.1.1": return "look how the address is written, and try another"
        case .bounced, .expired: return "kopnik doctor"
        }
    }
}

private struct LetterRequest: Encodable {
    var from: String
    var to: String
    var id: String
    var program: String
}

private struct LetterReceipt: Decodable {
    var accepted: Bool
    var said: String
}

extension Deployment {
    /// Sends one letter from inside kp-server's container and follows it in the log of mail.
    /// - Throws: `Failure` where the services do not run.
    public func sendTestLetter(to address: String, patience: Duration) async throws -> LetterTrial {
        guard let container = try await docker.container(of: ServiceKind.nodejs.rawValue, in: stack) else {
            throw Failure(
                "no letter can be sent", because: "the service 'nodejs' does not run", fix: "kopnik up")
        }
        let last = try await lastLineOfMail()
        let receipt = try JSONDecoder().decode(
            LetterReceipt.self,
            from: try await docker.node(
                container,
                LetterRequest(
                    from: site.mail.from, to: address, id: UUID().uuidString.lowercased(),
                    program: BundledFile.text(at: "probes/letter.js")), toDo: "send a letter"))
        let trial = LetterTrial(
            from: site.mail.from, to: address, accepted: receipt.accepted, said: receipt.said)
        return try await followed(trial, after: last, patience: patience)
    }

    func lastLineOfMail() async throws -> LogLine? {
        try await docker.lastLines(of: ServiceKind.mail.rawValue, in: stack, count: 1).last
    }

    /// What the log of mail tells of a letter from a line on.
    func followed(_ trial: LetterTrial, after last: LogLine?, patience: Duration) async throws -> LetterTrial {
        // postfix: "250 2.0.0 Ok: queued as 4bXyZ0123".
        guard trial.accepted, let queue = trial.said.split(separator: " ").last.map(String.init) else { return trial }
        var trial = trial
        trial.queue = queue
        trial.fate = try await poll(for: patience, every: .milliseconds(500)) {
            try await docker.lastLines(of: ServiceKind.mail.rawValue, in: stack, count: nil, after: last).compactMap {
                LetterFate($0.text)
            }
            .first { $0.queue == queue }
        }
        return trial
    }
}
