import Foundation
import Standby
import Testing

@Suite struct `The gate` {
    private func record(_ role: HostRecord.Role, epoch: Int = 2, bond: Bond = .together, forced: String? = nil)
        -> HostRecord
    {
        HostRecord(name: .main, role: role, epoch: epoch, bond: bond, since: .distantPast, forcedBoot: forced)
    }

    private func isGranted(_ record: HostRecord?, _ answer: PeerAnswer) -> Bool {
        if case .grant = Gate.decide(record, answer, boot: "b") { true } else { false }
    }

    @Test func `opens for a site of one host, whatever`() {
        #expect(isGranted(nil, .none) && isGranted(nil, .silent))
    }

    @Test func `opens for a standby, whoever leads and whether anybody answers`() {
        for answer in [.silent, .epoch(9, isPrimary: true), .epoch(1, isPrimary: false)] as [PeerAnswer] {
            #expect(isGranted(record(.standby), answer))
        }
    }

    @Test func `opens for the primary where the other one follows in the same epoch or an older one`() {
        #expect(isGranted(record(.primary), .epoch(2, isPrimary: false)))
        #expect(isGranted(record(.primary), .epoch(1, isPrimary: false)))
        #expect(isGranted(record(.primary), .epoch(1, isPrimary: true)))
    }

    @Test(arguments: [PeerAnswer.epoch(3, isPrimary: true), .epoch(3, isPrimary: false), .epoch(2, isPrimary: true)])
    func `fences a former primary where the other is in a higher epoch, or leads in the same`(answer: PeerAnswer) {
        guard case .fence(let epoch, let words) = Gate.decide(record(.primary), answer, boot: "b") else {
            Issue.record("it opened")
            return
        }
        #expect(epoch >= 2 && words.contains("kopnik rejoin"))
    }

    @Test
    func `stays shut where nobody answers and the other may have taken over, until a person decides for this boot`() {
        for bond in [Bond.together, .lost, .degraded] {
            #expect(!isGranted(record(.primary, bond: bond), .silent))
            #expect(isGranted(record(.primary, bond: bond, forced: "b"), .silent))
            #expect(!isGranted(record(.primary, bond: bond, forced: "the boot before"), .silent))
        }
        // No word of a person's is worth anything against an answer.
        #expect(!isGranted(record(.primary, forced: "b"), .epoch(3, isPrimary: true)))
    }

    @Test func `opens where nobody answers and no host has followed in this epoch`() {
        #expect(isGranted(record(.primary, bond: .unpaired), .silent))
    }

    @Test func `opens where nobody answers and the standby was told to stay where it is`() {
        var record = record(.primary, bond: .degraded)
        record.standbyIsOut = true
        #expect(isGranted(record, .silent))
        // Somebody insisted all the same.
        #expect(!isGranted(record, .epoch(3, isPrimary: true)))
    }

    @Test func `opens where nobody answers and this epoch is the last that is written beside the backups`() {
        var record = record(.primary)
        func decide(_ epochs: EpochsAnswer) -> Gate.Decision {
            Gate.decide(record, .silent, epochs: epochs, boot: "b")
        }
        guard case .wait = decide(.highest(2)) else {
            Issue.record("it opened although the other one need not have written there")
            return
        }
        record.recordedIn = "sftp://somewhere"
        guard case .grant = decide(.highest(2)) else {
            Issue.record("it did not open")
            return
        }
        // Its own epoch is not there: that says nothing.
        for epochs in [EpochsAnswer.none, .silent, .highest(1), .highest(0)] {
            guard case .wait = decide(epochs) else {
                Issue.record("it opened: \(epochs)")
                return
            }
        }
        // Whoever took over wrote it there first, whatever a person said for this boot.
        record.forcedBoot = "b"
        guard case .fence(epoch: 3, _) = decide(.highest(3)) else {
            Issue.record("it is not fenced")
            return
        }
    }

    @Test func `never opens for a fenced host`() {
        for answer in [.silent, .none, .epoch(1, isPrimary: false)] as [PeerAnswer] {
            #expect(!isGranted(record(.fenced, forced: "b"), answer))
        }
    }
}

@Suite struct `A host's record` {
    @Test func `is read back as it was written`() throws {
        let record = HostRecord(
            name: .standby, role: .primary, epoch: 4, bond: .degraded, since: Date(timeIntervalSince1970: 0),
            forcedBoot: "b")
        #expect(try JSONDecoder().decode(HostRecord.self, from: JSONEncoder().encode(record)) == record)
    }

    @Test func `is nothing where its role is a word of a later version`() {
        let text = #"{"name": "main", "role": "arbiter", "epoch": 1, "bond": "together", "since": 0}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(HostRecord.self, from: Data(text.utf8)) }
    }
}
