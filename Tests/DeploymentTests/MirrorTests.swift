import Foundation
import Standby
import Testing

@testable import Deployment

/// Uploaded files of two servers.
@Suite struct MirrorTests {
    private func record(_ role: HostRecord.Role, isSteppingDown: Bool = false) -> HostRecord {
        var record = HostRecord(name: .main, role: role, epoch: 5, since: .distantPast)
        record.isSteppingDown = isSteppingDown ? true : nil
        return record
    }

    @Test func `the leader serves its epoch, the other one pulls from it, a fenced one lets it have what it left`() {
        #expect(Mirror.Part.of(record(.primary)) == .serve(epoch: 5))
        #expect(Mirror.Part.of(record(.standby)) == .pull(epoch: 5))
        #expect(Mirror.Part.of(record(.fenced)) == .offer(epoch: 5))
    }

    @Test func `one that steps down serves what it had until its database follows`() {
        #expect(Mirror.Part.of(record(.standby, isSteppingDown: true)) == .serve(epoch: 4))
    }

    @Test func `a pass is read whole or not at all`() throws {
        let pass = try #require(Mirror.Pass("3 812.55 2107"))
        #expect(pass.epoch == 3 && pass.beganSinceStart == 812.55 && pass.files == 2107)
        for broken in ["", "3 812.55", "x 812.55 2107"] {
            #expect(Mirror.Pass(broken) == nil)
        }
    }
}
