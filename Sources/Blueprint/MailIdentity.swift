public import Site

/// As whom a site writes letters: what the DNS has to say about it follows from this.
public struct MailIdentity: Sendable, Equatable {
    /// The name of the key in the DNS, such as in `kopnik._domainkey.kopnik.org` (RFC 6376, 3.1).
    public static let selector = "kopnik"

    /// The domain of the sender's address, which signs.
    public var domain: String
    /// The name by which the server greets others; its address and that address's name have to agree.
    public var host: String

    /// That of a site.
    public init(_ site: Site) {
        domain = site.mail.from.split(separator: "@").last.map { $0.lowercased() } ?? site.domain
        host = site.domain
    }
}
