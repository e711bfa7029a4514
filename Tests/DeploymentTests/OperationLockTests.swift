import Foundation
import Machine
import Synchronization
import TestSupport
import Testing

@testable import Deployment

@Suite(.timeLimit(.minutes(1))) struct `One operation at a time` {
    let folder = TemporaryFolder()

    @Test func `lets the keeper end first, and says so once`() async throws {
        let deployment = deployment(in: folder)
        let keeping = try #require(try deployment.lockForKeeper("renew the certificate"))
        let told = Mutex<[String]>([])
        async let taken = deployment.lock(for: "kopnik up") { what in told.withLock { $0.append(what) } }
        let isTold = try await poll(for: .seconds(20), every: .milliseconds(10)) {
            told.withLock { $0.isEmpty } ? nil : true
        }
        #expect(isTold == true)
        keeping.release()
        try await taken.release()
        #expect(told.withLock { $0 } == ["waiting until the keeper is done: renew the certificate"])
    }

    @Test func `waits for no person, and tells who holds it, what they do, and for how long`() async throws {
        let start = Date()
        let first = try await deployment(in: folder, now: { start }).lock(for: "kopnik up") { _ in }
        let failure = await #expect(throws: Failure.self) {
            try await deployment(in: folder, now: { start.addingTimeInterval(72) }).lock(for: "kopnik down") { _ in }
                .release()
        }
        #expect(failure?.what == "another operation on 'kopnik' is going on")
        #expect(
            failure?.because?.contains("anna runs 'kopnik up' (process \(ProcessInfo.processInfo.processIdentifier))")
                == true)
        #expect(failure?.because?.contains("1m1") == true)
        #expect(try deployment(in: folder).lockForKeeper("renew the certificate") == nil)
        first.release()
        try await deployment(in: folder).lock(for: "kopnik down") { _ in }.release()
    }

    @Test func `ends to wait when it is broken off`() async throws {
        let deployment = deployment(in: folder)
        let keeping = try #require(try deployment.lockForKeeper("renew the certificate"))
        let waiting = Task { try await deployment.lock(for: "kopnik up") { _ in }.release() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        keeping.release()
    }
}
