import Foundation
import Machine
import Testing

/// What a drill has to miss: steps of `BackupTests` in which a part of the repository is taken away or spoiled.
extension BackupTests {
    func drillsThatFail(_ host: BareHost) async throws {
        // Nothing younger than ten seconds is missed: it may have come after the files were kept.
        let aged = try await host.shell(
            "find \(Self.root)/etc/letsencrypt \(Self.root)/var/lib/kopnik/secrets -type f -newermt '-15 seconds'")
        try #require(aged.text.isEmpty, "\(aged)")
        try await backUp(host)
        let parts = try await host.shell(
            """
            cd \(Self.root)
            find etc/letsencrypt -type f -name '*.pem' | head -n 1
            echo var/lib/kopnik/secrets/repository-passphrase
            ls home/ubuntu/sftp/.releases/*/package.json | head -n 1
            """
        ).lines
        try #require(parts.count == 3, "\(parts)")
        // One of each is taken out of the newest copy, as if it had never been sent.
        try await repository(
            host,
            "repository restic rewrite --forget --host kopnik --tag site \(parts.map { "--exclude /site/\($0)" }.joined(separator: " ")) latest"
        )
        let without = try await kopnik(host, "drill")
        #expect(
            without.exitCode == 1 && without.standardError.contains("not all sources and keys came back"), "\(without)")
        for part in parts { #expect(without.standardError.contains(part), "\(part): \(without.standardError)") }
        let doctor = try await kopnik(host, "doctor")
        #expect(doctor.standardOutput.contains("the backups do not bring the site back"), "\(doctor.standardOutput)")

        try await backUp(host)
        // Cut off in the middle, and kept as the newest.
        try await repository(
            host,
            "repository restic dump --host kopnik --tag dump --path /kopnik.dump latest /kopnik.dump >/tmp/dump; size=$(stat -c %s /tmp/dump); head -c $((size / 2)) /tmp/dump | repository restic backup --quiet --host kopnik --tag dump --stdin --stdin-filename kopnik.dump; rm /tmp/dump"
        )
        let cut = try await kopnik(host, "drill")
        #expect(
            cut.exitCode == 1 && cut.standardError.contains("the dump of the database 'kopnik' cannot be read"),
            "\(cut)")

        try await repository(
            host,
            #"repository restic forget --quiet $(repository restic snapshots --json --host kopnik --tag dump --path /kopnik.dump | grep -o "\"short_id\":\"[0-9a-f]*" | cut -d \" -f 4)"#
        )
        let none = try await kopnik(host, "drill")
        #expect(none.exitCode == 1 && none.standardError.contains("none of the database 'kopnik' is kept"), "\(none)")

        try await backUp(host)
        let whole = try await kopnik(host, "drill")
        #expect(whole.succeeded, "\(whole)")
    }

    /// Does something to the repository behind kopnik's back, as whoever has its keys can.
    private func repository(_ host: BareHost, _ line: String) async throws {
        let done = try await host.shell("docker exec $(docker ps -q --filter name=kopnik_db) sh -euc '\(line)'")
        try #require(done.succeeded, "\(done)")
    }
}
