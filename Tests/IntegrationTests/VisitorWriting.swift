import Foundation
import Machine
import Synchronization

/// A visitor who writes notes and uploads files, one after the other, and keeps outside what the application said it has, and when.
final class VisitorWriting: Sendable {
    private let said = Mutex<[(what: Acknowledged, at: Date)]>([])
    private let isOver = Mutex(false)

    /// Goes on until it is told to end; what is not acknowledged counts for nothing.
    func run(_ suite: some BackedUpSite, on host: BareHost) async throws {
        while !isOver.withLock({ $0 }) {
            let one = try await suite.writeOne(host)
            said.withLock { $0.append((one, Date())) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func end() { isOver.withLock { $0 = true } }

    /// What was acknowledged by a moment; of all by default.
    func acknowledged(until end: Date = .distantFuture) -> Acknowledged {
        said.withLock { $0 }.filter { $0.at <= end }.reduce(into: Acknowledged()) { $0.add($1.what) }
    }
}
