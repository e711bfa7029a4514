import Foundation
import Machine
import Testing

@testable import Verify

@Suite struct `Sightings of the computer` {
    @Test(arguments: [
        ("2026-04-10", "24.04"), ("2026-05-02", "26.04"), ("2027-01-01", "26.04"), ("2028-11-01", "28.04"),
    ])
    func `the latest long-term Ubuntu`(_ day: String, _ version: String) throws {
        #expect(Requirements.latestLTS(try Date("\(day)T00:00:00Z", strategy: .iso8601)) == version)
    }

    @Test func `this computer can be looked at`() {
        let seen = ComputerSighting.read(at: "/nonexistent/folder")
        #expect(seen.computer.cores > 0)
        #expect(seen.storage.total != nil)
    }

    @Test func `scripts and styles of this site, not of others`() {
        let page =
            #"<link rel=stylesheet href="/a.css"><link href="b.css?1"><script src="https://else/c.js"></script><script src="//else/d.js"></script><a href="/e.html">"#
        #expect(SourceFolder.local(in: page) == ["a.css", "b.css"])
    }
}
