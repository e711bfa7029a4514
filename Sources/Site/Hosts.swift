extension Site {
    /// The two servers of a site, each as `ssh://[user@]ADDRESS[:port]`; both or neither.
    public struct Hosts: Sendable, Equatable {
        /// Where the site is raised first.
        public var main: String?
        /// The one that follows it.
        public var standby: String?

        /// By default there is one server, and it needs no name.
        public init(main: String? = nil, standby: String? = nil) {
            self.main = main
            self.standby = standby
        }

        /// Whether there are two.
        public var isPair: Bool { main != nil && standby != nil }

        /// The IPv4 address in one of them.
        public static func address(_ host: String) -> String {
            var rest = Substring(host)
            if rest.hasPrefix("ssh://") { rest = rest.dropFirst(6) }
            if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
            return String(rest.prefix { $0 != ":" && $0 != "/" })
        }
    }

    /// The bond between the two.
    public struct Standby: Sendable, Equatable {
        /// What is promised where the standby is away.
        public enum Promise: String, Sendable, Equatable, CaseIterable {
            /// Nothing that was acknowledged is ever lost; writes wait for the standby.
            case strict
            /// The site goes on, and what it writes alone may be lost with the server.
            case available
        }

        /// What is promised.
        public var promise: Promise

        /// By default the site goes on.
        public init(promise: Promise = .available) { self.promise = promise }
    }
}

extension TextRule {
    static let serverAddress = TextRule(
        allowed: "ssh://[user@]ADDRESS[:port] with an IPv4 address, such as ssh://root@203.0.113.10",
        pattern: #"^ssh://([a-z_][a-z0-9_-]{0,31}@)?[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]{1,5})?$"#
    ) { text in
        guard let match = text.wholeMatch(of: #/ssh:\/\/([a-z_][a-z0-9_-]{0,31}@)?([0-9.]+)(:([0-9]{1,5}))?/#) else {
            return Objection(
                "a server is named by ssh:// and its IPv4 address", fix: "write it such as ssh://root@203.0.113.10")
        }
        // The database lets the other server in by its address: a name could lead to somebody else.
        guard isAddress(match.2) else {
            return Objection("\(match.2) is no IPv4 address", fix: "four numbers from 0 to 255, such as 203.0.113.10")
        }
        if let port = match.4, !(1...65535).contains(Int(port) ?? 0) {
            return Objection("the port is not a number from 1 to 65535")
        }
        return nil
    }
}
