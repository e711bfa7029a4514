import Blueprint
import Bundled
import Engine
import Foundation
import Machine
import Site

/// Tells people, by the site's own mail service and by a hook of the web. It goes out from the keeper's container, which has the way to both.
public struct Alerts: Sendable {
    let deployment: Deployment

    /// Those of a site.
    public init(deployment: Deployment) {
        self.deployment = deployment
        // Whoever knows a hook's address can write there.
        if let hook = deployment.site.alerts.hook { deployment.world.redaction.add(hook) }
    }

    /// The ways that the site file names.
    public var channels: [AlertBook.Channel] {
        let alerts = deployment.site.alerts
        return [alerts.to == nil ? nil : .mail, alerts.hook == nil ? nil : .hook].compactMap { $0 }
    }

    /// Where a way leads to, without what is secret of it.
    public func place(of channel: AlertBook.Channel) -> String {
        switch channel {
        case .mail: deployment.site.alerts.to ?? ""
        case .hook: deployment.site.alerts.hook.flatMap { URL(string: $0)?.host() } ?? ""
        }
    }

    // MARK: The book

    private var path: String { "\(deployment.layout.alerts)/book.json" }

    /// What is known.
    public var book: AlertBook {
        deployment.world.files.record(AlertBook.self, at: path) ?? AlertBook()
    }

    private func keep(_ book: AlertBook, instead before: AlertBook) throws {
        guard book != before else { return }
        let files = deployment.world.files
        try files.makeFolder(deployment.layout.alerts)
        try files.write(record: book, to: path)
    }

    /// How one thing that is watched is now.
    public struct Look: Sendable {
        /// What is watched.
        public var source: AlertBook.Source
        /// What is wrong with it; `nil`: it is well.
        public var words: String?

        /// - Parameter words: what is wrong; `nil`: it is well.
        public init(_ source: AlertBook.Source, _ words: String?) {
            self.source = source
            self.words = words
        }
    }

    /// Notes how all is, then tells what is to be told. What could not be told is tried again by a later call.
    /// - Throws: `Failure` where a way does not work.
    public func tell(_ looks: [Look]) async throws {
        var book = book
        let before = book
        let now = deployment.world.now()
        book.tidy(channels, at: now)
        for look in looks { book.note(look.source, look.words, at: now, to: channels) }
        // What is told from here on is known also after a power cut.
        try keep(book, instead: before)
        for channel in channels {
            // Enough for one call: whoever waits must not be held up.
            for _ in 0..<10 {
                let kept = book
                guard let message = book.next(for: channel, at: deployment.world.now()) else { break }
                let receipt = try await hand(message, to: channel)
                if receipt.accepted {
                    book.sent(message, by: channel)
                } else {
                    book.failed(channel, receipt.said, at: deployment.world.now())
                }
                try keep(book, instead: kept)
                guard receipt.accepted else { break }
            }
        }
        let broken = channels.compactMap { channel in
            book.trouble(of: channel).map { "\(channel.rawValue): \($0.failure)" }
        }
        guard broken.isEmpty else {
            throw Failure(
                "alerts do not get out",
                because: "\(broken.joined(separator: "; ")); they are tried again by themselves (kopnik alerts test)")
        }
    }

    // MARK: Handing over

    private struct Request: Encodable {
        struct Letter: Encodable { var id, from, to, subject, text: String }
        struct Hook: Encodable {
            var url: String
            var body: AlertText.Body
            /// Who alone is believed to know the hook's computer, in PEM; `nil`: those that the keeper's image trusts.
            var authority: String?
        }
        var program: String
        var mail: Letter?
        var hook: Hook?
    }

    struct Receipt: Decodable, Sendable {
        var accepted: Bool
        var said: String
        /// What is the matter with the certificate that was shown, if that was in the way.
        var certificate: CertificateTrouble?
    }

    /// What may be the matter with a hook's certificate.
    enum CertificateTrouble: String, Decodable, Sendable {
        /// Nobody who is believed vouches for it.
        case untrusted
        /// Its time is over.
        case expired
        /// Its time has not begun.
        case early
        /// It is another computer's.
        case otherName = "name"
    }

    /// Where one is named it alone is believed, so without it nothing is sent.
    private func authority() throws -> String? {
        guard deployment.site.alerts.authority != nil else { return nil }
        guard let text = deployment.world.files.text(of: deployment.layout.alertsAuthority) else {
            throw Failure(
                "no alert can be sent", because: "the authority of the alerts' hook was not taken over yet",
                fix: "kopnik up")
        }
        return text
    }

    private func hand(_ message: AlertBook.Message, to channel: AlertBook.Channel, isTrial: Bool = false) async throws
        -> Receipt
    {
        let words = AlertText(message: message, domain: deployment.site.domain, isTrial: isTrial)
        var request = Request(program: BundledFile.text(at: "probes/alert.py"))
        switch channel {
        case .mail:
            request.mail = Request.Letter(
                id: message.id, from: deployment.site.mail.from, to: deployment.site.alerts.to ?? "",
                subject: words.subject, text: words.text)
        case .hook:
            request.hook = Request.Hook(
                url: deployment.site.alerts.hook ?? "", body: words.body(site: deployment.site.name),
                authority: try authority())
        }
        guard
            let container = try await deployment.docker.container(of: ServiceKind.keeper.rawValue, in: deployment.stack)
        else {
            throw Failure("no alert can be sent", because: "the service 'keeper' does not run", fix: "kopnik up")
        }
        // The hook's address and all else go in on standard input: the words of a command can be read by others.
        let output = try await deployment.docker.run(
            [
                "exec", "--interactive", container, "python3", "-c",
                "import json, sys; request = json.load(sys.stdin); exec(request['program'])",
            ],
            standardInput: String(decoding: try JSONEncoder().encode(request), as: UTF8.self),
            timeLimit: .seconds(45))
        guard output.succeeded, let receipt = try? JSONDecoder().decode(Receipt.self, from: Data(output.text.utf8))
        else { return Receipt(accepted: false, said: output.lastWords) }
        return receipt
    }

    // MARK: Trying

    /// What became of an alert that somebody asked for.
    public struct Trial: Sendable, Codable, Equatable {
        /// `mail` or `hook`.
        public var channel: String
        /// The address, or the hook's host.
        public var place: String
        /// Whether it arrived.
        public var isTaken: Bool
        /// What became of it, in words.
        public var said: String
        /// What to type, where it did not arrive.
        public var advice: String?
    }

    /// Sends one on purpose, by each way there is.
    /// - Throws: `Failure` where the site file names none, or where the keeper does not run.
    public func test(patience: Duration) async throws -> [Trial] {
        guard !channels.isEmpty else {
            throw Failure(
                "nobody would be told", because: "the site file names nobody (alerts)",
                fix: "write 'alerts: {to: YOU@EXAMPLE.ORG}' into kopnik.yaml, then: kopnik up")
        }
        let now = deployment.world.now()
        let message = AlertBook.Message(
            id: UUID().uuidString.lowercased(), source: "test", isAlarm: true, words: "a test", since: now, at: now,
            channels: channels)
        var trials: [Trial] = []
        for channel in channels {
            let last = channel == .mail ? try await deployment.lastLineOfMail() : nil
            let receipt = try await hand(message, to: channel, isTrial: true)
            var trial = Trial(
                channel: channel.rawValue, place: place(of: channel), isTaken: receipt.accepted, said: receipt.said)
            if channel == .mail {
                let letter = try await deployment.followed(
                    LetterTrial(
                        from: deployment.site.mail.from, to: trial.place, accepted: receipt.accepted,
                        said: receipt.said), after: last, patience: patience)
                trial.isTaken = letter.isTaken
                trial.said = receipt.accepted ? letter.inWords : receipt.said
                trial.advice = letter.advice
            } else if !receipt.accepted {
                trial.advice = advice(receipt.certificate)
            }
            trials.append(trial)
        }
        return trials
    }
}

extension Alerts {
    /// What to do where a hook took nothing. A certificate that does not fit is never passed over: whoever sits between could read along.
    func advice(_ trouble: CertificateTrouble?) -> String {
        let place = place(of: .hook)
        switch trouble {
        case nil: return "see that the address in the site file (alerts.hook) is right and takes a POST of JSON"
        case .untrusted where deployment.site.alerts.authority != nil:
            return "put the certificate of the authority that made \(place)'s into the file that alerts.authority "
                + "names, then: kopnik up, kopnik alerts test"
        case .untrusted:
            return "if an authority of your own made it, name its certificate in the site file "
                + "(alerts: {authority: /srv/authority.pem}), then: kopnik up, kopnik alerts test"
        case .expired:
            return
                "whoever looks after \(place) has to renew it; alerts wait meanwhile (is the clock here right? timedatectl)"
        case .early: return "see that the clocks here and at \(place) are right: timedatectl set-ntp true"
        case .otherName:
            return "write the name that the certificate is for into the site file (alerts.hook), then: kopnik up"
        }
    }
}

extension Deployment {
    /// What doctor says of alerts.
    func examineAlerts() -> [Finding] {
        let alerts = Alerts(deployment: self)
        guard !alerts.channels.isEmpty else {
            guard !site.isLocal else { return [] }
            return [
                Finding(
                    .warning, "Alerts", "nobody is told when something is wrong",
                    because: "the site file names nobody; 'kopnik status' has to be looked at by hand",
                    fix: "write 'alerts: {to: YOU@EXAMPLE.ORG}' into the site file, then: kopnik up, kopnik alerts test"
                )
            ]
        }
        let book = alerts.book
        let places = alerts.channels.map { alerts.place(of: $0) }.joined(separator: ", ")
        let broken = alerts.channels.compactMap { book.trouble(of: $0)?.failure }
        guard broken.isEmpty else {
            return [
                Finding(
                    .problem, "Alerts", "do not get out to \(places)", because: broken.joined(separator: "; "),
                    fix: "kopnik alerts test")
            ]
        }
        return [Finding(.good, "Alerts", "go to \(places)")]
    }
}
