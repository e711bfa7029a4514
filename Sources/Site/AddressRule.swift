extension TextRule {
    static let hostName = TextRule(
        allowed: "a host name such as kopnik.org, in lower case, without https:// and without a port",
        pattern: #"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"#
    ) { text in
        if let objection = simpleObjection(hostName: text) { return objection }
        if isHostName(text) { return nil }
        let simpler = simplified(hostName: text)
        return Objection(
            "a domain is a host name: words of a-z, 0-9 and '-' separated by dots",
            fix: isHostName(simpler) ? "write \(simpler)" : "write a host name such as kopnik.org")
    }

    static let mailAddress = TextRule(
        allowed: "an address such as noreply@kopnik.org, without a person's name",
        pattern: #"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9.-]{1,253}$"#
    ) { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return Objection("an address has one '@'", fix: "write name@example.org") }
        let isLocalPartRight =
            (1...64).contains(parts[0].count)
            && parts[0].allSatisfy {
                $0.isIn("a"..."z", "A"..."Z", "0"..."9") || ".!#$%&'*+/=?^_`{|}~-".contains($0)
            }
            && !parts[0].hasPrefix(".") && !parts[0].hasSuffix(".") && !parts[0].contains("..")
            && !parts[0].hasPrefix("-")
        guard isLocalPartRight else {
            return Objection("this cannot stand before the '@'", fix: "write name@example.org, without '<' and '>'")
        }
        return isHostName(String(parts[1])) ? nil : Objection("what follows the '@' is not a host name in lower case")
    }

    static let webAddress = TextRule(
        allowed: "an address that begins with http:// or https://", pattern: #"^https?://[A-Za-z0-9.:/_~%+=&?,@-]+$"#
    ) { text in
        objection(address: text, schemes: ["http", "https"], example: "http://deb.debian.org/debian")
    }

    /// nvm takes no other letters into the address of a mirror (0.40.6, nvm_get_mirror), so no port either.
    static let nodeMirror = TextRule(
        allowed: "an address that begins with http:// or https://, without a port",
        pattern: "^https?://[A-Za-z0-9./_-]+$"
    ) { text in
        if let objection = webAddress.check(text) { return objection }
        let letters = text.split(separator: ":", maxSplits: 1).last ?? ""
        return letters.allSatisfy { $0.isIn("a"..."z", "A"..."Z", "0"..."9") || "./_-".contains($0) }
            ? nil : Objection("nvm takes only letters, digits and ./_- in it", fix: "leave out the port and all else")
    }

    static let repository = TextRule(
        allowed: "an address git can clone: https://, http://, ssh://, file://, or user@host:path",
        pattern: #"^((https?|ssh)://[A-Za-z0-9.:/_~%+=&?,@-]+|file:///.+|[A-Za-z0-9._]+@[a-z0-9.-]+:.+)$"#
    ) { text in
        if text.hasPrefix("/") || text.hasPrefix(".") {
            return Objection("this is a folder", fix: "write folder: instead of git:")
        }
        if text.hasPrefix("file:///") { return nil }
        // user@host:path, which ssh reads; a host or user with a leading '-' would be an option of ssh.
        if !text.contains("://"), let at = text.firstIndex(of: "@"), let colon = text.firstIndex(of: ":"), at < colon {
            let user = text[..<at]
            let host = String(text[text.index(after: at)..<colon])
            let isUserRight = user.allSatisfy { $0.isIn("a"..."z", "A"..."Z", "0"..."9", "."...".", "_"..."_") }
            if !user.isEmpty && isUserRight && isHostName(host) && text[colon...].count > 1 { return nil }
        }
        return objection(
            address: text, schemes: ["https", "http", "ssh"], example: "https://github.com/alexey-baranov/kp-server")
    }

    /// - Parameter mayBeNumber: whether the host may be an IPv4 address, as computers at home have one.
    static func objection(address: String, schemes: [String], example: String, mayBeNumber: Bool = false) -> Objection?
    {
        guard let scheme = schemes.first(where: { address.hasPrefix("\($0)://") }) else {
            let names = schemes.map { "\($0)://" }.joined(separator: " or ")
            return Objection("an address begins with \(names)", fix: "write an address such as \(example)")
        }
        let rest = address.dropFirst(scheme.count + 3)
        let isPlain = rest.allSatisfy { $0.isIn("a"..."z", "A"..."Z", "0"..."9") || ".:/_~%+=&?,@-".contains($0) }
        guard isPlain else {
            return Objection("an address has only unaccented letters, digits and . : / _ ~ % + = & ? , @ -")
        }
        var authority = rest.prefix { $0 != "/" && $0 != "?" }
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            if scheme != "ssh" || user.contains(":") {
                return Objection(
                    "a user or a password in an address would be kept readable in this file",
                    fix: "take it out of the address")
            }
            if user.isEmpty || user.hasPrefix("-") { return Objection("the user in the address is not valid") }
            authority = authority[authority.index(after: at)...]
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first,
            isHostName(host.lowercased()) || mayBeNumber && isAddress(host)
        else {
            return Objection("after '\(scheme)://' comes a host name", fix: "write an address such as \(example)")
        }
        if parts.count == 2, !(1...65535).contains(Int(parts[1]) ?? 0) {
            return Objection("the port in the address is not a number from 1 to 65535")
        }
        return nil
    }
}
