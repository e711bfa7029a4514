/// Somebody else's mail server that takes the site's letters and passes them on.
public struct Smarthost: Sendable, Equatable, CustomStringConvertible {
    /// Its name.
    public var host: String
    /// Its port, 1–65535: 587, or 465 where TLS comes first.
    public var port: Int

    /// Makes one from its parts.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `smtp.example.org:587`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, TextRule.isHostName(String(parts[0])), parts[1].allSatisfy(\.isWholeNumber),
            let port = Int(parts[1]), (1...65535).contains(port)
        else { return nil }
        self.init(host: String(parts[0]), port: port)
    }

    /// As the site file writes it.
    public var description: String { "\(host):\(port)" }
}

extension TextRule {
    static let smarthost = TextRule(
        allowed: "a mail server and its port, such as smtp.example.org:587", pattern: #"^[a-z0-9.-]{1,253}:[0-9]{1,5}$"#
    ) { text in
        if Smarthost(text) != nil { return nil }
        return text.contains(":")
            ? Objection(
                "a host name in lower case, a colon and a port from 1 to 65535", fix: "write smtp.example.org:587")
            : Objection("the port is missing", fix: "write \(text):587, or :465 if the provider says so")
    }

    static let login = TextRule(
        allowed: "a name to log in with, without spaces and colons", pattern: #"^[^\s:]{1,200}$"#
    ) { text in
        let isPlain = text.allSatisfy { !$0.isWhitespace && $0 != ":" } && (1...200).contains(text.count)
        // It stands in a line of postfix's before a colon and the password.
        return isPlain ? nil : Objection("a name to log in with has 1 to 200 characters, none of them a space or ':'")
    }
}
