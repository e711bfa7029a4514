import Foundation
public import Machine
import Site

extension Deployment {
    /// What stands in the way of a public certificate, where one is asked for and could not be had; `nil` where all is well.
    public var certificateRefusal: AskingHistory.Refusal? {
        let certificate = PublicCertificate(deployment: self)
        return site.certificate.isPublic && !certificate.isServed ? certificate.history.refusal : nil
    }

    /// What somebody has to look at: asked three times in vain, or the end is near.
    public func certificateComplaint() async throws -> Failure? {
        guard site.certificate.isPublic else { return nil }
        let certificate = PublicCertificate(deployment: self)
        let history = certificate.history
        let refusal = history.refusal
        let state = try await certificate.state()
        if case .valid = state { return nil }
        if let facts = try await certificate.facts(), facts.alarm <= world.now() {
            return Failure(
                "the certificate has \(facts.timeLeft(at: world.now())), and is not renewed",
                because: refusal.map { "\($0.what): \($0.because)" }, fix: refusal?.fix ?? "kopnik certificate issue")
        }
        guard let refusal, history.failures >= 3 else { return nil }
        return Failure(
            "no certificate of \(certificate.authority) after \(history.failures) tries",
            because: "\(refusal.what): \(refusal.because)", fix: refusal.fix)
    }
}
