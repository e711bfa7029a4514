import Blueprint

/// Who may send in a domain's name (SPF, RFC 7208), as far as it can be read without following others' records.
struct SenderPolicy {
    let identity: MailIdentity
    /// This server's address in the world.
    let own: String?
    /// Those of the server's name.
    let addresses: [String]

    init(_ identity: MailIdentity, own: String?, addresses: [String]) {
        self.identity = identity
        self.own = own
        self.addresses = addresses
    }

    /// By name: it stays right when the server gets another address.
    private var mechanism: String { identity.domain == identity.host ? "a" : "a:\(identity.host)" }

    /// The record there should be; what another one already allows stays allowed.
    func wanted(besides record: String?) -> String {
        guard let record, judge(record) == .different else { return record ?? "v=spf1 \(mechanism) ~all" }
        var words = record.split(separator: " ").map(String.init)
        words.insert(mechanism, at: min(1, words.count))
        return words.joined(separator: " ")
    }

    /// Whether a record lets this server send.
    func judge(_ record: String) -> MailRecords.Record.State {
        var leadsOn = false
        for word in record.lowercased().split(separator: " ").dropFirst() {
            let name = word.drop { $0 == "+" }
            if ["all", "a:\(identity.host)"].contains(String(name)) || (name == "a" && identity.domain == identity.host)
            {
                return name == "all" || isOurName ? .present : .different
            }
            if name.hasPrefix("ip4:"), let own, Self.covers(String(name.dropFirst(4)), own) { return .present }
            if ["include:", "mx", "redirect=", "exists:", "a:", "a/"].contains(where: { name.hasPrefix($0) }) {
                leadsOn = true
            }
        }
        return leadsOn ? .unclear : .different
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
