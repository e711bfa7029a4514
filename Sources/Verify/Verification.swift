public import Blueprint
public import Engine
import Foundation
public import Machine
public import Site

/// Proves every requirement against the running copy, by its number.
public struct Verification: Sendable {
    let world: World
    let docker: Docker
    let site: Site
    let layout: Layout
    let images: [ImageKind: String]
    /// What is known of this kp-server.
    let server: ServerProfile
    /// Why no public authority issued a certificate when it was last asked.
    let certificateRefusal: String?
    /// What there is against fire.
    let recovery: Recovery
    /// How two servers stand; `nil`: there is one.
    let twoServers: TwoServers?
    /// Looks at the computer; tests put their own in.
    var readComputer: @Sendable (Layout) -> ComputerSighting = { ComputerSighting.read(at: $0.prefix) }

    /// What is asked below /api, from outside and inside. The second is one that the file server does not have.
    static let paths = ["/api", "/api/version", "/api/kopnik-verify"]

    /// - Parameters:
    ///   - images: the name of each image; Crossbar's is the one that looks at the site from outside.
    ///   - server: what is known of this kp-server.
    ///   - certificateRefusal: why no public authority issued a certificate when it was last asked.
    ///   - recovery: what there is against fire.
    ///   - twoServers: how two servers stand; `nil`: there is one.
    public init(
        world: World, docker: Docker, site: Site, layout: Layout, images: [ImageKind: String],
        server: ServerProfile = .plain, certificateRefusal: String? = nil, recovery: Recovery = Recovery(),
        twoServers: TwoServers? = nil
    ) {
        self.world = world
        self.docker = docker
        self.site = site
        self.layout = layout
        self.images = images
        self.server = server
        self.certificateRefusal = certificateRefusal
        self.recovery = recovery
        self.twoServers = twoServers
    }

    /// The numbers there are, in their order.
    public static var numbers: [String] { Requirements.all.map(\.number) }

    /// Those of a server that follows: its site is switched off.
    public static var ofStandby: Set<String> { Set(Requirements.standby.map(\.number)) }

    /// Looks, and judges.
    /// - Parameters:
    ///   - only: the numbers to look at, such as `["G3", "W2"]`; all where it is `nil`.
    ///   - progress: is told what is being looked at.
    public func run(
        only: Set<String>? = nil, progress: @escaping @Sendable (String) async -> Void = { _ in }
    ) async -> VerificationReport {
        let start = ContinuousClock.now
        let rows = Requirements.all.filter { only?.contains($0.number) ?? true }
        let sightings = await look(rows.reduce(into: Set<Place>()) { $0.formUnion($1.places) }, progress)
        return VerificationReport(
            site: site.name, results: rows.map { $0.result(sightings).redacted(by: world.redaction) },
            seconds: Self.seconds(ContinuousClock.now - start))
    }

    static func seconds(_ duration: Duration) -> Double { Double(duration / .milliseconds(1)) / 1000 }
}

extension RequirementResult {
    fileprivate func redacted(by redaction: Redaction) -> RequirementResult {
        var result = self
        result.evidence = redaction.apply(to: evidence).printable
        result.because = because.map { redaction.apply(to: $0).printable }
        return result
    }
}

extension String {
    /// Without control characters: what other programs said must not steer the terminal it is shown in.
    fileprivate var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
