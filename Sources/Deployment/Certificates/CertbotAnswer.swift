import Foundation
import Machine
import Site

/// What certbot said when it failed, as something a person can act on: a pure reading of its output.
enum CertbotAnswer {
    /// The authority does not know, or no longer wants, the account that is kept here: another one has to be made.
    /// - Parameter type: the last kind of error in certbot's own log (RFC 8555, 6.7), which it does not print.
    static func isAccountGone(_ output: String, type: String?) -> Bool {
        type == "accountDoesNotExist"
            || output.contains(#/Account .*not found|[Aa]ccount is not valid|No such account|has status "deactivated"/#)
    }

    /// - Parameter type: the last kind of error in certbot's own log (RFC 8555, 6.7), which it does not print.
    /// - Parameter isByDNS: whether the names are proven by TXT records, which the person's own program writes.
    static func refusal(_ output: String, type: String?, server: String, isByDNS: Bool = false, now: Date)
        -> AskingHistory.Refusal
    {
        let what = "\(server) issued no certificate"
        if type == "rateLimited" || output.contains("too many") {
            let until = retryAfter(output)
            return AskingHistory.Refusal(
                what, because: "it has been asked too often: \(lastWords(output))",
                fix: until.map { "nothing: kopnik asks again by itself, after \($0.universalMinute)" }
                    ?? "nothing: kopnik asks again by itself",
                wasAsked: true, notBefore: until)
        }
        if output.contains("Another instance of Certbot") {
            return AskingHistory.Refusal(
                what, because: "an earlier asking still goes on", fix: "wait five minutes, then: kopnik certificate")
        }
        if output.contains("CERTIFICATE_VERIFY_FAILED") {
            let isClock = output.contains("not yet valid") || output.contains("certificate has expired")
            return AskingHistory.Refusal(
                what,
                because: isClock
                    ? "its own certificate seems to be of another time: this computer's clock says \(now.universalMinute)"
                    : "its own certificate is not trusted by this computer",
                fix: isClock
                    ? "compare that with a clock you trust; to set it: sudo timedatectl set-ntp true"
                    : "look whether something on the way reads along (a proxy), and add its certificate to this computer's own"
            )
        }
        if let problem = problems(output).first {
            return AskingHistory.Refusal(
                "\(server) could not see that \(problem.domain) is yours", because: explained(problem, isByDNS),
                fix: advice(problem, isByDNS), wasAsked: true)
        }
        if let type {
            return AskingHistory.Refusal(
                what, because: "it answers '\(type)': \(lastWords(output))",
                fix: "see the log; it may be a passing fault",
                wasAsked: true)
        }
        let isUnreachable = ["Connection refused", "timed out", "Max retries", "not known", "resolve", "unreachable"]
            .contains { output.contains($0) }
        // Whatever is not plainly the network may have come after it was asked.
        return AskingHistory.Refusal(
            what, because: isUnreachable ? "it cannot be reached from here" : lastWords(output),
            fix: isUnreachable ? "check this computer's network; kopnik asks again by itself" : "see the log",
            wasAsked: !isUnreachable)
    }

    struct Problem: Equatable {
        var domain: String
        var type: String
        var detail: String
    }

    /// certbot's list of what each name failed by: lines `Domain:`, `Type:`, `Detail:`.
    static func problems(_ output: String) -> [Problem] {
        var problems: [Problem] = []
        for line in output.split(whereSeparator: \.isNewline).map(\.trimmed) {
            func rest(_ head: String) -> String? { line.hasPrefix(head) ? line.dropFirst(head.count).trimmed : nil }
            if let domain = rest("Domain:") {
                problems.append(Problem(domain: domain, type: "", detail: ""))
            } else if let last = problems.indices.last {
                if let type = rest("Type:") { problems[last].type = type }
                if let detail = rest("Detail:") { problems[last].detail = detail }
            }
        }
        return problems
    }

    private static func explained(_ problem: Problem, _ isByDNS: Bool) -> String {
        if isByDNS {
            return "the TXT record of _acme-challenge.\(problem.domain) is not as it should be: \(problem.detail)"
        }
        return switch problem.type {
        case "dns": "the DNS has no usable answer for it: \(problem.detail)"
        case "connection": "from outside, nothing answers at its address: \(problem.detail)"
        case "unauthorized": "from outside, something else answers at its address: \(problem.detail)"
        case "caa": "the DNS forbids it (a CAA record): \(problem.detail)"
        default: problem.detail
        }
    }

    private static func advice(_ problem: Problem, _ isByDNS: Bool) -> String {
        if isByDNS {
            return "try the program of certificate.dns_hook by hand; it has to wait until the record can be seen"
        }
        return switch problem.type {
        case "dns": "at your domain's provider, add an A record of \(problem.domain) with this server's public address"
        case "connection":
            "open port 80 of this server to the world: in its provider's firewall, and in your router (forward 80 and 443)"
        case "unauthorized":
            "at your domain's provider, let the A and AAAA records of \(problem.domain) lead to this server alone"
        case "caa": "at your domain's provider, add the record:  \(problem.domain). CAA 0 issue \"letsencrypt.org\""
        default: "see the log"
        }
    }

    /// Let's Encrypt writes `retry after 2026-11-25 14:00:00 UTC`.
    private static func retryAfter(_ output: String) -> Date? {
        guard let match = output.firstMatch(of: #/retry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/#) else {
            return nil
        }
        return try? Date("\(match.1)T\(match.2)Z", strategy: .iso8601)
    }

    private static func lastWords(_ output: String) -> String {
        let noise = ["Ask for help", "See the logfile", "Saving debug log", "Some challenges have failed", "- - -"]
        let lines = output.split(whereSeparator: \.isNewline).map(\.trimmed)
        return lines.last { line in !line.isEmpty && !noise.contains { line.contains($0) } }
            ?? "certbot did not say why"
    }
}
