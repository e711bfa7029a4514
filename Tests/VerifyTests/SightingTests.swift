import Foundation
import Machine
import Testing

@testable import Verify

@Suite struct `Sightings of the computer` {
    @Test func `RAID 1 arrays that are active`() {
        let text = """
            Personalities : [raid1] [raid0]
            md0 : active raid1 sdb1[1] sda1[0]
                  244016128 blocks super 1.2 [2/2] [UU]
            md1 : active raid0 sdd1[1] sdc1[0]
            md2 : inactive raid1 sde1[0]
            """
        #expect(ComputerSighting.mirrors(in: text) == ["md0"])
    }

    @Test func `the card of the default route`() {
        let table = "Iface\tDestination\tGateway\neth1\t000011AC\t00000000\neth0\t00000000\t010011AC\n"
        #expect(ComputerSighting.outwardCard(in: table) == "eth0")
        #expect(ComputerSighting.outwardCard(in: "Iface\n") == nil)
    }

    @Test func `the disk that is mounted nearest above a path`() {
        let table = """
            22 1 8:1 / / rw - ext4 /dev/sda1 rw
            23 22 8:2 / /home rw - ext4 /dev/sda2 rw
            24 22 8:3 / /homes rw - ext4 /dev/sda3 rw
            25 22 8:4 / /home rw - ext4 /dev/sdb1 rw
            """
        #expect(ComputerSighting.device(of: "/home/anna", in: table) == "8:4")
        #expect(ComputerSighting.device(of: "/var", in: table) == "8:1")
    }

    @Test(arguments: [
        ("2026-04-10", "24.04"), ("2026-05-02", "26.04"), ("2027-01-01", "26.04"), ("2028-11-01", "28.04"),
    ])
    func `the latest long-term Ubuntu`(_ day: String, _ version: String) throws {
        #expect(Requirements.latestLTS(try Date("\(day)T00:00:00Z", strategy: .iso8601)) == version)
    }

    @Test func `this computer can be looked at`() {
        let seen = ComputerSighting.read(at: "/nonexistent/folder")
        #expect(seen.computer.cores > 0)
        #expect(seen.disk != nil)
    }

    @Test func `scripts and styles of this site, not of others`() {
        let page =
            #"<link rel=stylesheet href="/a.css"><link href="b.css?1"><script src="https://else/c.js"></script><script src="//else/d.js"></script><a href="/e.html">"#
        #expect(SourceFolder.local(in: page) == ["a.css", "b.css"])
    }
}
