public import Site

/// What the program that looks at the world as a mail server does has to know.
public struct MailQuestion: Sendable, Encodable, Equatable {
    /// Where letters are handed to instead of their recipients' servers.
    struct Hop: Encodable, Equatable {
        var host: String
        var port: Int
    }

    /// The server's name.
    var host: String
    /// The domain of the sender's address.
    var domain: String
    var selector = MailIdentity.selector
    var smarthost: Hop?
    /// Domains whose mail servers are there day and night; one of them is enough.
    var targets = ["gmail.com", "mail.ru", "yandex.ru"]
    /// A list of addresses that send what nobody wants; most receivers ask it.
    var list = "zen.spamhaus.org"
    /// Whether an address that is not of the internet counts too.
    var anyAddress: Bool
    var program: String

    /// - Parameter program: the text of the program that looks.
    public init(_ site: Site, program: String) {
        let identity = MailIdentity(site)
        host = identity.host
        domain = identity.domain
        smarthost = site.mail.smarthost.map { Hop(host: $0.host, port: $0.port) }
        anyAddress = site.isLocal
        self.program = program
    }
}
