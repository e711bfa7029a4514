import Machine
import Testing

@testable import Deployment

@Suite struct `Disks and cards that are looked over` {
    private func findings(
        kind: Storage.Kind = .solid, mirror: Storage.Mirror = .whole(array: "md0", disks: 2),
        link: NetworkLink? = NetworkLink(card: "eth0", speed: .agreed(1000))
    ) -> [Finding] {
        HardwareCheck(storage: Storage(total: 250_000_000_000, kind: kind, mirror: mirror), link: link).findings
    }

    @Test func `and are a server's have nothing to tell`() {
        #expect(findings().map(\.subject) == ["Disk's kind", "RAID", "Network"])
        #expect(findings().allSatisfy { $0.level == .good && $0.because == nil && $0.fix == nil })
        #expect(findings()[1].what == "RAID 1 (md0, 2 disks)")
    }

    @Test func `and lack a disk are to be mended, with what to type`() {
        let found = findings(mirror: .degraded(array: "md127", present: 1, disks: 2, isRebuilding: false))[1]
        #expect(found.level == .problem && found.what == "RAID 1 with 1 of 2 disks (md127)")
        #expect(found.fix?.contains("mdadm /dev/md127 --add") == true)
        let rebuilt = findings(mirror: .degraded(array: "md127", present: 1, disks: 2, isRebuilding: true))[1]
        #expect(rebuilt.level == .warning && rebuilt.what.contains("being rebuilt"))
    }

    @Test func `and are less than a server's are warned of, no more`() {
        for mirror in [Storage.Mirror.none, .hidden(by: "VMware")] {
            #expect(findings(mirror: mirror)[1].level == .warning)
        }
        #expect(findings(kind: .turning)[0].level == .warning)
        for speed in [NetworkLink.Speed.agreed(10), .played(by: "VMware"), .unknown] {
            #expect(findings(link: NetworkLink(card: "eth0", speed: speed)).last?.level == .warning)
        }
        #expect(findings(link: nil).last?.level == .warning)
        #expect(findings(link: NetworkLink(card: "eth0", speed: .agreed(100))).last?.level == .good)
    }

    @Test func `and cannot be seen are said to be hidden, once and by whom`() {
        let found = findings(kind: .hidden(by: "VMware"), mirror: .hidden(by: "VMware"))
        #expect(found.map(\.subject) == ["RAID", "Network"])
        #expect(found[0].what.hasPrefix("VMware hides"))
    }
}
