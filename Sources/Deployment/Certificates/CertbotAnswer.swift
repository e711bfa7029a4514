import Foundation
import Machine
import Site

/// What certbot said when it failed, as something a person can act on: a pure reading of its output.
enum CertbotAnswer {
    /// The authority does not know, or no longer wants, the account that is kept here: another one has to be made.
    static func isAccountGone(_ output: String) -> Bool {
        ["accountDoesNotExist", "urn:ietf:params:acme:error:unauthorized :: The client lacks", "account is not valid"]
            .contains { output.contains($0) }
            || (output.lowercased().contains("account") && output.contains("deactivated"))
            || output.contains("unable to find existing account")
    }

    /// - Parameter names: the names it was asked for.
    static func refusal(_ output: String, server: String, now: Date) -> AskingHistory.Refusal {
        let what = "\(server) issued no certificate"
        if output.contains(":rateLimited") || output.contains("too many") {
            let until = retryAfter(output)
            return AskingHistory.Refusal(
                what, because: "it has been asked too often: \(detail(output))",
                fix: until.map { "nothing: kopnik asks again after \(time($0))" }
                    ?? "nothing: kopnik asks again by itself, tomorrow at the latest",
                wasAsked: true, notBefore: until ?? now.addingTimeInterval(86400))
        }
        if output.contains("CERTIFICATE_VERIFY_FAILED") || output.contains("certificate verify failed") {
            let isClock =
                output.contains("not yet valid") || output.contains("certificate has expired")
            return AskingHistory.Refusal(
                what,
                because: isClock
                    ? "its own certificate seems to be of another time: this computer's clock says \(time(now))"
                    : "its own certificate is not trusted by this computer",
                fix: isClock
                    ? "date -u (to see the clock), sudo timedatectl set-ntp true (to set it), then: kopnik certificate issue"
                    : "look whether something on the way reads along (a proxy), and add its certificate to this computer's own"
            )
        }
        if let problem = problems(output).first {
            return AskingHistory.Refusal(
                "\(server) could not see that \(problem.domain) is yours", because: explained(problem),
                fix: advice(problem), wasAsked: true)
        }
        if let problem = output.firstMatch(of: #/urn:ietf:params:acme:error:(\w+)/#) {
            return AskingHistory.Refusal(
                what, because: "it answers '\(problem.1)': \(detail(output))",
                fix: "kopnik certificate issue (to ask again)", wasAsked: true)
        }
        let isUnreachable = [
            "Connection refused", "timed out", "Max retries", "Name or service not known", "resolve",
            "ConnectionError",
        ].contains { output.contains($0) }
        return AskingHistory.Refusal(
            what, because: isUnreachable ? "it cannot be reached from here" : lastWords(output),
            fix: isUnreachable
                ? "check this computer's network; kopnik asks again by itself"
                : "kopnik certificate issue (to ask again)")
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

    private static func explained(_ problem: Problem) -> String {
        switch problem.type {
        case "dns": "the DNS has no usable answer for it: \(problem.detail)"
        case "connection": "from outside, nothing answers at its address: \(problem.detail)"
        case "unauthorized": "from outside, something else answers at its address: \(problem.detail)"
        case "caa": "the DNS forbids it (a CAA record): \(problem.detail)"
        default: problem.detail
        }
    }

    private static func advice(_ problem: Problem) -> String {
        switch problem.type {
        case "dns": "at your domain's provider, add an A record of \(problem.domain) with this server's public address"
        case "connection":
            "open port 80 of this server to the world: in its provider's firewall, and in your router (forward 80 and 443)"
        case "unauthorized":
            "at your domain's provider, let the A and AAAA records of \(problem.domain) lead to this server alone"
        case "caa": "at your domain's provider, add the record:  \(problem.domain). CAA 0 issue \"letsencrypt.org\""
        default: "kopnik certificate issue (to ask again)"
        }
    }

    /// Let's Encrypt writes `retry after 2026-11-25 14:00:00 UTC`.
    private static func retryAfter(_ output: String) -> Date? {
        guard let match = output.firstMatch(of: #/retry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/#) else {
            return nil
        }
        return try? Date("\(match.1)T\(match.2)Z", strategy: .iso8601)
    }

    private static func detail(_ output: String) -> String {
        // acme.messages.Error: urn:ietf:params:acme:error:rateLimited :: There were too many requests … :: too many …
        let line = output.split(whereSeparator: \.isNewline).first { $0.contains("urn:ietf:params:acme:error") }
        return line.map { String($0.split(separator: "::").last ?? $0).trimmed } ?? lastWords(output)
    }

    private static func lastWords(_ output: String) -> String {
        let noise = ["Ask for help", "See the logfile", "Saving debug log", "Some challenges have failed", "- - -"]
        let lines = output.split(whereSeparator: \.isNewline).map(\.trimmed)
        return lines.last { line in !line.isEmpty && !noise.contains { line.contains($0) } }
            ?? "certbot did not say why"
    }

    static func time(_ date: Date) -> String {
        date.formatted(.iso8601.dateTimeSeparator(.space).timeZone(separator: .omitted)).replacing("Z", with: " UTC")
    }
}
