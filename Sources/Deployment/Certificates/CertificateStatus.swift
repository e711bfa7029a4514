import Blueprint
public import Foundation
import Machine
import Site

/// What there is to know of the site's certificate.
public struct CertificateStatus: Encodable, Sendable {
    /// The one that nginx serves, or `nil` before there is any.
    public var certificate: CertificateFacts?
    /// When it is replaced by itself.
    public var renewal: Date
    /// How many Let's Encrypt has issued in the last seven days; `nil` where it is not asked.
    public var issuedThisWeek: Int?
    /// Names that were left out, and why.
    public var leftOut: [String: String]
    /// Why the last asking came to nothing.
    public var refusal: AskingHistory.Refusal?
    /// When it is asked again by itself.
    public var nextTry: Date?
}

/// What came of asking for a certificate.
public enum CertificateOutcome: Sendable {
    /// The one that is there will do.
    case kept(CertificateFacts)
    /// There is a new one, and nginx serves it.
    case issued(CertificateFacts)
}

extension Deployment {
    /// Looks at the certificate that nginx serves.
    public func certificateStatus() async throws -> CertificateStatus {
        let live = ServedCertificate(deployment: self).live
        let facts = try await CertificateFacts.read("\(live)/fullchain.pem", world)
        let certificate = PublicCertificate(deployment: self)
        let asked = site.certificate.isPublic ? certificate.history : nil
        // A renewal by hand that failed is not tried again: what is there will do.
        var isValid = false
        if asked != nil, case .valid = try await certificate.state() { isValid = true }
        let early = facts?.end.addingTimeInterval(-Double(CertificatesStep.renewalDays) * 86400) ?? world.now()
        return CertificateStatus(
            certificate: facts, renewal: certificate.isServed ? facts?.renewal ?? early : early,
            issuedThisWeek: site.certificate.server == nil ? asked?.issuedLately(at: world.now()) : nil,
            leftOut: asked?.leftOut ?? [:],
            refusal: asked?.refusal,
            nextTry: isValid ? nil : asked?.nextTry)
    }

    /// Asks the public authority, whatever came of it before.
    /// - Parameter isRenewal: also where the certificate that is there will do.
    /// - Throws: `Failure` where the site asks for none, where the authority itself has said to wait, and where it refuses.
    public func askForCertificate(isRenewal: Bool, _ detail: @Sendable (String) async -> Void) async throws
        -> CertificateOutcome
    {
        guard site.certificate.isPublic else {
            throw Failure(
                "\(site.domain) has a certificate of its own local authority",
                because: site.isLocal
                    ? "nobody issues public ones for a name that exists on this computer only"
                    : "the site file says so (certificate.issuer: local)",
                fix: site.isLocal
                    ? "kopnik certificate trust, to end the browser's warning on this computer"
                    : "write certificate.issuer: letsencrypt, then kopnik up")
        }
        let certificate = PublicCertificate(deployment: self)
        if !isRenewal, case .valid(let facts) = try await certificate.state(), certificate.isServed {
            return .kept(facts)
        }
        if let refusal = try await certificate.ask(detail) {
            throw refusal.failure(log: log("certbot"))
        }
        guard let facts = try await certificate.facts() else {
            throw Failure("the new certificate cannot be read", fix: "kopnik certificate renew")
        }
        return .issued(facts)
    }

    /// Lets this computer's programs and browsers trust the site's local authority.
    /// - Throws: `Failure` without administrator rights, or where there is no authority.
    public func startTrusting() async throws {
        guard world.files.exists(LocalAuthority(deployment: self).authorityCertificate) else {
            throw Failure(
                "there is no local authority to trust", because: "the site was never raised", fix: "kopnik up")
        }
        try await Trust(deployment: self).give()
    }

    /// Undoes `startTrusting`.
    public func stopTrusting() async throws {
        guard world.person.isRoot else {
            throw Failure(
                "that takes administrator rights",
                because: "it changes the certificates that all of this computer trusts",
                fix: "sudo kopnik certificate trust --undo")
        }
        try await Trust(deployment: self).takeBack(Manifest.read(layout.manifest, files: world.files))
        try Manifest.change(layout.manifest) {
            $0.trustedCertificate = nil
            $0.browserStore = nil
            $0.madeBrowserStore = nil
        }
    }
}
