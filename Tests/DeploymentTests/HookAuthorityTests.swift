import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite struct `The authority of the alerts' hook` {
    private let folder = TemporaryFolder()
    private static let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"

    private func site(authority: String? = "authority.pem") -> Deployment {
        deployment(
            in: folder,
            site: Site(
                alerts: Site.Alerts(
                    hook: "https://chat.example.org/secret", authority: authority.map { "\(folder.path)/\($0)" })))
    }

    private func write(_ text: String) throws { try Files().write(text, to: "\(folder.path)/authority.pem") }

    @Test func `is taken over once, and again when it is another`() async throws {
        try write(Self.certificate)
        let step = AlertsStep(deployment: site())
        #expect(try await step.inspect().changes.count == 1)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
        try write(Self.certificate.replacing("MIIB", with: "MIIC"))
        #expect(try await step.inspect().changes.count == 1)
        try await step.apply { _ in }
        #expect(try await step.inspect().isClean)
        // On the computer of a restore the file is not there: what came back serves.
        try Files().remove("\(folder.path)/authority.pem")
        #expect(try await step.inspect().isClean)
    }

    @Test(arguments: [
        ("no certificate", "holds no certificate"),
        (certificate + "\n-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", "holds a private key"),
    ])
    func `is refused where it is none`(text: String, complaint: String) async throws {
        try write(text)
        let error = await #expect(throws: Failure.self) { _ = try await AlertsStep(deployment: site()).inspect() }
        #expect(error?.what.contains(complaint) == true)
    }

    @Test func `is missed where it is not there`() async throws {
        let error = await #expect(throws: Failure.self) { _ = try await AlertsStep(deployment: site()).inspect() }
        #expect(error?.because?.contains("there is no file") == true)
    }

    @Test(arguments: [
        (Alerts.CertificateTrouble.untrusted, "name its certificate in the site file"), (.expired, "has to renew it"),
        (.early, "clocks"), (.otherName, "the name that the certificate is for"),
    ])
    func `a certificate that does not fit has a way out`(trouble: Alerts.CertificateTrouble, advice: String) {
        let words = Alerts(deployment: site(authority: nil)).advice(trouble)
        #expect(words.contains(advice) && !words.contains("secret"), "\(words)")
    }

    @Test func `one that another authority made is told from one that no public one made`() {
        #expect(Alerts(deployment: site()).advice(.untrusted).contains("the file that alerts.authority names"))
        #expect(Alerts(deployment: site()).advice(nil).contains("takes a POST of JSON"))
    }
}
