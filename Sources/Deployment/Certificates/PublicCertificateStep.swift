import Machine

/// The site has the certificate of a public authority. Where it cannot be had, the local one goes on serving, and why is told.
struct PublicCertificateStep: Step {
    let deployment: Deployment
    var isKeeper = false
    let name = "Public certificate"

    private var certificate: PublicCertificate { PublicCertificate(deployment: deployment, isKeeper: isKeeper) }

    func inspect() async throws -> Inspection {
        let certificate = certificate
        let names = certificate.wantedNames.joined(separator: ", ")
        let history = certificate.history
        let now = deployment.world.now()
        let hook = certificate.isHookInPlace ? [] : [Change("take over the program of certificate.dns_hook")]
        let change: Change
        switch try await certificate.state() {
        case .valid(let facts): return Inspection(summary(facts), changes: hook)
        case .due(let facts): change = Change("renew the certificate: \(facts.timeLeft(at: now))")
        case .unfit(let reason): change = Change("ask \(certificate.authority) for another certificate: \(reason)")
        case .missing: change = Change("ask \(certificate.authority) for a certificate for \(names)")
        }
        guard hook.isEmpty, !history.mayTry(at: now) else {
            return Inspection("to ask for", changes: hook + [change])
        }
        return Inspection("not yet: \(history.refusal?.what ?? "")", isPostponed: true)
    }

    private func summary(_ facts: CertificateFacts) -> String {
        "\(facts.names.joined(separator: ", ")), \(facts.issuerName), \(facts.timeLeft(at: deployment.world.now()))"
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        if case .valid = try await certificate.state() {
            do { return try certificate.prepare() } catch let refusal as AskingHistory.Refusal {
                throw refusal.failure()
            }
        }
        // What stands in the way is kept and told; the site goes on with the local certificate.
        _ = try await certificate.ask(detail)
    }
}
