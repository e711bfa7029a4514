import Foundation
import Testing

@testable import Keeper

@Suite struct `The nightly backup` {
    private func at(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

    @Test func `is due once a day, from its time on`() throws {
        let last = try at("2026-11-24T03:30:10Z")
        #expect(!BackupKeeping.isDue("03:30", last: last, now: try at("2026-11-25T03:29:59Z")))
        #expect(BackupKeeping.isDue("03:30", last: last, now: try at("2026-11-25T03:30:00Z")))
        let done = try at("2026-11-25T03:30:05Z")
        #expect(!BackupKeeping.isDue("03:30", last: done, now: try at("2026-11-25T23:59:59Z")))
        #expect(!BackupKeeping.isDue("03:30", last: done, now: try at("2026-11-26T03:29:00Z")))
    }

    @Test func `is made late rather than not at all`() throws {
        let last = try at("2026-11-20T03:30:10Z")
        #expect(BackupKeeping.isDue("03:30", last: last, now: try at("2026-11-25T02:00:00Z")))
        #expect(BackupKeeping.isDue("23:00", last: last, now: try at("2026-11-25T02:00:00Z")))
    }

    @Test func `is not the first of all, which a person makes`() throws {
        #expect(!BackupKeeping.isDue("03:30", last: nil, now: try at("2026-11-25T04:00:00Z")))
    }
}
