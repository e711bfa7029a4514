import Blueprint
import Bundled
public import Engine
import Foundation
import Machine
import Site

extension Deployment {
    /// Looks at the world as a mail server does.
    /// - Throws: `Failure` where the site does not run.
    public func mailSighting() async throws -> MailSighting {
        guard let container = try await docker.container(of: ServiceKind.nodejs.rawValue, in: stack) else {
            throw Failure(
                "the DNS cannot be asked", because: "it is asked from the container of 'nodejs', which does not run",
                fix: "kopnik up")
        }
        return try await docker.mailSighting(
            container: container, MailQuestion(site, program: BundledFile.text(at: "probes/mail.js")))
    }

    /// The records that the DNS has to have for this site's letters, and what it has.
    /// - Throws: `Failure` where there is no signing key yet.
    public func mailRecords() async throws -> MailRecords {
        let key = try await SigningKey(deployment: self).publicHalf()
        do {
            return MailRecords(site, key: key, sighting: try await mailSighting(), silence: nil)
        } catch let failure as Failure {
            return MailRecords(site, key: key, sighting: nil, silence: failure.because ?? failure.what)
        }
    }

    /// For `doctor`: whether letters arrive, in a sentence each.
    func examineMail() async -> [Finding] {
        guard site.mail.delivery == .send else {
            return [Finding(.good, "Mail", "letters are kept here and none is sent: kopnik mail inbox")]
        }
        var findings: [Finding] = []
        if site.mail.smarthostUser != nil, Keys(deployment: self).value(.smarthostPassword) == nil {
            findings.append(
                Finding(
                    .problem, "Mail",
                    "the password of \(site.mail.smarthost.map { $0.host } ?? "the smarthost") is missing",
                    because: "without it the smarthost takes no letter",
                    fix: "kopnik key set smarthost-password, then kopnik up"))
        }
        guard let sighting = try? await mailSighting() else {
            return findings + [
                Finding(
                    .warning, "Mail", "could not be tried", because: "the service 'nodejs' does not run",
                    fix: "kopnik up")
            ]
        }
        findings += MailFindings.read(sighting, site)
        if let records = try? await SigningKey(deployment: self).publicHalf() {
            findings += MailFindings.read(MailRecords(site, key: records, sighting: sighting, silence: nil))
        }
        return findings
    }
}
