import Testing

@testable import Site

@Suite struct `A place for backups` {
    @Test(arguments: [
        "sftp://kopnik@nas.example.org/srv/backup", "sftp://root@10.0.0.7:2222/backup",
        "s3://s3.eu-central-1.amazonaws.com/my-bucket", "s3://minio.example.org:9000/bucket/inner/folder",
    ])
    func `is read and written back`(text: String) throws {
        #expect(try #require(BackupRepository(text)).description == text)
    }

    @Test func `is read into its parts`() throws {
        #expect(
            BackupRepository("sftp://kopnik@nas.example.org/srv/backup/")
                == .sftp(user: "kopnik", host: "nas.example.org", port: 22, path: "/srv/backup"))
        #expect(
            BackupRepository("s3://store.example.org:9000/bucket/a/b")
                == .s3(host: "store.example.org", port: 9000, bucket: "bucket", path: "/a/b"))
        #expect(
            BackupRepository("s3://store.example.org/bucket")
                == .s3(host: "store.example.org", port: 443, bucket: "bucket", path: "/"))
    }

    /// They stand in a shell's assignment, in options and in addresses.
    @Test(arguments: [
        "sftp://nas.example.org/srv", "sftp://-o@nas.example.org/srv", "sftp://a@nas.example.org",
        "sftp://a@nas.example.org/",
        "sftp://a@-nas/srv", "sftp://a@nas:0/srv", "sftp://a@nas:70000/srv", "sftp://a@nas/srv/../etc",
        "sftp://a@nas/a b",
        "sftp://a@nas/a'b", "sftp://a@nas/$(id)", "sftp://a@nas/ä", "s3://store", "s3://a@store/bucket",
        "s3://store//x",
        "/srv/backup", "file:///srv", "https://store/bucket", "sftp://a@300.1.1.1/srv", "sftp://a@1.2.3/srv", "",
    ])
    func `that is none is refused`(text: String) { #expect(BackupRepository(text) == nil) }
}
