import Blueprint
import Machine
import Site

/// nginx has a certificate to start with: a public one where there is one, else the local authority's.
struct CertificatesStep: Step {
    let deployment: Deployment
    let name = "Certificates"
    /// The local authority's is renewed when it has fewer days left than this.
    static let renewalDays = 30

    private var local: LocalAuthority { LocalAuthority(deployment: deployment) }
    private var served: ServedCertificate { ServedCertificate(deployment: deployment) }
    private var publicOne: PublicCertificate { PublicCertificate(deployment: deployment) }
    private var trust: Trust { Trust(deployment: deployment) }

    func inspect() async throws -> Inspection {
        let domain = deployment.site.domain
        if let facts = try await usablePublic() {
            var changes: [Change] = []
            if !publicOne.isServed { changes.append(Change("let nginx use the certificate of \(facts.issuerName)")) }
            if changes.isEmpty, served.isUnannounced { changes.append(Change("tell nginx of the certificate")) }
            return Inspection(
                "\(domain), \(facts.issuerName), \(facts.timeLeft(at: deployment.world.now()))", changes: changes)
        }
        var changes: [Change] = []
        var days = 0
        switch try await local.certificate() {
        case .missing: changes.append(Change("issue a certificate for \(domain) by a local authority"))
        case .unfit(let reason): changes.append(Change("issue the certificate anew: \(reason)"))
        case .valid(let left):
            days = left
            if left < Self.renewalDays { changes.append(Change("renew the certificate: \(left) days left")) }
        }
        if changes.isEmpty, served.isUnannounced { changes.append(Change("tell nginx of the certificate")) }
        if deployment.options.trust, !trust.isGiven {
            changes.append(Change("let this computer trust the local authority"))
        }
        return Inspection("\(domain), local authority, \(days) days left", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        if try await usablePublic() != nil {
            if !publicOne.isServed { try publicOne.serve() }
            return try await served.announce()
        }
        var isFit = false
        if case .valid(let left) = try await local.certificate(), left >= Self.renewalDays { isFit = true }
        if !isFit {
            await detail("issuing a certificate for \(deployment.site.domain)")
            try await local.issue()
        }
        if served.isUnannounced { try await served.announce() }
        if deployment.options.trust, !trust.isGiven { try await trust.give() }
    }

    /// The public certificate, if the site asks for one and it can be served, however soon it has to be renewed.
    private func usablePublic() async throws -> CertificateFacts? {
        guard deployment.site.certificate.isPublic else { return nil }
        let facts = try await publicOne.facts()
        return facts.flatMap {
            $0.names.contains(deployment.site.domain) && $0.end > deployment.world.now() ? $0 : nil
        }
    }
}
