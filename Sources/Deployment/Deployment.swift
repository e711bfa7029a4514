public import Blueprint
public import Engine
public import Machine
public import Site

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

    /// What `up` was asked besides the site.
    public struct Options: Sendable, Equatable {
        /// Overwrite files and services that somebody changed by hand.
        public var force: Bool
        /// Let this computer's programs and browsers trust the local authority.
        public var trust: Bool
        /// How long the stack may take to get healthy.
        public var patience: Duration

        /// By default changes made by hand stay, nothing new is trusted, and patience is four minutes.
        public init(force: Bool = false, trust: Bool = false, patience: Duration = .seconds(240)) {
            self.force = force
            self.trust = trust
            self.patience = patience
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

    /// The steps of `up`, in their order.
    func steps() -> [any Step] {
        [
            ComputerStep(deployment: self), PackagesStep(deployment: self), DockerStep(deployment: self),
            ImagesStep(deployment: self),
            SecretsStep(deployment: self), SourcesStep(deployment: self), DependenciesStep(deployment: self),
            ClientStep(deployment: self), CertificatesStep(deployment: self), StackStep(deployment: self),
            DatabaseStep(deployment: self),
        ] + (site.certificate.isPublic ? [PublicCertificateStep(deployment: self)] : [])
    }

    /// The name of each image, as it is or as it will be.
    public func imageTags() async throws -> [ImageKind: String] { try await images.plan(self).tags }

    /// The steps of `up`, ready to be planned or applied.
    public func rollout() -> Rollout { Rollout(steps: steps(), world: world, force: options.force) }
}
