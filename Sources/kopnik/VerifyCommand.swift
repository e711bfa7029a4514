import ArgumentParser
import Deployment
import Foundation
import Machine
import Verify

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Proves every requirement against the running site, by number.",
        discussion:
            "Four outcomes: holds, differs (with the reason), broken, not applicable here. Exit code 1 only where something is broken."
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "Only these numbers, such as G3,W2.")
    var only: String?

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    @Option(help: "Write the result into this file as JUnit XML too.", completion: .file())
    var junit: String?

    func run() async throws {
        let numbers = only.map { Set($0.split(separator: ",").map { $0.trimmed.uppercased() }) }
        if let unknown = numbers?.subtracting(Verification.numbers).sorted().first {
            throw UsageFailure(
                description:
                    "kopnik: there is no requirement '\(unknown)'\n  because: the numbers are those of the specification\n  fix:     take some of \(Verification.numbers.joined(separator: " "))"
            )
        }
        let deployment = try site.raisedDeployment(World.live())
        let report = try await deployment.verification().run(only: numbers)
        try Task.checkCancellation()
        if let junit { try deployment.world.files.write(report.junit(), to: junit) }
        if json { print(try report.json()) } else { tell(report.text(on: site.standardOutput)) }
        if !report.isGood { throw ExitStatus.failed }
    }
}

extension Deployment {
    /// The proof of this site's requirements.
    func verification() async throws -> Verification {
        Verification(
            world: world, docker: docker, site: site, layout: layout, images: try await imageTags(),
            server: try await serverProfile(),
            certificateRefusal: certificateRefusal.map { "\($0.what): \($0.because)" })
    }
}
