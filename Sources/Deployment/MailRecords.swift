import Blueprint
public import Engine
import Foundation
public import Site

/// The records that the DNS has to have so that others believe a site's letters, and what it has.
public struct MailRecords: Codable, Sendable, Equatable {
    /// One record.
    public struct Record: Codable, Sendable, Equatable {
        /// How the DNS stands to it.
        public enum State: String, Codable, Sendable {
            /// It is there and does what it has to.
            case present
            /// There is none.
            case missing
            /// There is another one.
            case different
            /// There is one that leads on, to others' records that are not followed.
            case unclear
            /// The DNS could not be asked.
            case unknown
        }

        /// What people call it, such as `SPF`.
        public var title: String
        /// `A`, `PTR` or `TXT`.
        public var type: String
        /// Its full name.
        public var name: String
        /// Its value; in a TXT record the strings of it, each at most 255 bytes (RFC 1035, 3.3.14).
        public var value: [String]
        public var state: State
        /// What is wrong with what the DNS has, in words; `nil` where nothing is, or nothing is there.
        public var wrong: String?
        /// What the DNS has there now.
        public var found: [String]
        /// What a person should know about it.
        public var note: String

        /// The value as a zone file and most providers' pages take it.
        public var text: String {
            type == "TXT" ? value.map { "\"\($0)\"" }.joined(separator: " ") : value.joined()
        }
    }

    public var records: [Record]
    /// Why the DNS could not be asked; `nil` where it was.
    public var silence: String?

    /// Whether all is there, as far as it can be known.
    public var areComplete: Bool { records.allSatisfy { $0.state == .present || $0.state == .unclear } }

    /// - Parameters:
    ///   - key: the public half of the signing key, Base64.
    ///   - sighting: what the DNS says; `nil` where it could not be asked.
    public init(_ site: Site, key: String, sighting: MailSighting?, silence: String?) {
        let identity = MailIdentity(site)
        records = [
            Self.spf(site, identity, sighting), Self.dkim(identity, key, sighting), Self.dmarc(identity, sighting),
        ]
        // With a smarthost the letters come from its address.
        if site.mail.smarthost == nil {
            records = [Self.address(identity, sighting), Self.reverse(identity, sighting)] + records
        }
        self.silence = silence ?? sighting?.spf.error
    }

    /// What is thought of an answer of the DNS: the state, and in words what is wrong with it.
    private struct Opinion {
        var state: Record.State
        var wrong: String?
        static let present = Opinion(state: .present)
        static let missing = Opinion(state: .missing)
        static let unknown = Opinion(state: .unknown)
        static func different(_ wrong: String) -> Opinion { Opinion(state: .different, wrong: wrong) }
    }

    private static func opinion(_ answer: MailSighting.Answer?, _ judge: ([String]) -> Opinion) -> Opinion {
        guard let values = answer?.values else { return .unknown }
        return values.isEmpty ? .missing : judge(values)
    }

    private static func address(_ identity: MailIdentity, _ sighting: MailSighting?) -> Record {
        let own = sighting?.own
        let opinion = opinion(sighting?.addresses) { values in
            guard let own else { return .different("this server's own address is not known") }
            return values.contains(own) ? .present : .different("the name leads to another computer")
        }
        return Record(
            title: "A", type: "A", name: identity.host, value: [own ?? "this server's address"], state: opinion.state,
            wrong: opinion.wrong, found: sighting?.addresses.values ?? [], note: "the name leads to the server")
    }

    private static func reverse(_ identity: MailIdentity, _ sighting: MailSighting?) -> Record {
        let opinion = opinion(sighting?.own == nil ? nil : sighting?.names) {
            $0.contains(identity.host) ? .present : .different("the address is called by another name")
        }
        return Record(
            title: "PTR", type: "PTR", name: sighting?.own ?? "this server's address", value: [identity.host],
            state: opinion.state, wrong: opinion.wrong, found: sighting?.names.values ?? [],
            note: "the address leads to the name; set on the page of whoever rents you the server, not in your domain")
    }

    private static func spf(_ site: Site, _ identity: MailIdentity, _ sighting: MailSighting?) -> Record {
        let found = (sighting?.spf.values ?? []).filter { isVersion($0, "v=spf1") }
        let smarthost = site.mail.smarthost
        let policy =
            smarthost == nil
            ? SenderPolicy(
                identity, own: sighting?.own, addresses: sighting?.addresses.values ?? [],
                others: sighting?.policies ?? [:])
            : SenderPolicy(identity, others: sighting?.policies ?? [:])
        let opinion = opinion(sighting?.spf) { _ in
            guard let record = found.first else { return .missing }
            // Two of them count as none (RFC 7208, 4.5).
            guard found.count == 1 else {
                return .different("there are \(found.count) of them, and then receivers count none")
            }
            switch policy.verdict(on: record) {
            case .allowed: return .present
            case .unclear: return Opinion(state: .unclear)
            case .notAllowed:
                return smarthost == nil
                    ? .different("it does not let \(sighting?.own ?? "this server") send") : Opinion(state: .unclear)
            case .tooLong:
                return .different(
                    "receivers ask the DNS \(SenderPolicy.questions) times for it and then stop, before they come to the end"
                )
            case .leadsNowhere(let name):
                return .different("it names \(name), which has no such record, and then receivers count none")
            }
        }
        let wanted =
            smarthost == nil
            ? policy.wanted(besides: found) : found.first ?? "v=spf1 include:‹see below› ~all"
        let note =
            smarthost.map {
                "who may send in the domain's name; the page of whoever runs \($0.host) says what to include"
            }
            ?? (found.isEmpty
                ? "who may send in the domain's name"
                : "who may send in the domain's name; there can be only one such record, so put this in its place")
        return Record(
            title: "SPF", type: "TXT", name: identity.domain, value: strings(wanted), state: opinion.state,
            wrong: opinion.wrong, found: found, note: note)
    }

    private static func dkim(_ identity: MailIdentity, _ key: String, _ sighting: MailSighting?) -> Record {
        let opinion = opinion(sighting?.dkim) { values in
            guard values.count == 1 else { return .different("there are \(values.count) of them, and one is right") }
            let found = tag("p", in: values.first ?? "")
            if found == key { return .present }
            return .different(
                found?.isEmpty != false
                    ? "there is no key in it"
                    : key.hasPrefix(found ?? "")
                        ? "the end of the key is missing" : "it is another key than the one that signs here")
        }
        return Record(
            title: "DKIM", type: "TXT", name: "\(MailIdentity.selector)._domainkey.\(identity.domain)",
            value: strings("v=DKIM1; k=rsa; p=\(key)"), state: opinion.state, wrong: opinion.wrong,
            found: sighting?.dkim.values ?? [], note: "the key by which receivers check the signature of each letter")
    }

    private static func dmarc(_ identity: MailIdentity, _ sighting: MailSighting?) -> Record {
        let own = (sighting?.dmarc.values ?? []).filter { isVersion($0, "v=DMARC1") }
        let above = (sighting?.inherited.values ?? []).filter { isVersion($0, "v=DMARC1") }
        let found = own.isEmpty ? above : own
        let opinion: Opinion =
            sighting?.dmarc.values == nil
            ? .unknown
            : found.isEmpty
                ? .missing
                : found.count > 1
                    ? .different("there are \(found.count) of them, and then receivers count none")
                    // What receivers do where nothing that they know stands there: RFC 7489, 6.6.3.
                    : ["none", "quarantine", "reject"].contains(tag("p", in: found.first ?? "")?.lowercased())
                        ? .present : .different("it does not say p=none, p=quarantine or p=reject")
        return Record(
            title: "DMARC", type: "TXT", name: "_dmarc.\(identity.domain)", value: ["v=DMARC1; p=none"],
            state: opinion.state, wrong: opinion.wrong, found: found,
            note: "what receivers do with letters that are not yours; once all is well here: p=quarantine")
    }

    private static func isVersion(_ text: String, _ version: String) -> Bool {
        text.lowercased().hasPrefix(version.lowercased())
            && [nil, " ", ";"].contains(text.dropFirst(version.count).first)
    }

    /// The value of a tag in a list such as `v=DKIM1; p=…`, without the blanks that may stand in it.
    private static func tag(_ name: String, in text: String) -> String? {
        for part in text.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0].filter({ !$0.isWhitespace }) == name {
                return pair[1].filter { !$0.isWhitespace }
            }
        }
        return nil
    }

    /// A text in pieces of at most 255 bytes.
    static func strings(_ text: String) -> [String] {
        var (pieces, rest) = ([String](), text[...])
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(255)))
            rest = rest.dropFirst(255)
        }
        return pieces
    }
}
