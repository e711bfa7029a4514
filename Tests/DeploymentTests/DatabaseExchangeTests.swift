import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

/// What is decided about another major version of Postgres before anything is touched.
@Suite struct `Another version of Postgres` {
    let folder = TemporaryFolder("Мой сайт, $x")

    /// A site that runs one version, and one that asks for another.
    private func site(running: Int, asking: Int, record: DatabaseRecord? = nil) throws -> Deployment {
        var wanted = Site.demo
        wanted.postgres.version = asking
        let deployment = deployment(in: folder, site: wanted)
        var ran = Site.demo
        ran.postgres.version = running
        try DeployedStack(
            release: SourceRelease(server: "kp-server-1", client: "kp-client-1"), site: ran.completeYAML, files: [:],
            services: ["db": "x"]
        ).write(deployment.layout, files: deployment.world.files)
        if let record {
            try deployment.world.files.write(record: record, to: DatabaseRecord.path(deployment.layout))
        }
        return deployment
    }

    private func record(kept: Int, current: Int, pending: String? = nil) -> DatabaseRecord {
        DatabaseRecord(
            kept: kept, current: current, at: Date(timeIntervalSince1970: 1_795_000_000), pending: pending,
            image: "127.0.0.1:1/kopnik/db:old", contents: DatabaseContents(""))
    }

    private func refusal(_ deployment: Deployment) -> Failure? {
        do {
            try deployment.refuseOtherPostgres()
            return nil
        } catch { return error as? Failure }
    }

    @Test func `up says what to type, both ways`() throws {
        #expect(refusal(try site(running: 17, asking: 17)) == nil)
        let newer = try #require(refusal(try site(running: 15, asking: 17)))
        #expect(newer.what == "the database is of Postgres 15, and the site file asks for 17")
        #expect(newer.fix?.contains("kopnik database upgrade") == true)
        #expect(newer.fix?.contains("postgres: {version: 15}") == true)
        let older = try #require(refusal(try site(running: 17, asking: 15)))
        #expect(older.fix?.contains("kopnik database back") == false)
        let kept = try site(running: 17, asking: 15, record: record(kept: 15, current: 17))
        #expect(refusal(kept)?.fix?.hasPrefix("kopnik database back") == true)
    }

    @Test func `an exchange that was broken off goes on before anything else is done`() throws {
        let pending = try site(running: 17, asking: 17, record: record(kept: 15, current: 17, pending: "back"))
        #expect(refusal(pending)?.fix == "kopnik database back")
    }

    @Test func `what was written since is told by table`() {
        let then = DatabaseContents(
            "rows\tkopnik\tpublic.a\t3\t10\nrows\tkopnik\tpublic.b\t2\t7\nrows\tkopnik\tpublic.c\t1\t1\nrows\tkopnik\tpublic.d\t9\t4\nsequence\tkopnik\tpublic.s\t3\tt\nnoise"
        )
        let now = DatabaseContents(
            "rows\tkopnik\tpublic.a\t5\t11\nrows\tkopnik\tpublic.b\t2\t8\nrows\tkopnik\tpublic.c\t0\t0\nrows\tdev\tpublic.new\t1\t1\nrows\tdev\tpublic.empty\t0\t0\nsequence\tkopnik\tpublic.s\t5\tt"
        )
        #expect(then.summary == "4 tables with 15 rows in all")
        #expect(then.changes(since: then).isEmpty)
        #expect(
            now.changes(since: then) == [
                "kopnik: public.a: 2 rows more", "kopnik: public.b: as many as before, but some were changed",
                "kopnik: public.c: 1 row fewer", "dev: public.new: new, 1 row", "kopnik: public.d: gone, it had 9 rows",
            ])
    }

    @Test func `a copy has to fit beside what is copied`() throws {
        var folders = DatabaseFolders("main 15\nkept 13\nbytes 1000000000\nfree 3000000000\n")
        #expect(folders.main == [15] && folders.kept == [13])
        try folders.checkSpace()
        folders.free = 1_900_000_000
        #expect(throws: Failure.self) { try folders.checkSpace() }
    }
}
