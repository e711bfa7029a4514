import Foundation
public import Machine

/// This computer as the server of the specification: what is wanted of it, and the doors to reach it.
public struct Server: Sendable {
    /// What may be chosen.
    public struct Wish: Sendable, Equatable {
        /// Who reaches this server over the network.
        public var access: Access
        /// The ports on which the site answers.
        public var sitePorts: [Int]
        /// Whether XFCE is there, to be started by hand.
        public var desktop: Bool
        /// Where nvm comes from instead of its authors' place.
        public var nvmMirror: String?
        /// Where nvm gets Node.js from instead of nodejs.org.
        public var nodeMirror: String?

        /// By default anybody may reach it: the other is said in so many words.
        public init(
            access: Access = .internet, sitePorts: [Int] = [80, 443], desktop: Bool = true, nvmMirror: String? = nil,
            nodeMirror: String? = nil
        ) {
            self.access = access
            self.sitePorts = sitePorts
            self.desktop = desktop
            self.nvmMirror = nvmMirror
            self.nodeMirror = nodeMirror
        }
    }

    /// Who reaches a server over the network; the password of `ubuntu` follows from it (O5).
    public enum Access: Sendable, Equatable {
        /// Its owner alone, as a virtual machine on their own computer: user and password are `ubuntu`.
        case owner
        /// Anybody: no password opens anything over the network, and the one there is was drawn.
        case internet
    }

    /// The user of the specification.
    static let user = "ubuntu"

    let world: World
    let wish: Wish
    let computer: Computer
    /// What all paths are below; tests alone have another than the disk's own root.
    let root: String

    /// - Parameter root: for tests, a folder instead of the disk's own root.
    public init(world: World, wish: Wish, computer: Computer = .read(), root: String = "") {
        self.world = world
        self.wish = wish
        self.computer = computer
        self.root = root
    }

    var files: Files { world.files }
    /// Where it is noted what was done to this server.
    var state: String { "\(root)/var/lib/kopnik/host" }

    func log(_ name: String) -> String { "\(root)/var/log/kopnik/host-\(name).log" }

    /// Whether the kernel belongs to an outer computer, and with it the clock (systemd's container interface).
    var isContainer: Bool { files.exists("\(root)/run/systemd/container") }

    /// The steps in their order, each after those it stands on.
    func steps() -> [any Step] {
        [
            SystemStep(server: self), SwapStep(server: self), PackagesStep(server: self), UserStep(server: self),
            PasswordStep(server: self),
        ] + [sandbox].compactMap { $0 } + [
            SecureShellStep(server: self), LocaleStep(server: self), clock, updates, logs, kernel, docker,
            FirewallStep(server: self),
        ] + (wish.desktop ? [DesktopStep(server: self)] : []) + [NodeStep(server: self)]
    }

    /// All steps together.
    /// - Parameter force: what somebody changed by hand is overwritten.
    public func rollout(force: Bool = false) -> Rollout {
        Rollout(steps: steps(), world: world, verb: .hostApply, force: force)
    }

    /// Takes the lock: one person at a time changes a server.
    /// - Throws: `Failure` that says who holds it.
    public func lock() throws -> FileLock {
        let holder = LockHolder(
            process: ProcessInfo.processInfo.processIdentifier, user: world.person.name, command: "kopnik host apply",
            since: world.now())
        switch try FileLock.take("\(state)/lock", as: holder) {
        case .taken(let lock): return lock
        case .held(let other):
            throw Failure(
                "this server is being changed already",
                because: other.map { "\($0.user) runs '\($0.command)' (process \($0.process))" }
                    ?? "another 'kopnik host apply' has only just begun",
                fix: "wait until it has ended, then run the same command again")
        }
    }
}

extension Rollout.Verb {
    /// `kopnik host apply`.
    public static let hostApply = Rollout.Verb(apply: "kopnik host apply", plan: "kopnik host plan")
}
