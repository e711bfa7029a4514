import Blueprint
import Engine

/// Who may send in a domain's name (SPF, RFC 7208), as a receiver finds it out: word by word, up to the first one that fits.
struct SenderPolicy {
    /// How often a receiver asks the DNS for one record before it gives up (RFC 7208, 4.6.4).
    static let questions = 10

    /// What a record comes to for this server.
    enum Verdict: Equatable {
        case allowed
        case notAllowed
        /// It may be allowed by what is not known here, such as the mail servers of another domain.
        case unclear
        /// A receiver gives up before it comes to this server.
        case tooLong
        /// It names a domain that has no such record: an error for receivers (RFC 7208, 5.2).
        case leadsNowhere(String)
    }

    let identity: MailIdentity
    /// This server's address in the world.
    let own: String?
    /// Those of the server's name.
    let addresses: [String]
    /// What the records of the domains say that a record names.
    let others: [String: MailSighting.Answer]
    /// Whether letters go out by somebody else's server, which is not known here.
    let isPassedOn: Bool

    init(_ identity: MailIdentity, own: String?, addresses: [String], others: [String: MailSighting.Answer] = [:]) {
        self.identity = identity
        self.own = own
        self.addresses = addresses
        self.others = others
        isPassedOn = false
    }

    /// That of a site whose letters somebody else's server passes on.
    init(_ identity: MailIdentity, others: [String: MailSighting.Answer]) {
        self.identity = identity
        self.others = others
        own = nil
        addresses = []
        isPassedOn = true
    }

    /// By name: it stays right when the server gets another address.
    private var mechanism: String { identity.domain == identity.host ? "a" : "a:\(identity.host)" }

    /// The record there should be. What others already allow stays allowed; this server comes first, so that receivers need not ask on.
    func wanted(besides records: [String]) -> String {
        guard let first = records.first else { return "v=spf1 \(mechanism) ~all" }
        let isRight = [.allowed, .unclear].contains(verdict(on: first))
        guard records.count > 1 || !isRight else { return first }
        let dead: String? = if case .leadsNowhere(let name) = verdict(on: first) { name } else { nil }
        let words = records.flatMap { $0.split(separator: " ").dropFirst().map(String.init) }
        let isLast = { (word: String) in Self.parts(word).name == "all" || word.lowercased().hasPrefix("redirect=") }
        var wanted = ["v=spf1", mechanism]
        for word in words where !isLast(word) && word.lowercased() != "include:\(dead ?? "")" {
            if !wanted.contains(word), Self.parts(word) != Self.parts(mechanism) { wanted.append(word) }
        }
        return (wanted + [words.first(where: isLast) ?? "~all"]).joined(separator: " ")
    }

    /// What a record comes to.
    func verdict(on record: String) -> Verdict {
        var asked = 0
        switch walk(record, of: identity.domain, &asked) {
        case .fits(let isPass): return isPass ? .allowed : .notAllowed
        case .fitsNot: return .notAllowed
        case .unclear: return .unclear
        case .fails(let verdict): return verdict
        }
    }

    private enum Step {
        case fits(isPass: Bool)
        case fitsNot
        case unclear
        case fails(Verdict)
    }

    private func walk(_ record: String, of domain: String, _ asked: inout Int) -> Step {
        var isUnclear = false
        var redirect: String?
        for word in record.lowercased().split(separator: " ").dropFirst() {
            let (qualifier, name) = Self.parts(String(word))
            if name == "all" { return isUnclear ? .unclear : .fits(isPass: qualifier == "+") }
            if name.hasPrefix("redirect=") { redirect = String(name.dropFirst(9)) }
            if name.hasPrefix("ip4:"), let own, Self.covers(String(name.dropFirst(4)), own) {
                return .fits(isPass: qualifier == "+")
            }
            guard Self.asks(name) else { continue }
            asked += 1
            guard asked <= Self.questions else { return .fails(.tooLong) }
            if !isPassedOn, name == "a:\(identity.host)" || (name == "a" && domain == identity.host) {
                if isOurName { return .fits(isPass: qualifier == "+") }
            } else if name.hasPrefix("include:") {
                switch follow(String(name.dropFirst(8)), &asked) {
                case .fits(true): return .fits(isPass: qualifier == "+")
                case .fits(false), .fitsNot: break
                case .unclear: isUnclear = true
                case .fails(let verdict): return .fails(verdict)
                }
            } else {
                isUnclear = true
            }
        }
        guard let redirect else { return isUnclear ? .unclear : .fitsNot }
        asked += 1
        guard asked <= Self.questions else { return .fails(.tooLong) }
        let step = follow(redirect, &asked)
        if isUnclear, case .fits = step { return .unclear }
        return step
    }

    /// Goes on with the record of another domain.
    private func follow(_ domain: String, _ asked: inout Int) -> Step {
        guard let values = others[domain]?.values else { return .unclear }
        let records = values.filter { $0.lowercased() == "v=spf1" || $0.lowercased().hasPrefix("v=spf1 ") }
        guard records.count == 1, let record = records.first else { return .fails(.leadsNowhere(domain)) }
        return walk(record, of: domain, &asked)
    }

    /// Whether a receiver has to ask the DNS for a word.
    private static func asks(_ name: String) -> Bool {
        ["a", "mx", "ptr"].contains(String(name.prefix { $0 != ":" && $0 != "/" }))
            || name.hasPrefix("include:") || name.hasPrefix("exists:")
    }

    /// A word without the sign before it; `+` is meant where there is none.
    private static func parts(_ word: String) -> (qualifier: Character, name: String) {
        guard let sign = word.first, "+-~?".contains(sign) else { return ("+", word.lowercased()) }
        return (sign, word.dropFirst().lowercased())
    }

    /// Where the name does not lead to this server, allowing the name does not allow the server.
    private var isOurName: Bool { own.map { addresses.isEmpty || addresses.contains($0) } ?? true }

    /// Whether an address lies in a network such as `203.0.113.0/24`.
    static func covers(_ network: String, _ address: String) -> Bool {
        let parts = network.split(separator: "/")
        guard let base = parts.first.flatMap({ number(String($0)) }), let other = number(address) else { return false }
        let length = parts.count == 2 ? Int(parts[1]) ?? -1 : 32
        guard (0...32).contains(length) else { return false }
        let mask = length == 0 ? 0 : UInt32.max << UInt32(32 - length)
        return base & mask == other & mask
    }

    private static func number(_ address: String) -> UInt32? {
        let bytes = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard bytes.count == 4 else { return nil }
        return bytes.reduce(0 as UInt32?) { sum, byte in
            guard let sum, let byte else { return nil }
            return sum << 8 | UInt32(byte)
        }
    }
}
