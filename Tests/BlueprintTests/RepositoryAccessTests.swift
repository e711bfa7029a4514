import Blueprint
import Machine
import Site
import TestSupport
import Testing

@Suite struct `The way to the repository of backups` {
    private func site(_ place: String) throws -> Site {
        try SiteFile.read(text: "backup: {repository: \(place)}", name: "kopnik.yaml")
    }

    @Test func `is nothing where no place is named, or keys are missing`() throws {
        let access = RepositoryAccess(passphrase: "p")
        #expect(access.text(for: Site().backup) == RepositoryAccess.none)
        let sftp = try site("sftp://kopnik@nas.example.org/srv").backup
        #expect(access.text(for: sftp) == RepositoryAccess.none)
        #expect(access.missing(for: try #require(sftp.repository)).count == 2)
        let store = try site("s3://store.example.org/bucket").backup
        #expect(access.missing(for: try #require(store.repository)).count == 2)
    }

    /// What a shell makes of it: values of any kind come through whole.
    @Test func `is read by a shell as it was meant`() async throws {
        let nasty = "it's $(id) `id` \\ \"x\"\nnext line"
        let access = RepositoryAccess(
            passphrase: nasty, privateKey: nasty, knownHosts: "nas ssh-ed25519 AAAA", authority: nasty)
        let text = access.text(for: try site("sftp://kopnik@nas.example.org:2222/srv/b").backup)
        let names = [
            "PGBACKREST_REPO1_CIPHER_PASS", "KOPNIK_SSH_KEY", "KOPNIK_AUTHORITY", "RESTIC_REPOSITORY",
            "PGBACKREST_REPO1_PATH", "PGBACKREST_REPO1_SFTP_HOST_PORT",
        ]
        let output = try await LocalCommandRunner().run(
            Command(
                "sh", ["-c", text + "\n" + names.map { "printf '%s\\0' \"$\($0)\"" }.joined(separator: "\n")],
                timeLimit: .seconds(20)))
        #expect(
            output.standardOutput.split(separator: "\0", omittingEmptySubsequences: false).dropLast() == [
                nasty[...], nasty[...], nasty[...], "sftp://kopnik@nas.example.org:2222//srv/b/files",
                "/srv/b/database",
                "2222",
            ])
    }

    @Test func `names a store as both programs want it`() throws {
        let access = RepositoryAccess(passphrase: "p", keyID: "id", key: "secret")
        let text = access.text(for: try site("s3://store.example.org:9000/bucket/inner").backup)
        for line in [
            "RESTIC_REPOSITORY='s3:https://store.example.org:9000/bucket/inner/files'",
            "PGBACKREST_REPO1_S3_ENDPOINT='store.example.org'", "PGBACKREST_REPO1_STORAGE_PORT='9000'",
            "PGBACKREST_REPO1_S3_BUCKET='bucket'", "PGBACKREST_REPO1_PATH='/inner/database'",
            "PGBACKREST_REPO1_RETENTION_FULL='30'", "AWS_SECRET_ACCESS_KEY='secret'",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }
}
