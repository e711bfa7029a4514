import ArgumentParser
import Deployment
import Foundation
import Machine
import Site

struct Certificate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The certificate by which browsers know the site.",
        subcommands: [CertificateShow.self, CertificateIssue.self, CertificateRenew.self, CertificateTrust.self],
        defaultSubcommand: CertificateShow.self)
}

struct CertificateShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows who issued it, for what, how long it lasts, and what stands in the way.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let status = try await site.raisedDeployment(World.live()).certificateStatus()
        if json { return try printJSON(status) }
        tell(CertificateText.render(status, now: Date(), on: site.standardOutput))
    }
}

struct CertificateIssue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue", abstract: "Asks for a public certificate now, for example after the DNS was mended.")

    @OptionGroup var site: SiteOptions

    func run() async throws { try await ask(site, isRenewal: false) }
}

struct CertificateRenew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Replaces the certificate now; by itself that happens two thirds through its life.")

    @OptionGroup var site: SiteOptions

    func run() async throws { try await ask(site, isRenewal: true) }
}

struct CertificateTrust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Lets this computer's programs and browsers trust the site's local authority.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Take it out again.")
    var undo = false

    func run() async throws {
        let deployment = try site.raisedDeployment(World.live())
        let lock = try await deployment.lock(for: "kopnik certificate trust", tellOfWait)
        defer { lock.release() }
        try await deployment.noted("kopnik certificate trust" + (undo ? " --undo" : "")) {
            try await undo ? deployment.stopTrusting() : deployment.startTrusting()
        }
        if undo {
            tell("  this computer does not trust the authority of \(deployment.site.name) any more")
        } else {
            tell(
                deployment.isTrustedByBrowsers
                    ? "  trusted; a browser that is open has to be started again. To undo:  kopnik certificate trust --undo"
                    : """
                      trusted by this computer's programs, but not by Chrome and Chromium: they have a list of their own, and the program
                      that writes into it is not here.  To end that:  sudo apt-get install libnss3-tools, then the same command again
                    """)
        }
    }
}

/// Asks for a certificate, with what is done on standard error.
private func ask(_ site: SiteOptions, isRenewal: Bool) async throws {
    let deployment = try site.raisedDeployment(World.live())
    let lock = try await deployment.lock(
        for: "kopnik certificate \(isRenewal ? "renew" : "issue")", tellOfWait)
    defer { lock.release() }
    let outcome = try await deployment.noted("kopnik certificate \(isRenewal ? "renew" : "issue")") {
        try await deployment.askForCertificate(isRenewal: isRenewal) { warn("  … \($0)") }
    }
    try deployment.giveFilesToOwner()
    switch outcome {
    case .kept(let facts):
        tell(
            "  nothing to do: \(facts.issuerName), \(facts.timeLeft(at: Date())). To replace it all the same:  kopnik certificate renew"
        )
    case .issued(let facts):
        tell("  \(facts.issuerName): \(facts.names.joined(separator: ", ")), \(facts.timeLeft(at: Date()))")
    }
}

/// The certificate as a person reads it.
enum CertificateText {
    static func render(_ status: CertificateStatus, now: Date, on terminal: Terminal) -> String {
        func row(_ name: String, _ text: String) -> String {
            "  \(Style.dim(name, on: terminal))\(String(repeating: " ", count: max(1, 12 - name.count)))\(text)"
        }
        guard let facts = status.certificate else { return "  There is no certificate yet:  kopnik up" }
        var lines = [
            row("issued by", facts.issuerName), row("good for", facts.names.joined(separator: ", ")),
            row("until", "\(facts.end.universalDay), \(facts.timeLeft(at: now))"),
            row("renewed", status.renewal.universalDay + ", by itself"),
        ]
        for (name, reason) in status.leftOut.sorted(by: { $0.key < $1.key }) {
            lines.append(row("left out", "\(name): \(reason)"))
        }
        if let count = status.issuedThisWeek {
            lines.append(
                row("asked", "\(count) of \(AskingHistory.weeklyLimit) certificates that may be issued in 7 days"))
        }
        if let refusal = status.refusal {
            lines += [
                "", "  \(Style.red("!", on: terminal)) \(refusal.what)", "    because: \(refusal.because)",
                "    fix:     \(refusal.fix)", "    then:    kopnik certificate issue",
            ]
            if let next = status.nextTry {
                lines.append("    or wait: kopnik asks again by itself, \(next.universalMinute)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
