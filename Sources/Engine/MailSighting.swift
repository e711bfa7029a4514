public import Foundation
import Machine

/// How the world sees a site's letters: whether they can leave, and what the DNS says of their sender.
public struct MailSighting: Sendable, Decodable, Equatable {
    /// An answer of the DNS.
    public struct Answer: Sendable, Decodable, Equatable {
        /// What there is; empty where the DNS says that there is nothing.
        public var values: [String]?
        /// Why it could not be asked.
        public var error: String?

        /// Makes one from its parts.
        public init(values: [String]? = nil, error: String? = nil) {
            self.values = values
            self.error = error
        }
    }

    /// A mail server of the world, or why none was reached.
    public struct Way: Sendable, Decodable, Equatable {
        public var host: String?
        /// Its greeting.
        public var said: String?
        /// This computer's address as it says to see it.
        public var address: String?
        public var error: String?
        /// Whether it was the DNS alone that did not answer.
        public var silent: Bool?

        /// Makes one from its parts.
        public init(
            host: String? = nil, said: String? = nil, address: String? = nil, error: String? = nil, silent: Bool? = nil
        ) {
            self.host = host
            self.said = said
            self.address = address
            self.error = error
            self.silent = silent
        }
    }

    public var way: Way
    /// This computer's address in the world; `nil` where nobody knows it.
    public var own: String?
    /// Those of the server's name.
    public var addresses: Answer
    /// The names of `own`.
    public var names: Answer
    /// What a block list says of `own`: empty is good.
    public var listed: Answer
    /// The texts at the sender's domain, SPF among them.
    public var spf: Answer
    /// The texts of the domains that SPF names, and those that these name; `nil` from a program that did not follow them.
    public var policies: [String: Answer]?
    /// The texts where the key should be.
    public var dkim: Answer
    /// The texts where the rule for receivers should be.
    public var dmarc: Answer
    /// The same of the domain above.
    public var inherited: Answer

    /// Makes one from its parts.
    public init(
        way: Way, own: String?, addresses: Answer, names: Answer, listed: Answer, spf: Answer, dkim: Answer,
        dmarc: Answer, inherited: Answer = Answer(values: []), policies: [String: Answer]? = nil
    ) {
        self.way = way
        self.own = own
        self.addresses = addresses
        self.names = names
        self.listed = listed
        self.spf = spf
        self.dkim = dkim
        self.dmarc = dmarc
        self.inherited = inherited
        self.policies = policies
    }

    /// The name and the address lead to each other (forward-confirmed reverse DNS).
    public func agrees(host: String) -> Bool {
        guard let own else { return false }
        return names.values?.contains(host) == true && addresses.values?.contains(own) == true
    }

    /// What a block list says, where it says something: answers in 127.255.255.0/24 mean that it refuses to be asked from here.
    public var complaint: String? {
        listed.values?.first { $0.hasPrefix("127.") && !$0.hasPrefix("127.255.255.") }
    }
}

extension Docker {
    /// Runs a program in the container of kp-server, with Node's own modules: a request in, an answer out.
    /// - Throws: `Failure` where it could not be run.
    public func node(_ container: String, _ request: some Encodable, toDo purpose: String) async throws -> Data {
        let start = """
            let text = ""; process.stdin.on("data", (part) => text += part).on("end", () => {
            const request = JSON.parse(text); new Function("request", "require", request.program)(request, require); });
            """
        let output = try await require(
            ["exec", "--interactive", container, "node", "-e", start], toDo: purpose,
            standardInput: String(decoding: try JSONEncoder().encode(request), as: UTF8.self),
            timeLimit: .seconds(40), fix: "kopnik logs nodejs")
        return Data(output.text.utf8)
    }

    /// Looks at the world as a mail server does. kp-server's container stands in the same networks as that of mail, and has Node, which
    /// can ask the DNS for anything.
    public func mailSighting(container: String, _ question: some Encodable) async throws -> MailSighting {
        try JSONDecoder().decode(
            MailSighting.self,
            from: try await node(container, question, toDo: "look at the world as a mail server does"))
    }
}
