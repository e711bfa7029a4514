extension TextRule {
    /// RFC 1123, in lower case; an IP address is none.
    static func isHostName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, let last = labels.last, !last.allSatisfy({ $0.isIn("0"..."9") }) else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.allSatisfy { $0.isIn("a"..."z", "0"..."9", "-"..."-") }
        }
    }

    /// An address of IPv4, each number written as short as can be: others read one with a leading zero as octal.
    static func isAddress(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in part.allSatisfy(\.isNumber) && (UInt8(part).map { "\($0)" == part } ?? false)
            }
    }

    /// What a person most likely meant: `https://Kopnik.org:443/` is `kopnik.org`.
    static func simplified(hostName text: String) -> String {
        var rest = text.lowercased()[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        rest = rest.prefix { $0 != "/" && $0 != ":" }
        while rest.hasSuffix(".") { rest = rest.dropLast() }
        return String(rest)
    }

    /// The mistakes that deserve words of their own.
    static func simpleObjection(hostName text: String) -> Objection? {
        if text.contains(where: { !$0.isASCII && $0.isLetter }) {
            return Objection(
                "outside of the address bar, a domain is written in the letters a-z",
                fix: "write its form that begins with xn--; whoever registered the domain shows it")
        }
        if text.hasPrefix("*.") {
            return Objection("the site has one host name, not all below one", fix: "write it without '*.'")
        }
        let labels = text.split(separator: ".")
        if labels.count == 4 && labels.allSatisfy({ Int($0) != nil }) {
            return Objection(
                "this is the number of a computer, and a certificate needs a name",
                fix: "write a host name; without one, leave the key out to open the site on this computer only")
        }
        return nil
    }
}
