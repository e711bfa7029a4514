import ArgumentParser
import Blueprint
import Deployment
import Foundation
import Keeper
import Machine
import Overview
import Site
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
        // The site of a server that follows is switched off: what is left to prove is that it follows.
        let follows = try deployment.follows
        let report = try await deployment.verification().run(only: numbers ?? (follows ? Verification.ofStandby : nil))
        try Task.checkCancellation()
        if numbers == nil, !follows { deployment.keep(report) }
        if let junit { try deployment.world.files.write(report.junit(), to: junit) }
        if json { print(try report.json()) } else { tell(report.text(on: site.standardOutput)) }
        if !report.isGood { throw ExitStatus.failed }
    }
}

extension Deployment {
    /// Keeps what was found, for whoever shows the site. Where it cannot be kept the finding stands all the same.
    func keep(_ report: VerificationReport) {
        let rows = report.results.map {
            SiteOverview.Verification.Row(
                number: $0.number, title: $0.title, outcome: $0.outcome.rawValue, evidence: $0.evidence,
                because: $0.because)
        }
        do {
            try VerificationRecord.write(
                SiteOverview.Verification(at: world.now(), rows: rows), layout, files: world.files)
            if world.person.isRoot, let owner = world.files.owner(of: layout.state) {
                try world.files.setOwner(layout.verified, user: owner.user, group: owner.group)
            }
        } catch {
            warn("  the dashboard keeps showing the result before this one: \((error as? Failure)?.what ?? "\(error)")")
        }
    }

    /// What there is against fire, for the proof.
    private var recovery: Recovery {
        let backup = Backup(deployment: self)
        let (kits, drill) = (RecoveryKits(deployment: self), Drill(deployment: self))
        return Recovery(
            isNamed: site.backup.repository != nil, isReady: backup.isReady, lastBackup: backup.record.lastGood?.at,
            lastFailure: backup.record.entries.last?.failure, hasConfirmedKit: kits.isCurrent && kits.confirmed != nil,
            lastDrill: drill.lastGood.map { Recovery.Drill(at: $0.at, took: $0.took, lost: $0.lost) },
            drillFailure: drill.last?.failure)
    }

    /// The proof of this site's requirements.
    func verification() async throws -> Verification {
        Verification(
            world: world, docker: docker, site: site, layout: layout, images: try await imageTags(),
            server: try await serverProfile(),
            certificateRefusal: certificateRefusal.map { "\($0.what): \($0.because)" }, recovery: recovery,
            twoServers: try await twoServers())
    }

    private func twoServers() async throws -> TwoServers? {
        guard try Pair(deployment: self).record() != nil else { return nil }
        return try await PairReport.read(self).twoServers
    }
}
