import Foundation
import Standby
import Testing

/// Whether two servers may change places, and whether the one that leads steps down.
@Suite struct SwitchoverTests {
    private func record(_ role: HostRecord.Role, epoch: Int = 4, bond: Bond = .together) -> HostRecord {
        HostRecord(name: .standby, role: role, epoch: epoch, bond: bond, since: Date(timeIntervalSince1970: 0))
    }

    private let well = SwitchoverView(answer: .epoch(4, isPrimary: true), isTogether: true)

    private func refusal(_ record: HostRecord?, _ view: SwitchoverView) -> String? {
        guard case .refused(let because, let fix) = SwitchoverJudgement.of(record, view) else { return nil }
        return "\(because)\n\(fix)"
    }

    @Test func `asks where all is well`() {
        #expect(SwitchoverJudgement.of(record(.standby), well) == .ask)
    }

    @Test func `goes on where the main server stepped down for this epoch, whatever answers now`() {
        var view = SwitchoverView(answer: .silent, isTogether: false, steppedDown: 5, missing: ["build an image"])
        for answer in [.silent, .epoch(5, isPrimary: false), .epoch(4, isPrimary: false)] as [PeerAnswer] {
            view.answer = answer
            #expect(SwitchoverJudgement.of(record(.standby), view) == .goOn)
        }
        // Its last words did not come, but it answers as one that has.
        let quiet = SwitchoverView(answer: .epoch(5, isPrimary: false), isTogether: false)
        #expect(SwitchoverJudgement.of(record(.standby), quiet) == .goOn)
        // It was made to lead again since.
        for answer in [.epoch(6, isPrimary: true), .epoch(4, isPrimary: true), .epoch(6, isPrimary: false)]
            as [PeerAnswer]
        {
            view.answer = answer
            #expect(SwitchoverJudgement.of(record(.standby), view) != .goOn)
        }
        view.answer = .silent
        // That of an earlier change of places says nothing of this one.
        view.steppedDown = 4
        #expect(refusal(record(.standby), view)?.contains("kopnik failover --plan") == true)
    }

    @Test func `is refused with what to type`() {
        #expect(refusal(nil, well)?.contains("one server") == true)
        #expect(refusal(record(.primary), well)?.contains("leads already (epoch 4)") == true)
        #expect(refusal(record(.fenced), well)?.contains("kopnik rejoin") == true)
        var view = well
        view.answer = .silent
        #expect(refusal(record(.standby), view)?.contains("kopnik failover --plan") == true)
        view.answer = .epoch(5, isPrimary: true)
        #expect(refusal(record(.standby), view)?.contains("it is in epoch 5, this one in 4") == true)
        view.answer = .epoch(4, isPrimary: false)
        #expect(refusal(record(.standby), view) != nil)
        view = well
        view.isTogether = false
        #expect(refusal(record(.standby), view)?.contains("do not wait") == true)
        view = well
        view.missing = ["build the image db"]
        #expect(refusal(record(.standby), view)?.contains("first have to build the image db") == true)
        view = well
        view.filesTrouble = "the uploaded files have not come"
        #expect(refusal(record(.standby), view)?.contains("have not come") == true)
        var own = record(.standby)
        own.isSteppingDown = true
        #expect(refusal(own, well)?.contains("stepping down itself") == true)
    }

    @Test func `the one that leads steps down only for the next epoch, and only where nothing would be lost`() {
        let near = Supervisor.Sighting.following(lag: 0)
        #expect(StepDownJudgement.of(record(.primary), wanted: nil, near) == .no)
        #expect(StepDownJudgement.of(record(.standby), wanted: 5, near) == .no)
        #expect(StepDownJudgement.of(record(.primary), wanted: 5, near) == .stepDown(epoch: 5))
        for (record, wanted, sighting) in [
            (record(.primary), 4, near), (record(.primary), 6, near),
            (record(.primary, bond: .lost), 5, near), (record(.primary, bond: .degraded), 5, near),
            (record(.primary), 5, .away), (record(.primary), 5, .silent),
        ] {
            guard case .refused(let why) = StepDownJudgement.of(record, wanted: wanted, sighting) else {
                Issue.record("stepped down: \(record) \(wanted) \(sighting)")
                continue
            }
            #expect(!why.isEmpty)
        }
    }
}
