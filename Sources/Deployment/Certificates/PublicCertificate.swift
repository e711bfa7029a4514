import Blueprint
import Foundation
import Machine
import Site

/// nginx's certificate by a public authority: asked for by certbot (ACME, RFC 8555), which runs in the keeper's container.
struct PublicCertificate: Sendable {
    let deployment: Deployment
    /// Whether this is the keeper itself.
    var isKeeper = false

    /// Where the certificate stands.
    enum State: Sendable, Equatable {
        case missing
        /// It is there and has to be replaced, and why.
        case unfit(String)
        case due(CertificateFacts)
        case valid(CertificateFacts)
    }

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }
    private var site: Site { deployment.site }
    /// certbot's name of it; `live/DOMAIN` is a link, for the local authority's certificate may stand in.
    var lineage: String {
        // certbot does not put one of the staging server in a real one's place.
        let isStaging = site.certificate.issuer == .letsEncryptStaging && site.certificate.server == nil
        return "\(isStaging ? "acme-staging" : "acme")-\(site.domain)"
    }
    private var folder: String { "\(layout.letsEncrypt)/live/\(lineage)" }
    private var directory: String { site.certificate.server ?? Certbot.directories[site.certificate.issuer] ?? "" }
    private var isLetsEncrypt: Bool { directory == Certbot.directories[.letsEncrypt] }
    private var certbot: Certbot {
        Certbot(
            deployment: deployment, lineage: lineage, directory: directory, authority: authority, isKeeper: isKeeper)
    }

    /// The names that it is to be good for, the domain first.
    var wantedNames: [String] { [site.domain] + site.certificate.names }

    /// The authority's name, for people.
    var authority: String {
        if let server = site.certificate.server, let host = URL(string: server)?.host() { return host }
        return site.certificate.issuer == .letsEncryptStaging ? "Let's Encrypt (staging)" : "Let's Encrypt"
    }

    /// What came of asking this authority for these names.
    var history: AskingHistory {
        let subject = ([directory] + wantedNames.sorted()).joined(separator: " ")
        let history = AskingHistory.read(layout, files)
        return history.subject == subject ? history : AskingHistory(subject: subject)
    }

    /// What the certificate that is there says of itself; `nil` where there is none.
    func facts() async throws -> CertificateFacts? {
        guard files.exists("\(folder)/privkey.pem") else { return nil }
        return try await CertificateFacts.read("\(folder)/fullchain.pem", deployment.world)
    }

    /// Judges the certificate that is there.
    func state() async throws -> State {
        guard let facts = try await facts() else { return .missing }
        let now = deployment.world.now()
        let missing = Set(wantedNames).subtracting(facts.names).subtracting(history.leftOut.keys)
        guard missing.isEmpty else { return .unfit("it is not good for \(missing.sorted().joined(separator: ", "))") }
        guard facts.end > now else { return .unfit("it has expired") }
        let settings = files.text(of: "\(layout.letsEncrypt)/renewal/\(lineage).conf") ?? ""
        let asked = settings.split(whereSeparator: \.isNewline).first { $0.hasPrefix("server = ") }
            .map { $0.dropFirst("server = ".count).trimmed }
        guard asked == nil || asked == directory else { return .unfit("another authority issued it") }
        return now >= facts.renewal ? .due(facts) : .valid(facts)
    }

    /// Lets nginx use it from its next look on.
    func serve() throws { try files.makeLink(at: ServedCertificate(deployment: deployment).live, to: lineage) }

    /// Whether nginx is to use it; otherwise the local authority's stands in.
    var isServed: Bool { files.link(at: ServedCertificate(deployment: deployment).live) == lineage }

    /// Whether the person's DNS program is as the site file says.
    var isHookInPlace: Bool { certbot.isHookInPlace }

    /// Puts beside the site what certbot needs of this computer.
    func prepare() throws { try certbot.prepare() }

    /// Asks for a certificate, also where the one that is there would do for longer, and serves it.
    /// - Returns: what stood in the way, or `nil`.
    func ask(_ detail: @Sendable (String) async -> Void) async throws -> AskingHistory.Refusal? {
        var history = history
        let world = deployment.world
        do {
            try refuseLimits(history)
            try certbot.prepare()
            // An earlier run may have been killed before it did.
            try await certbot.giveToOwner()
            let current = try await facts()
            var names = wantedNames
            var leftOut: [String: String] = [:]
            /// Goes on without a name, unless that takes it from people who use it.
            func leaveOut(_ name: String, _ refusal: AskingHistory.Refusal) throws {
                if name == site.domain { throw refusal }
                if let current, current.names.contains(name), world.now() < current.alarm { throw refusal }
                leftOut[name] = "\(refusal.what): \(refusal.because)"
                names.removeAll { $0 == name }
            }
            var isUnclear = false
            if site.certificate.dnsHook == nil {
                await detail("looking where \(names.joined(separator: ", ")) leads")
                let own = isKeeper ? [] : Computer.publicAddresses
                for seen in try await certbot.reach(names, isByPort: true) {
                    switch seen.verdict(own: own, asksLetsEncrypt: site.certificate.server == nil) {
                    case .here: continue
                    case .unclear: isUnclear = true
                    case .wrong(let refusal): try leaveOut(seen.name, refusal)
                    }
                }
            } else if site.certificate.server == nil {
                await detail("looking who may issue for \(names.joined(separator: ", "))")
                for seen in try await certbot.reach(names, isByPort: false) {
                    if let refusal = seen.prohibition { try leaveOut(seen.name, refusal) }
                }
            }
            // Killed from here on, it counts as refused: nobody knows what the authority did.
            try history.brokenOff(at: world.now()).write(layout, files)
            // Whether port 80 is reached from outside is not to be found out at the price of a real failure.
            for isTrial in isUnclear && isLetsEncrypt ? [true, false] : [false] {
                do {
                    await detail("asking \(authority) for a certificate for \(names.joined(separator: ", "))")
                    try await certbot.obtain(names, isTrial: isTrial)
                } catch let failure as Certbot.NamesRefused {
                    for name in failure.names { try leaveOut(name, failure.refusal) }
                    await detail("asking again without \(failure.names.joined(separator: ", "))")
                    try await certbot.obtain(names, isTrial: isTrial)
                }
            }
            guard let facts = try await facts(), facts.end > world.now(), Set(names).isSubset(of: facts.names) else {
                throw AskingHistory.Refusal(
                    "the certificate that \(authority) issued cannot be used",
                    because: "it is not what was asked for, or cannot be read",
                    fix: "see the log; what ran before goes on running", wasAsked: true)
            }
            history.leftOut = leftOut
            history.succeeded(at: world.now())
            try history.write(layout, files)
            try serve()
            try await ServedCertificate(deployment: deployment).announce()
            return nil
        } catch {
            guard let refusal = error as? AskingHistory.Refusal ?? (error as? Certbot.NamesRefused)?.refusal else {
                throw error
            }
            history.failed(refusal, at: world.now())
            try history.write(layout, files)
            return refusal
        }
    }

    /// What Let's Encrypt allows is not used up (letsencrypt.org/docs/rate-limits), whoever asks.
    private func refuseLimits(_ history: AskingHistory) throws {
        let now = deployment.world.now()
        if let notBefore = history.refusal?.notBefore, notBefore > now {
            throw AskingHistory.Refusal(
                "\(authority) must not be asked yet", because: history.refusal?.because ?? "",
                fix: "wait: kopnik asks again by itself, after \(notBefore.universalMinute)", notBefore: notBefore)
        }
        guard isLetsEncrypt else { return }
        if history.issuedLately(at: now) >= AskingHistory.weeklyLimit {
            throw AskingHistory.Refusal(
                "\(authority) would refuse another certificate",
                because:
                    "it issues \(AskingHistory.weeklyLimit) for the same names in seven days, and has issued as many",
                fix:
                    "kopnik certificate (shows the one that is there); for trials: certificate.issuer: letsencrypt-staging"
            )
        }
        if history.refusedLately(at: now) >= AskingHistory.hourlyLimit {
            throw AskingHistory.Refusal(
                "\(authority) would not listen",
                because: "it has refused four times in an hour, and bars after the fifth",
                fix: "mend what it complained of (kopnik certificate), and wait an hour")
        }
    }
}
