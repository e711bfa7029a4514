import Foundation
import Testing

@testable import Verify

@Suite struct `Row Z1` {
    let now = Date(timeIntervalSince1970: 1_795_600_000)
    private var good: Recovery {
        Recovery(
            isNamed: true, isReady: true, lastBackup: now - 3600, hasConfirmedKit: true,
            lastDrill: .init(at: now - 86400, took: 17.2, lost: 41))
    }

    private func outcome(_ change: (inout Recovery) -> Void) -> Outcome {
        var recovery = good
        change(&recovery)
        return recovery.judgement(at: now).outcome
    }

    @Test func `holds where all was proved`() {
        #expect(good.judgement(at: now).outcome == .holds)
        #expect(good.judgement(at: now).evidence.contains("18 s, at most 41 s of work lost"))
    }

    @Test func `differs where nothing is asked for, or nobody proved it`() {
        #expect(Recovery().judgement(at: now).outcome == .differs)
        #expect(outcome { $0.isReady = false } == .differs)
        #expect(outcome { $0.hasConfirmedKit = false } == .differs)
        #expect(outcome { $0.lastDrill = nil } == .differs)
        #expect(outcome { $0.lastDrill?.at = now - 10 * 86400 } == .differs)
    }

    @Test func `is broken where backups are not made, or do not come back`() {
        #expect(outcome { $0.lastBackup = nil } == .broken)
        #expect(outcome { $0.lastBackup = now - 2 * 86400 } == .broken)
        #expect(outcome { $0.drillFailure = "the database could not be restored" } == .broken)
    }
}
