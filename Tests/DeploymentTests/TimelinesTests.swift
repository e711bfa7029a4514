import Foundation
import Testing

@testable import Deployment

@Suite struct `The lines of the database's log` {
    /// In seconds since the beginning of this story.
    private func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_795_600_000 + seconds) }

    private func copy(_ line: Int, _ end: String, start: Double = 0) -> PgBackRestInfo.Backup {
        PgBackRestInfo.Backup(
            label: "x", type: "full", isDamaged: false, start: 1_795_600_000 + start, stop: 1_795_600_001 + start,
            databaseBytes: 1, addedBytes: 1, logEnd: LogPosition(end), line: line)
    }

    /// Line 1 ran from 0 on; at 1000 it was restored to before 500, and at 2000, after a fire, to its end.
    private var lines: Timelines {
        Timelines(lines: [
            Timelines.Line(
                number: 2, began: at(1000),
                ancestors: [Timelines.Ancestor(number: 1, end: LogPosition(value: 0x5000000))], left: at(500)),
            Timelines.Line(
                number: 3, began: at(2000),
                ancestors: [
                    Timelines.Ancestor(number: 1, end: LogPosition(value: 0x5000000)),
                    Timelines.Ancestor(number: 2, end: LogPosition(value: 0x7000000)),
                ], left: nil),
        ])
    }

    @Test func `are read as pgBackRest and Postgres write them`() throws {
        let text = """
            {".":{"type":"path"},"00000002.history":{"type":"file","size":60,"time":1795601000},"00000003.history":{"type":"file","size":90,"time":1795602000}}
            HISTORY 00000002.history
            1\t0/5000000\tbefore 2026-11-25 09:06:39.5+00


            HISTORY 00000003.history
            1\t0/5000000\tbefore 2026-11-25 09:06:39.5+00

            2\t0/7000000\tno recovery target specified

            """
        var wanted = lines
        wanted.lines[0].left = try Date("2026-11-25T09:06:40Z", strategy: .iso8601)
        #expect(Timelines(text) == wanted)
        #expect(Timelines("{}\n")?.lines.isEmpty == true)
        #expect(Timelines("ERROR: [055]") == nil)
    }

    @Test(arguments: [
        // Before it was left, all have it; line 1 is asked, for a line that goes on from another has it only up to there.
        (400.0, 1, false), (499, 1, false),
        // The branch that was left.
        (500, 1, true), (999, 1, true),
        // After the restore; the line that came after the fire has all of this one.
        (1000, nil, false), (1500, nil, false),
        // Nothing ran between the fire and the restore: what was there last.
        (1999, nil, false), (2000, nil, false), (9000, nil, false),
    ])
    func `a moment lies on the one that ran then`(seconds: Double, line: Int?, isLeft: Bool) {
        let way = lines.way(to: at(seconds))
        #expect(way.line == line)
        #expect((way.words != nil) == isLeft)
    }

    @Test func `the newest state is on the newest`() {
        #expect(lines.way(to: nil) == Timelines.Way())
        #expect(Timelines().way(to: at(1)) == Timelines.Way())
    }

    @Test func `after a second restore to the branch that was left, that one goes on`() {
        var lines = lines
        lines.lines[1] = Timelines.Line(
            number: 3, began: at(2000), ancestors: [Timelines.Ancestor(number: 1, end: LogPosition(value: 0x6000000))],
            left: at(800))
        // What line 2 wrote is what was left now.
        #expect(lines.way(to: at(1500)).line == 2 && lines.way(to: at(1500)).leftFor?.number == 3)
        #expect(lines.way(to: at(700)) == Timelines.Way(line: 1))
        #expect(lines.way(to: at(900)).leftFor?.number == 3 && lines.way(to: at(2500)).line == nil)
        #expect(lines.holds(copy(1, "0/5800000"), on: nil) && !lines.holds(copy(2, "0/5800000"), on: nil))
    }

    @Test func `a copy of a branch that was left is none for the line that goes on`() {
        #expect(lines.holds(copy(1, "0/4FFFFFF"), on: nil))
        #expect(!lines.holds(copy(1, "0/5800000"), on: nil))
        #expect(lines.holds(copy(1, "0/5800000"), on: 1))
        #expect(lines.holds(copy(2, "0/6000000"), on: nil) && !lines.holds(copy(2, "0/6000000"), on: 1))
        // Left before it even began, as Postgres writes it down.
        var early = lines
        early.lines[1].ancestors[1].end = LogPosition(value: 0x4000000)
        #expect(!early.holds(copy(1, "0/4800000"), on: 3) && early.holds(copy(1, "0/3800000"), on: 3))
        #expect(Timelines().holds(copy(1, "0/1"), on: nil))
    }

    @Test func `began no later than their first copy, whatever became of the repository's own times`() {
        var copied = lines
        for index in copied.lines.indices { copied.lines[index].began = at(90_000) }
        let known = copied.knowing([
            copy(1, "0/1", start: 10), copy(2, "0/6000000", start: 1100), copy(3, "0/8000000", start: 2100),
        ])
        #expect(known.lines.map(\.began) == [at(1100), at(2100)])
    }

    @Test func `are handed to Postgres by number, and only with a moment`() throws {
        let moment = try Date("2026-11-25T14:30:00Z", strategy: .iso8601)
        var start = DatabaseRestore.Start(copy: copy(1, "0/1"), moment: moment, way: Timelines.Way(line: 1))
        #expect(start.words == ["x", "2026-11-25 14:30:00+00", "1"])
        start.way.line = nil
        #expect(start.words == ["x", "2026-11-25 14:30:00+00"])
        start.moment = nil
        #expect(start.words == ["x"])
    }

    @Test func `places in it are compared as numbers`() throws {
        #expect(try #require(LogPosition("0/FFFFFFFF")) < (try #require(LogPosition("1/0"))))
        #expect(LogPosition(value: 0x9000000) > LogPosition(value: 0x8FFFFFF))
        #expect(LogPosition("-") == nil && LogPosition("0/123456789") == nil)
    }
}
