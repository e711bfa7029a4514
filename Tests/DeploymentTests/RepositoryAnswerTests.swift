import Foundation
import Machine
import Site
import Testing

@testable import Deployment

@Suite struct `What the repository's programs say` {
    @Test func `is read from pgBackRest's list`() throws {
        let text = """
            [{"archive":[{"id":"17-1","max":"000000010000000000000009","min":"000000010000000000000006"}],
            "backup":[{"error":false,"info":{"delta":46372866,"repository":{"delta":5648711},"size":46372866},
            "label":"20261125-212928F","timestamp":{"start":1795642168,"stop":1795642173},"type":"full"},
            {"error":true,"info":{"delta":1,"repository":{"delta":2},"size":3},
            "label":"20261125-212928F_20261126-033000D","timestamp":{"start":1795642168,"stop":1795642999},"type":"diff"}],
            "name":"kopnik","status":{"code":0,"message":"ok"}}]
            """
        let info = try #require(PgBackRestInfo(text))
        #expect(info.newestLog == "000000010000000000000009")
        #expect(info.backups.map(\.isDamaged) == [false, true])
        #expect(info.backups[0].addedBytes == 5_648_711 && info.backups[0].databaseBytes == 46_372_866)
        #expect(PgBackRestInfo("[]")?.backups.isEmpty == true)
        #expect(PgBackRestInfo("ERROR: [056]") == nil)
    }

    @Test func `is read from restic's list`() throws {
        let text = """
            [{"time":"2026-11-25T22:29:40.123456789+01:00","tree":"x","paths":["/site"],"tags":["site"],"id":"2f95e045aa",
            "short_id":"2f95e045","summary":{"total_files_processed":104,"total_bytes_processed":194560}},
            {"time":"2026-11-25T21:26:00Z","paths":["/site"],"tags":["uploads"],"id":"9c","short_id":"9c228573"}]
            """
        let list = try #require(ResticSnapshot.read(text))
        #expect(list.map(\.id) == ["9c228573", "2f95e045"])
        #expect(list[1].at == (try Date("2026-11-25T21:29:40Z", strategy: .iso8601)))
        #expect(list[1].files == 104)
        #expect(ResticSnapshot.read("null")?.isEmpty == true)
        #expect(ResticSnapshot.read("Fatal: …") == nil)
    }

    @Test func `is read from a restored database`() throws {
        let line =
            #"RESULT {"heartbeat":"2026-11-25T21:40:21.436448+00:00","lastChange":null,"tables":2,"rows":6,"bytes":46530282}"#
        let found = try #require(RestoredDatabase(line: line))
        #expect(found.reaches == (try Date("2026-11-25T21:40:21Z", strategy: .iso8601)))
        #expect(found.tables == 2 && found.rows == 6)
        #expect(RestoredDatabase(line: "restore-database: looking at it") == nil)
        #expect(RestoreLine.words("restore-database: copying the database") == "copying the database")
        #expect(
            RestoreLine.words("P01 INFO: restore file /x (24MB, 45.12%) checksum a") == "copying the database, 45.12 %")
    }

    @Test func `is read from the archiver`() throws {
        let state = try #require(LogState("34.5 2 true"))
        #expect(state.age == 34.5 && state.waiting == 2 && state.isFailing)
        #expect(LogState("- 0 false")?.age == nil)
        #expect(LogState("") == nil)
    }

    @Test(arguments: [
        ("root@nas: Permission denied (publickey,password).", "does not let this site in"),
        ("public key authentication failed: libssh2 error [-18]", "does not let this site in"),
        ("Host key verification failed.", "another computer than the one you accepted"),
        ("ssh: connect to host nas port 22: Connection refused", "does not answer"),
        (
            "Fatal: unable to open repository: unable to start the sftp session, error: error receiving version packet from server: server unexpectedly closed connection: unexpected EOF",
            "does not answer"
        ),
        ("ssh: Could not resolve hostname nas: Name or service not known", "does not answer"),
        ("Fatal: wrong password or no key found", "another passphrase"),
        (
            "panic: runtime error\n\ngoroutine 1 [running]:\ngithub.com/restic/restic/cmd/restic/main.go:172",
            "overwritten"
        ),
        ("Is there a repository at the following location?", "nothing any more"),
        ("<Code>InvalidAccessKeyId</Code>", "refuses the key"),
        ("<Code>SignatureDoesNotMatch</Code>", "refuses the key"),
        ("<Code>RequestTimeTooSkewed</Code>", "clock"),
        ("x509: certificate signed by unknown authority", "does not trust"),
        ("write: no space left on device", "no room"),
        // As pgBackRest says it of a full disk behind SFTP.
        ("unable to write '/x/backup.manifest': libssh2 error [-31]: sftp error [4] failure", "no room"),
        ("<Code>NoSuchBucket</Code>", "no such bucket"),
    ])
    func `is told to a person as what it means`(said: String, meaning: String) throws {
        let failure = RepositoryTrouble(
            output: CommandOutput(exitCode: 1, standardError: said),
            repository: BackupRepository.sftp(user: "a", host: "nas", port: 22, path: "/b")
        ).failure("it failed")
        #expect(failure.because?.contains(meaning) == true, "\(failure)")
        #expect(failure.fix != nil)
    }

    @Test func `names what a copy left behind that was broken off, where the key may not delete it`() throws {
        let said = """
            ERROR: [039]: HTTP request failed with 403 (FORBIDDEN):
                   *** Path/Query ***:
                   DELETE /bucket/site/database/backup/kopnik/20261129-111408F_20261129-111516D/backup.manifest.copy
                   <Code>AccessDenied</Code>
            """
        let failure = RepositoryTrouble(output: CommandOutput(exitCode: 39, standardError: said), repository: nil)
            .failure("x")
        #expect(
            failure.fix?.contains("site/database/backup/kopnik/20261129-111408F_20261129-111516D,") == true,
            "\(failure)")
        let other = said.replacing("/20261129-111408F_20261129-111516D/backup.manifest.copy", with: "/latest")
        #expect(
            RepositoryTrouble(output: CommandOutput(exitCode: 39, standardError: other), repository: nil).failure("x")
                .because?.contains("refuses the key") == true)
    }

    @Test func `is told in its own words where nobody knows it`() {
        let output = CommandOutput(
            exitCode: 1,
            standardError: "2026-11-25 21:24:49 P00  ERROR: [068]: archive_command must be set\nP00   INFO: end")
        #expect(
            RepositoryTrouble(output: output, repository: nil).failure("x").because == "archive_command must be set")
        let none = RepositoryTrouble(output: CommandOutput(exitCode: 78), repository: nil).failure("x")
        #expect(none.because == "the repository of backups is not set up yet")
    }

    @Test(arguments: [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 kB"), (46_372_866, "44.2 MB"), (5 << 30, "5.0 GB")])
    func `about sizes is written short`(bytes: Int, text: String) { #expect(ByteText.of(bytes) == text) }
}
