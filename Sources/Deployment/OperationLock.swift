import Blueprint
import Foundation
public import Machine
import Site

extension Deployment {
    /// Takes the site's lock: one operation at a time.
    /// - Throws: `Failure` that says who holds it and since when.
    public func lock(for command: String) throws -> FileLock {
        let holder = LockHolder(
            process: ProcessInfo.processInfo.processIdentifier, user: world.person.name, command: command,
            since: world.now())
        switch try FileLock.take(layout.lock, as: holder) {
        case .taken(let lock): return lock
        case .held(let other):
            let who = other.map { other in
                let seconds = max(0, Int(world.now().timeIntervalSince(other.since)))
                return
                    "\(other.user) runs '\(other.command)' (process \(other.process)) since \(ProgressLine.time(.seconds(seconds)))"
            }
            throw Failure(
                "another operation on '\(site.name)' is going on", because: who ?? "it has only just begun",
                fix: "wait until it has ended, then run the same command again")
        }
    }

    /// The steps by which the keeper keeps nginx's certificate.
    public func certificates() -> [any Step] {
        [CertificatesStep(deployment: self)]
            + (site.certificate.isPublic ? [PublicCertificateStep(deployment: self, isKeeper: true)] : [])
    }
}
