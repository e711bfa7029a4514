import Foundation

/// Where a name leads, as seen from this server: looked at before an authority is asked, which counts each failure.
struct Reachability: Decodable, Sendable, Equatable {
    struct Fetched: Decodable, Sendable, Equatable {
        var address: String
        /// Whether our own token came back.
        var isHere: Bool
        var status: Int?
        var server: String?
        var error: String?
        /// Where it sends one on to, if it does.
        var location: String?
        /// Whether there is no way there from here, whoever else may have one: Docker's networks have no IPv6.
        var cannotTell: Bool?
    }

    struct Authorization: Decodable, Sendable, Equatable {
        var name: String
        /// Such as `0 issue "letsencrypt.org"`.
        var records: [String]
    }

    var name: String
    /// Why the DNS could not be asked.
    var dnsError: String?
    var fetched: [Fetched]
    /// The CAA records that count for the name (RFC 8659), or `nil` without any.
    var caa: Authorization?

    enum Verdict: Sendable, Equatable {
        /// Every address of the name is this server's.
        case here
        /// It cannot be told from inside: the authority has to look.
        case unclear(String)
        /// It cannot work.
        case wrong(AskingHistory.Refusal)
    }

    /// Why Let's Encrypt must not issue for the name, whichever way it is proven.
    var prohibition: AskingHistory.Refusal? {
        guard let caa, !caa.allowsLetsEncrypt else { return nil }
        return AskingHistory.Refusal(
            "\(name) may get no certificate of Let's Encrypt",
            because: "the DNS says who may issue (CAA of \(caa.name)): \(caa.records.joined(separator: "; "))",
            fix: "at your domain's provider, add the record:  \(caa.name). CAA 0 issue \"letsencrypt.org\"")
    }

    /// - Parameters:
    ///   - own: the public addresses of this computer's own interfaces.
    ///   - asksLetsEncrypt: whether CAA records have to name Let's Encrypt.
    func verdict(own: [String], asksLetsEncrypt: Bool) -> Verdict {
        let here = own.first ?? "THE PUBLIC ADDRESS OF THIS SERVER"
        func refused(_ what: String, _ because: String, _ fix: String) -> Verdict {
            .wrong(AskingHistory.Refusal(what, because: because, fix: fix))
        }
        if asksLetsEncrypt, let prohibition { return .wrong(prohibition) }
        guard !fetched.isEmpty else {
            if let dnsError { return .unclear("the DNS does not answer for \(name): \(dnsError)") }
            return refused(
                "\(name) leads nowhere", "the DNS has no address for it",
                "at your domain's provider, add the record:  \(name). A \(here)")
        }
        // Many who stand before a server send on to https, and the authority goes along.
        if let moved = fetched.first(where: { !$0.isHere && $0.location != nil }) {
            return .unclear("\(moved.address) sends on to \(moved.location ?? "")")
        }
        if let other = fetched.first(where: { !$0.isHere && $0.status != nil }) {
            if own.contains(other.address) {
                return refused(
                    "another program answers at \(name)",
                    "something else on this server has port 80, and answers with \(other.status ?? 0)",
                    "sudo ss -ltnp 'sport = :80' (shows which); the site needs the ports 80 and 443 for itself")
            }
            let kind = other.address.contains(":") ? "AAAA" : "A"
            let server = other.server.map { " (\($0))" } ?? ""
            let is6 = kind == "AAAA"
            return refused(
                "\(name) leads to another server",
                "at \(other.address) something else answers\(server), with \(other.status ?? 0)",
                is6
                    ? "at your domain's provider, remove the record:  \(name). AAAA \(other.address)   (Let's Encrypt prefers it)"
                    : "at your domain's provider, change the record to:  \(name). A \(here)")
        }
        if let silent = fetched.first(where: { !$0.isHere && $0.cannotTell != true }) {
            if silent.address.contains(":"), fetched.contains(where: \.isHere) {
                return refused(
                    "\(name) leads to two places, and one is silent",
                    "its address \(silent.address) (IPv6) does not answer on port 80: \(silent.error ?? "")",
                    "at your domain's provider, remove the record:  \(name). AAAA \(silent.address)")
            }
            // Many routers do not let one reach one's own public address from inside.
            return .unclear("\(silent.address) does not answer on port 80, as seen from here: \(silent.error ?? "")")
        }
        guard let hidden = fetched.first(where: { $0.cannotTell == true }) else { return .here }
        return .unclear("\(hidden.address) cannot be seen from here")
    }
}

extension Reachability.Authorization {
    /// Whether one of the records names Let's Encrypt, or none says anything of issuing.
    var allowsLetsEncrypt: Bool {
        let issue = records.filter { $0.contains(" issue ") }
        return issue.isEmpty || issue.contains { $0.contains("\"letsencrypt.org") }
    }
}
