import Blueprint
import Foundation
public import Machine
import Site

extension Deployment {
    /// What the keeper calls itself as a holder of a lock.
    static let keeperName = "the keeper"
    /// What it does ends by itself: certbot is given four minutes, and more where it has to wait for a DNS.
    private static let longestKeeping = Duration.seconds(1800)

    /// Whether this is the keeper's own run, in its container.
    var isKeeper: Bool { world.environment["KOPNIK_HOST_PREFIX"] != nil }

    /// Who does something, as others are told.
    private var actor: String { isKeeper ? Self.keeperName : world.person.name }

    /// Takes the site's lock: one operation at a time. Where the keeper is at work by itself, it may end first.
    /// - Parameter detail: is told what is waited for.
    /// - Throws: `Failure` that says who holds it and since when.
    public func lock(for command: String, _ detail: @Sendable (String) async -> Void) async throws -> FileLock {
        try await takeLock(layout.lock, for: command, waiting: Self.longestKeeping, detail, refusal: refusal)
    }

    /// Takes a lock. While the keeper has it, it may end first; of the keeper itself nobody waits for a person.
    /// - Throws: what `refusal` makes of the holder.
    func takeLock(
        _ path: String, for command: String, waiting limit: Duration,
        _ detail: @Sendable (String) async -> Void = { _ in },
        refusal: (LockHolder?) -> Failure
    ) async throws -> FileLock {
        let deadline = ContinuousClock.now + limit
        var told: String?
        while true {
            switch try takeLock(path, for: command, by: actor) {
            case .taken(let lock): return lock
            case .held(let holder):
                guard let holder, holder.user == Self.keeperName, !isKeeper, ContinuousClock.now < deadline else {
                    throw refusal(holder)
                }
                if told != holder.command {
                    await detail("waiting until the keeper is done: \(holder.command)")
                    told = holder.command
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// The lock for the keeper itself, which never waits.
    /// - Returns: `nil` where somebody else holds it.
    public func lockForKeeper(_ change: String) throws -> FileLock? { try lockForKeeper(layout.lock, change) }

    /// The same of another lock.
    func lockForKeeper(_ path: String, _ change: String) throws -> FileLock? {
        guard case .taken(let lock) = try takeLock(path, for: change, by: Self.keeperName) else { return nil }
        return lock
    }

    private func takeLock(_ path: String, for command: String, by user: String) throws -> FileLock.Outcome {
        try FileLock.take(
            path,
            as: LockHolder(
                process: ProcessInfo.processInfo.processIdentifier, user: user, command: command, since: world.now()))
    }

    private func refusal(_ holder: LockHolder?) -> Failure {
        let who = holder.map { holder in
            let seconds = max(0, Int(world.now().timeIntervalSince(holder.since)))
            return
                "\(holder.user) runs '\(holder.command)' (process \(holder.process)) since \(ProgressLine.time(.seconds(seconds)))"
        }
        return Failure(
            "another operation on '\(site.name)' is going on", because: who ?? "it has only just begun",
            fix: "wait until it has ended, then run the same command again")
    }

    /// The steps by which the keeper keeps nginx's certificate.
    public func certificates() -> [any Step] {
        [CertificatesStep(deployment: self)]
            + (site.certificate.isPublic ? [PublicCertificateStep(deployment: self, isKeeper: true)] : [])
    }
}
