import Blueprint
import Engine
import Foundation
import Site

/// Where a probe stands when it looks.
enum Place: String, Sendable, CaseIterable {
    /// Docker's own account of services, networks and containers.
    case docker
    /// Inside the container of Postgres.
    case database
    /// Inside the container of kp-server.
    case nodejs
    /// This computer's own network, as everybody else sees the site.
    case outside
    /// The computer itself.
    case computer
    /// The doors of the server itself, where `kopnik host` set it up.
    case host
    /// The folders with the sources.
    case sources
    /// The mail servers and the DNS of the world; looked at where letters are sent.
    case world

    /// In words, for progress.
    var words: String {
        switch self {
        case .docker: "asking Docker"
        case .database: "asking Postgres"
        case .nodejs: "looking from inside nodejs"
        case .outside: "looking from outside"
        case .computer: "looking at the computer"
        case .host: "logging in by SSH and SFTP"
        case .sources: "looking at the sources"
        case .world: "trying the way of letters"
        }
    }
}

/// One row of the specification: where to look for it, and how to judge what is seen there.
struct Requirement: Sendable {
    var number: String
    var title: String
    /// Services without which it cannot hold.
    var services: [ServiceKind] = []
    var places: Set<Place> = []
    var judge: @Sendable (Sightings) -> Judgement

    init(
        _ number: String, _ title: String, services: [ServiceKind] = [], at places: Set<Place> = [],
        judge: @escaping @Sendable (Sightings) -> Judgement
    ) {
        self.number = number
        self.title = title
        self.services = services
        self.places = services.isEmpty ? places : places.union([.docker])
        self.judge = judge
    }

    /// Judges: a service that is missing says more than what its absence broke.
    func result(_ sightings: Sightings) -> RequirementResult {
        let judgement = missingService(sightings) ?? pause(sightings) ?? judge(sightings)
        let seconds = places.compactMap { sightings.seconds[$0] }.max() ?? 0
        return RequirementResult(
            number: number, title: title, outcome: judgement.outcome, evidence: judgement.evidence,
            because: judgement.because,
            fix: judgement.fix, seconds: seconds)
    }

    /// What visitors cannot see now cannot be proved now.
    private func pause(_ sightings: Sightings) -> Judgement? {
        guard sightings.isInMaintenance, places.contains(.outside) else { return nil }
        return .differs(
            "not looked at: visitors are shown the page of maintenance", because: "kopnik maintenance off, then again")
    }

    private func missingService(_ sightings: Sightings) -> Judgement? {
        guard !services.isEmpty else { return nil }
        switch sightings.stack {
        case .unseen(let judgement): return judgement
        case .seen(let stack):
            guard let missing = services.first(where: { stack.container($0) == nil }) else { return nil }
            return .broken(
                "the service '\(missing.rawValue)' does not run",
                because: stack.services.contains { $0.name == missing.rawValue }
                    ? "Docker has no running container of it" : "Docker has no service of that name")
        }
    }
}

/// Everything that was seen, by place.
struct Sightings: Sendable {
    var site: Site
    /// What is known of this kp-server.
    var server: ServerProfile
    /// Why no public authority issued a certificate when it was last asked.
    var certificateRefusal: String?
    /// What there is against fire.
    var recovery = Recovery()
    /// How two servers stand; `nil`: there is one.
    var twoServers: TwoServers?
    /// Whether visitors are shown the page of maintenance.
    var isInMaintenance = false
    var now: Date
    var stack: Sight<StackSighting>
    var database: Sight<DatabaseState>
    var inside: Sight<InsideSighting>
    var outside: Sight<OutsideSighting>
    /// What becomes of strangers' letters in networks that are not the stack's; looked at with `outside`.
    var foreignLetters: Sight<[ForeignLetter]>
    var computer: Sight<ComputerSighting>
    var sources: Sight<SourcesSighting>
    var world: Sight<MailSighting>
    /// `nil` on a computer that is no server of ours.
    var host: Sight<HostSighting?> = .seen(nil)
    /// How long each look took.
    var seconds: [Place: Double] = [:]
}
