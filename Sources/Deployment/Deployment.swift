public import Blueprint
public import Engine
public import Machine
public import Site
import Standby

/// One site on this computer: what is wanted, where it lies, and the doors to reach it.
public struct Deployment: Sendable {
    /// The doors to everything outside this program.
    public let world: World
    /// What is wanted.
    public let site: Site
    /// Where it lies.
    public let layout: Layout
    /// The Docker that the stack runs in.
    public let docker: Docker
    /// What `up` was asked besides the site.
    public var options: Options
    /// The names of the images, worked out once.
    let images = ImagePlanCache()
    /// What the sources say of themselves, read once.
    let sources = SourceFactsCache()
    /// The newest commits of the sources, asked for once.
    let newest = NewestCommits()

    /// What `up` was asked besides the site.
    public struct Options: Sendable, Equatable {
        /// Overwrite files and services that somebody changed by hand.
        public var force: Bool
        /// Let this computer's programs and browsers trust the local authority.
        public var trust: Bool
        /// How long the stack may take to get healthy.
        public var patience: Duration
        /// Whether the newest commits of the sources are wanted: what is known of them is kept apart until they run healthy.
        public var isUpdate: Bool

        /// By default changes made by hand stay, nothing new is trusted, and patience is four minutes.
        public init(
            force: Bool = false, trust: Bool = false, patience: Duration = .seconds(240), isUpdate: Bool = false
        ) {
            self.force = force
            self.trust = trust
            self.patience = patience
            self.isUpdate = isUpdate
        }
    }

    /// Docker is reached through the world's commands.
    public init(world: World, site: Site, layout: Layout, options: Options = Options()) {
        self.world = world
        self.site = site
        self.layout = layout
        self.options = options
        docker = Docker(commands: world.commands)
    }

    /// The Docker stack's name.
    public var stack: String { site.name }

    /// The labels that mark everything in Docker that is this site's: two sites of one name in different folders are two sites.
    var labels: [String] { StackPlan.labels(of: site, at: layout) }

    /// The same as words of a `docker run`.
    var labelWords: [String] { labels.flatMap { ["--label", $0] } }

    /// The same as words of a `docker … ls`.
    var filterWords: [String] { labels.flatMap { ["--filter", "label=\($0)"] } }

    /// Who owns the sources and runs the application: the person, or `ubuntu`'s number where root works for itself.
    public var owner: Owner {
        world.person.user == 0
            ? Owner(user: 1000, group: 1000) : Owner(user: world.person.user, group: world.person.group)
    }

    /// The log of one step of this run.
    func log(_ name: String) -> String { "\(layout.logs)/\(name).log" }

    /// What is known of the sources: of those that were asked for, or of an update that has not got healthy yet.
    var records: String { options.isUpdate ? layout.next : layout.sources }

    /// The steps of `up`, in their order.
    func steps() -> [any Step] {
        // Which images are needed follows from the sources: a new commit may ask for another Node.
        let images: [any Step] = [ImagesStep(deployment: self), SecretsStep(deployment: self)]
        let sources: [any Step] = [SourcesStep(deployment: self)]
        // What only the one that leads does: a follower's database takes no writes, and its certificate is the other's.
        let follows = (try? follows) ?? false
        let wasPair = (try? Pair(deployment: self).record()) != nil
        let pair: [any Step] =
            site.hosts.isPair
            ? [PairStep(deployment: self)] : wasPair ? [PairEndStep(deployment: self)] : []
        let before: [any Step] =
            [ComputerStep(deployment: self), PackagesStep(deployment: self), DockerStep(deployment: self)] + pair
            + (options.isUpdate ? sources + images : images + sources) + [
                DependenciesStep(deployment: self),
                ClientStep(deployment: self), CertificatesStep(deployment: self),
            ] + (site.alerts.authority == nil ? [] : [AlertsStep(deployment: self)])
        let wires: [any Step] =
            site.hosts.isPair ? [PeerFirewallStep(deployment: self), CopyStep(deployment: self)] : []
        if follows { return before + wires + [StackStep(deployment: self)] }
        return before + wires + [StackStep(deployment: self), DatabaseStep(deployment: self)]
            + (site.backup.repository == nil ? [] : [RepositoryStep(deployment: self)])
            + (site.certificate.isPublic ? [PublicCertificateStep(deployment: self)] : [])
    }

    /// The name of each image, as it is or as it will be.
    public func imageTags() async throws -> [ImageKind: String] { try await images.plan(self).tags }

    /// The steps of `up`, ready to be planned or applied.
    public func rollout() -> Rollout {
        Rollout(
            steps: steps(), world: world, verb: options.isUpdate ? .update : .up, force: options.force,
            looksAtOnce: true)
    }
}

extension Rollout.Verb {
    /// `kopnik up`.
    public static let up = Rollout.Verb(
        apply: "kopnik up", plan: "kopnik plan", otherwise: "put it into the site file")
    /// `kopnik update`.
    public static let update = Rollout.Verb(
        apply: "kopnik update", plan: "kopnik plan", otherwise: "put it into the site file")
}
