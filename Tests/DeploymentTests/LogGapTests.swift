import Foundation
import Testing

@testable import Deployment

@Suite struct `Holes in the database's log` {
    /// As `pgbackrest repo-ls --output=json --recurse` lists them, one a minute.
    private func listing(_ names: [String]) throws -> LogListing {
        let entries = names.enumerated().map { index, name in
            #""\#(name.prefix(16))/\#(name)-3e79a99d5f68ca56b55e40703eb3a41b0634d696.zst":{"type":"file","size":7,"time":\#(1_795_642_168 + index * 60)}"#
        }
        let others = [
            #"".":{"type":"path"}"#, #""00000002.history":{"type":"file","time":1}"#,
            #""0000000100000000/000000010000000000000006.00000028.backup":{"type":"file","time":1}"#,
            #""0000000100000000/00000001000000000000000F.partial-3e79":{"type":"file","time":1}"#,
        ]
        return try #require(LogListing("{\((entries + others).joined(separator: ","))}"))
    }

    private func gaps(_ names: [String], from oldest: String, upTo newest: String?) throws -> [String] {
        try listing(names).gaps(from: LogSegment(oldest), upTo: newest.flatMap { LogSegment($0) }).map {
            "\($0.first) \($0.count)"
        }
    }

    private func names(_ timeline: Int, _ numbers: ClosedRange<Int>, but missing: Set<Int> = []) -> [String] {
        numbers.filter { !missing.contains($0) }.map { LogSegment(timeline: timeline, number: $0).name }
    }

    @Test func `are none in a whole one, also across the end of a file of 4 GB`() throws {
        #expect(LogSegment("0000000100000002000000FF")?.number == 767)
        #expect(LogSegment(timeline: 1, number: 768).name == "000000010000000300000000")
        #expect(LogSegment("00000001000000020000000") == nil)
        let names = names(1, 760...775)
        #expect(try gaps(names, from: names[0], upTo: names.last).isEmpty)
        #expect(LogListing("ERROR: [055]") == nil)
    }

    @Test func `are told with their first piece, their length and their time`() throws {
        let names = names(1, 4...20, but: [9, 10, 15])
        #expect(
            try gaps(names, from: names[0], upTo: names.last) == [
                "000000010000000000000009 2", "00000001000000000000000F 1",
            ])
        let gap = try #require(try listing(names).gaps(from: LogSegment(names[0]), upTo: nil).first)
        #expect(gap.until?.timeIntervalSince(try #require(gap.from)) == 60)
        #expect(gap.words.contains("2 pieces of the database's log, from 000000010000000000000009 on, are not"))
    }

    @Test func `begin with the oldest copy's first piece, and not before`() throws {
        let names = names(1, 1...20, but: [3, 8])
        #expect(try gaps(names, from: "000000010000000000000006", upTo: nil) == ["000000010000000000000008 1"])
        #expect(try gaps(names, from: "000000010000000000000008", upTo: nil) == ["000000010000000000000008 1"])
        #expect(try gaps(names, from: "000000010000000000000009", upTo: nil).isEmpty)
    }

    @Test func `are none where pieces are still on their way`() throws {
        let names = names(1, 1...20, but: [18])
        #expect(try gaps(names, from: names[0], upTo: "000000010000000000000011").isEmpty)
        #expect(try gaps(names, from: names[0], upTo: names.last) == ["000000010000000000000012 1"])
        // Nobody knows how far it has come.
        #expect(try gaps(names, from: names[0], upTo: nil).isEmpty)
    }

    @Test func `are looked for on each timeline, and where one leaves another`() throws {
        // Restored to 15; the old server went on to 20; then once more to 10.
        let whole = names(1, 5...20) + names(2, 15...30) + names(3, 10...12)
        #expect(try gaps(whole, from: whole[0], upTo: nil).isEmpty)
        #expect(
            try gaps(names(1, 5...12) + names(2, 15...30), from: whole[0], upTo: nil) == ["00000001000000000000000D 2"])
        #expect(
            try gaps(names(1, 5...20) + names(2, 15...30, but: [20]), from: whole[0], upTo: nil)
                == ["000000020000000000000014 1"])
        // The oldest copy is of the second: what is left of the first says nothing.
        #expect(try gaps(names(1, 5...6) + names(2, 15...30), from: "00000002000000000000000F", upTo: nil).isEmpty)
    }
}
