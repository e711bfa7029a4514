import Machine
import Testing

@testable import Deployment

@Suite struct `The room for a restore` {
    private func disk(_ gigabytes: Int) -> DiskUse { DiskUse(free: gigabytes << 30, total: 100 << 30) }

    @Test func `is compared with files and database together where both lie on one disk`() throws {
        #expect(Restore.lackOfSpace(files: 4 << 30, database: 4 << 30, site: disk(10), docker: disk(10)) == nil)
        let failure = try #require(
            Restore.lackOfSpace(files: 4 << 30, database: 5 << 30, site: disk(10), docker: disk(10)))
        #expect(failure.because?.contains("take 9.0 GB and another 1.0 GB of room, and 10.0 GB are free") == true)
    }

    @Test func `is compared with each where they lie on two`() {
        #expect(Restore.lackOfSpace(files: 4 << 30, database: 5 << 30, site: disk(6), docker: disk(7)) == nil)
        let database = Restore.lackOfSpace(files: 4 << 30, database: 6 << 30, site: disk(6), docker: disk(7))
        #expect(database?.because?.hasPrefix("the database takes") == true)
        let files = Restore.lackOfSpace(files: 6 << 30, database: 1, site: disk(6), docker: disk(7))
        #expect(files?.because?.hasPrefix("the files take") == true)
    }
}
