import Foundation
import Site
import Standby
import Testing

@Suite struct `A failover` {
    private func record(_ role: HostRecord.Role) -> HostRecord {
        HostRecord(name: .standby, role: role, epoch: 1, since: .distantPast)
    }
    @Test func `a standby that was taken out takes over with a word of the person's alone`() {
        for promise in [Promise.strict, .available] {
            let view = StandbyView(together: true, silence: 3, isBarred: true)
            guard case .mayLose(let why) = FailoverJudgement.of(record(.standby), promise, view, signs: []) else {
                Issue.record("nothing was said")
                return
            }
            #expect(why.contains("starts without asking"))
        }
    }

    private let heard = StandbyView(together: true, silence: 3)

    private func isRefused(_ judgement: FailoverJudgement) -> Bool {
        if case .refused = judgement { true } else { false }
    }
    private func isComplete(_ judgement: FailoverJudgement) -> Bool {
        if case .complete = judgement { true } else { false }
    }
    private func mayLose(_ judgement: FailoverJudgement) -> Bool {
        if case .mayLose = judgement { true } else { false }
    }

    @Test func `is refused on a host that is no standby`() {
        for host in [nil, record(.primary), record(.fenced)] {
            #expect(isRefused(.of(host, .strict, heard, signs: [])))
        }
    }

    @Test(arguments: Promise.allCases) func `is refused while the main server answers in any way, and says which`(
        promise: Promise
    ) {
        guard
            case .refused(let because, _) = FailoverJudgement.of(
                record(.standby), promise, heard, signs: ["its database answers"])
        else {
            Issue.record("it was not refused")
            return
        }
        #expect(because.contains("its database answers"))
    }

    @Test(arguments: [0, 24, 3600, 1e6], Promise.allCases)
    func `loses nothing under strict, and under available only where the main server was heard of lately`(
        silence: Double, promise: Promise
    ) {
        let judgement = FailoverJudgement.of(
            record(.standby), promise, StandbyView(together: true, silence: silence), signs: [])
        #expect(isComplete(judgement) == (promise == .strict || silence < 25))
        #expect(mayLose(judgement) != isComplete(judgement))
    }

    @Test(arguments: Promise.allCases) func `may lose something where writes did not wait, whatever is promised`(
        promise: Promise
    ) {
        for silence in [nil, 0, 3600] as [Double?] {
            #expect(mayLose(.of(record(.standby), promise, StandbyView(together: false, silence: silence), signs: [])))
        }
        #expect(mayLose(.of(record(.standby), .available, StandbyView(together: true, silence: nil), signs: [])))
    }
}
