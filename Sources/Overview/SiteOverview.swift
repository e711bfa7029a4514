public import Foundation

/// The whole site at one moment: what the dashboard's page and `status --watch` draw. The keeper makes it; whoever may look at the site
/// may read all of it, so there is no environment, no secret and no settings file in it.
public struct SiteOverview: Codable, Sendable, Equatable {
    /// The site's name.
    public var site: String
    /// Where browsers find it.
    public var address: String
    /// Why the containers may not start on this computer; `nil` where they may.
    public var fence: String?
    public var nodes: [Node] = []
    public var services: [Service] = []
    /// Those that run or are about to, and those that failed and were not replaced yet.
    public var tasks: [ServiceTask] = []
    public var links: [Link] = []
    /// What `verify` found last; `nil` where it never ran.
    public var verification: Verification?
    public var certificate: Certificate?
    public var disk: Room?
    public var memory: Room?
    /// `nil` where the mail service could not be asked.
    public var mail: Mail?
    /// `nil`: no standby is set up.
    public var standby: Standby?
    /// `nil`: the attached files are mirrored nowhere.
    public var mirror: Mirror?
    /// `nil`: no backup is set up.
    public var backup: Backup?
    /// What a person has to look at, in words.
    public var alarms: [String] = []
    /// The newest first.
    public var events: [Event] = []

    /// A site of which nothing is known yet.
    public init(site: String, address: String) {
        self.site = site
        self.address = address
    }

    /// How something is, for a person who only glances.
    public enum Condition: String, Codable, Sendable {
        /// As it should be.
        case up
        /// On its way there.
        case coming
        /// On its way out, as it should be.
        case going
        /// Not as it should be.
        case down
        /// Switched off on purpose.
        case off
    }

    /// A computer of the swarm.
    public struct Node: Codable, Sendable, Equatable {
        public var id: String
        public var name: String
        /// `leader`, `manager` or `worker`.
        public var role: String
        /// `ready`, `down`, `disconnected` or `unknown`.
        public var state: String
        /// `active`, `pause` or `drain`.
        public var availability: String
        public var cores: Int?
        /// Bytes.
        public var memory: Int?
        /// The version of Docker there.
        public var engine: String
        /// Whether tasks may be put there.
        public var condition: Condition

        /// Makes one from its parts.
        public init(
            id: String, name: String, role: String, state: String, availability: String, cores: Int? = nil,
            memory: Int? = nil, engine: String = ""
        ) {
            self.id = id
            self.name = name
            self.role = role
            self.state = state
            self.availability = availability
            self.cores = cores
            self.memory = memory
            self.engine = engine
            condition = state != "ready" ? .down : availability == "active" ? .up : .off
        }
    }

    /// A service of the stack.
    public struct Service: Codable, Sendable, Equatable {
        public var name: String
        /// Without the registry: `kopnik/db:710d5fe14497`.
        public var image: String
        /// How many tasks are to run.
        public var replicas: Int
        /// How many do.
        public var running: Int
        public var condition: Condition

        /// Makes one from its parts.
        public init(name: String, image: String, replicas: Int, running: Int, condition: Condition) {
            self.name = name
            self.image = image
            self.replicas = replicas
            self.running = running
            self.condition = condition
        }
    }

    /// One task of a service, and its container.
    public struct ServiceTask: Codable, Sendable, Equatable {
        public var id: String
        public var service: String
        /// Which of the service's replicas it is, from 1.
        public var slot: Int
        /// The node's id; empty before a place was found.
        public var node: String
        /// Without the registry.
        public var image: String
        /// Docker's own word: `preparing`, `running`, `failed` …
        public var state: String
        /// Since when it is so.
        public var since: Date
        /// When it was made.
        public var created: Date
        public var condition: Condition
        /// Docker's words for what went wrong.
        public var error: String?
        public var exitCode: Int?
        /// Bytes that it uses; `nil` where that is not known.
        public var memory: Int?
        /// Bytes that it may use.
        public var memoryLimit: Int?

        /// Makes one from its parts.
        public init(
            id: String, service: String, slot: Int, node: String, image: String, state: String, since: Date,
            created: Date, condition: Condition, error: String? = nil, exitCode: Int? = nil, memory: Int? = nil,
            memoryLimit: Int? = nil
        ) {
            self.id = id
            self.service = service
            self.slot = slot
            self.node = node
            self.image = image
            self.state = state
            self.since = since
            self.created = created
            self.condition = condition
            self.error = error
            self.exitCode = exitCode
            self.memory = memory
            self.memoryLimit = memoryLimit
        }
    }
}
