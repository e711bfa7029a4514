import Blueprint
import Engine
import Site

/// What `doctor` says about the way of letters: pure judgements over what was seen.
enum MailFindings {
    static func read(_ sighting: MailSighting, _ site: Site) -> [Finding] {
        let way = way(sighting, site)
        // With a smarthost it is that one's address and name that receivers look at.
        guard site.mail.smarthost == nil, sighting.way.silent != true else { return [way] }
        return [way, name(sighting, site), blockList(sighting)]
    }

    private static func way(_ sighting: MailSighting, _ site: Site) -> Finding {
        if let host = sighting.way.host, sighting.way.error == nil {
            return Finding(.good, "Mail", "\(host) answers: letters can leave")
        }
        let reason = sighting.way.error ?? "nobody answered"
        if sighting.way.silent == true {
            return Finding(
                .warning, "Mail", "the DNS could not be asked, so the way out could not be tried", because: reason,
                fix: "see that this computer is online, and that /etc/resolv.conf names a DNS server")
        }
        if let smarthost = site.mail.smarthost {
            return Finding(
                .problem, "Mail", "the smarthost \(smarthost) does not answer", because: reason,
                fix: "compare mail.smarthost in the site file with the provider's page; then kopnik up")
        }
        return Finding(
            .problem, "Mail", "no mail server of the world can be reached on port 25",
            because: "\(reason); many providers block it until they are asked", fix: request(sighting, site))
    }

    /// What to write to the provider.
    static func request(_ sighting: MailSighting, _ site: Site) -> String {
        let server = sighting.own.map { "my server \($0)" } ?? "my server"
        return
            "write to your provider: \"Please open outgoing TCP port 25 for \(server): it sends the registration letters of \(site.domain) and nothing else.\" Or set mail.smarthost in the site file (docs/mail.md)"
    }

    private static func name(_ sighting: MailSighting, _ site: Site) -> Finding {
        guard let own = sighting.own else {
            return Finding(
                .warning, "Mail name", "this server's own address is not known",
                because: "the DNS has no address of \(site.domain)",
                fix: "kopnik mail records")
        }
        if let error = sighting.names.error ?? sighting.addresses.error {
            return Finding(
                .warning, "Mail name", "could not be asked", because: error, fix: "kopnik doctor, a little later")
        }
        if sighting.agrees(host: site.domain) {
            return Finding(.good, "Mail name", "\(site.domain) and \(own) lead to each other")
        }
        let names = sighting.names.values ?? []
        return Finding(
            .warning, "Mail name", "\(site.domain) and \(own) do not lead to each other",
            because: names.contains(site.domain)
                ? "the DNS leads \(site.domain) to \(sighting.addresses.values?.first ?? "no address")"
                : "\(own) is called \(names.first ?? "nothing"), and many receivers refuse letters for that",
            fix: names.contains(site.domain)
                ? "kopnik mail records"
                : "write to your provider: \"Please set the reverse name (PTR) of \(own) to \(site.domain).\"")
    }

    private static func blockList(_ sighting: MailSighting) -> Finding {
        guard let own = sighting.own else {
            return Finding(.warning, "Mail list", "was not asked", because: "this server's own address is not known")
        }
        if let complaint = sighting.complaint {
            return Finding(
                .problem, "Mail list", "\(own) is on the block list of Spamhaus (\(complaint))",
                because:
                    "somebody sent unwanted letters from there, or it is an address of homes; most receivers refuse it",
                fix:
                    "https://check.spamhaus.org/listed/?searchterm=\(own) says how to get off; or mail.smarthost (docs/mail.md)"
            )
        }
        if let error = sighting.listed.error {
            return Finding(.warning, "Mail list", "could not be asked", because: error)
        }
        guard sighting.listed.values?.isEmpty == true else {
            return Finding(
                .warning, "Mail list", "does not answer to this DNS server",
                because: "it refuses the big public ones, such as 8.8.8.8",
                fix: "look at https://check.spamhaus.org/listed/?searchterm=\(own)")
        }
        return Finding(.good, "Mail list", "\(own) is not on the block list of Spamhaus")
    }

    static func read(_ records: MailRecords) -> [Finding] {
        let texts = records.records.filter { $0.type == "TXT" }
        let missing = texts.filter { $0.state == .missing || $0.state == .different }
        if !missing.isEmpty {
            return [
                Finding(
                    .warning, "Mail records",
                    "not as they should be in the DNS: "
                        + missing.map { "\($0.title) (\($0.wrong ?? "missing"))" }.joined(separator: ", "),
                    because: "without them letters end in the spam folder or are refused", fix: "kopnik mail records")
            ]
        }
        guard texts.allSatisfy({ $0.state == .present }) else {
            return [Finding(.warning, "Mail records", "could not all be checked", fix: "kopnik mail records")]
        }
        return [Finding(.good, "Mail records", "SPF, DKIM and DMARC are in the DNS")]
    }
}
