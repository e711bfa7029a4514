import Blueprint
import Machine
import Site

/// Takes over the authority that vouches for the hook's certificate: the keeper, which tells, does not see the file that the site file names.
struct AlertsStep: Step {
    let deployment: Deployment
    let name = "Alerts"

    private var files: Files { deployment.world.files }
    private var path: String { deployment.site.alerts.authority ?? "" }
    private var kept: String? { files.text(of: deployment.layout.alertsAuthority) }

    /// What is to be believed; where the file is not seen (any more), what was taken over before serves.
    /// - Throws: `Failure` where it cannot be read or is none.
    private func wanted() throws -> String {
        guard let text = files.text(of: path)?.trimmed else {
            if let kept { return kept }
            throw Failure(
                "the authority of the alerts' hook cannot be read",
                because: "there is no file \(path) (alerts.authority)",
                fix: "put it there, or take the line out of the site file")
        }
        guard text.contains("-----BEGIN CERTIFICATE-----") else {
            throw Failure(
                "\(path) holds no certificate", because: "alerts.authority names a file in PEM form",
                fix: "name the certificate of the authority that made the hook's")
        }
        // Whoever gave the key with it would not want it to go on to the keeper.
        guard !text.contains("PRIVATE KEY-----") else {
            throw Failure(
                "\(path) holds a private key", because: "who has an authority's key can vouch for any computer",
                fix: "name a file with its certificate alone (alerts.authority)")
        }
        return text + "\n"
    }

    func inspect() async throws -> Inspection {
        let isCurrent = try wanted() == kept
        return Inspection(
            "the hook's authority is \(path)",
            changes: isCurrent ? [] : [Change("take over the authority of the alerts' hook, \(path)")])
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        try files.makeFolder(deployment.layout.state)
        try files.write(try wanted(), to: deployment.layout.alertsAuthority)
    }
}
