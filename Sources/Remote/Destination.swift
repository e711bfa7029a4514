import Machine

/// A server as a person names it: `ssh://[user@]ADDRESS[:port]`, or `[user@]ADDRESS` as to ssh(1) itself.
public struct Destination: Sendable, Equatable, CustomStringConvertible {
    /// Who logs in; `nil`: as ssh's own settings say.
    public var user: String?
    /// A name, an address, or an alias of ssh's settings.
    public var host: String
    /// `nil`: as ssh's own settings say, else 22.
    public var port: Int?

    /// Reads what a person wrote; `nil` where it names no server.
    public init?(_ text: String) {
        var rest = Substring(text)
        let isURL = text.hasPrefix("ssh://")
        if isURL { rest = rest.dropFirst(6) }
        if isURL, rest.hasSuffix("/") { rest = rest.dropLast() }
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        } else {
            // An address of IPv6 without brackets has no port behind it.
            let end = rest.count { $0 == ":" } > 1 ? rest.endIndex : rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        if rest.hasPrefix(":") {
            guard let number = Int(rest.dropFirst()), (1...65535).contains(number) else { return nil }
            port = number
            rest = ""
        }
        // What begins with a dash would be an option of ssh's.
        guard rest.isEmpty, Self.isWord(host), user.map(Self.isWord) ?? true else { return nil }
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789.:%_-".unicodeScalars.contains($0))
            }
    }

    /// For people.
    public var description: String {
        (user.map { $0 + "@" } ?? "") + host + (port.map { ", port \($0)" } ?? "")
    }

    /// As ssh(1) takes it.
    var words: [String] { (port.map { ["-p", "\($0)"] } ?? []) + (user.map { ["-l", $0] } ?? []) + [host] }
}
