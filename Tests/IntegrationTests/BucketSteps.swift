import Foundation
import Machine
import Testing

/// A bucket that keeps versions, and keys that may not delete them (`docs/s3`): steps of `BackupTests`. FAULTS row 45.
extension BackupTests {
    private func use(_ host: BareHost, _ keyID: String) async throws {
        let kept = try await kopnik(host, "key set repository-key-id", input: keyID + "\n")
        try #require(kept.succeeded, "\(kept)")
        // It ends with 1 where Z1 does not hold, as after a drill that failed.
        let up = try await kopnik(host, "up --yes")
        try #require(up.standardError.contains("services healthy"), "\(up)")
    }

    /// All goes on but that nothing is dropped, and that is told.
    func keyThatDeletesNothing(_ host: BareHost, _ store: BackupStore) async throws {
        let usual = try await kopnik(host, "doctor").standardOutput
        #expect(usual.contains("this site's key cannot delete earlier versions"), "\(usual)")
        try await use(host, "AKIDEXAMPLE2")
        for _ in 0..<2 {
            let backup = try await kopnik(host, "backup")
            #expect(backup.succeeded && backup.standardError.contains("old backups stay"), "\(backup)")
        }
        let strict = try await kopnik(host, "doctor").standardOutput
        #expect(strict.contains("so nothing is dropped"), "\(strict)")
        try await use(host, "AKIDEXAMPLE1")
        let again = try await kopnik(host, "backup")
        #expect(again.succeeded && !again.standardError.contains("old backups stay"), "\(again)")
    }

    /// Somebody has the site's key and deletes with it whatever it can, while the server runs on. The versions of the minute before bring all of
    /// it back; what was sent meanwhile follows.
    func bucketComesBack(_ host: BareHost, _ store: BackupStore) async throws {
        let moment = try await Self.second(host)
        try await attack(store)
        let gone = try await kopnik(host, "drill")
        #expect(gone.exitCode == 1, "\(gone)")
        let refused = try await kopnik(host, "backup bucket --as-of '\(moment)'")
        #expect(
            refused.exitCode == 1 && refused.standardError.contains("may not read what the bucket has kept"),
            "\(refused)")
        try await use(host, "AKIDEXAMPLE3")
        let early = try await kopnik(host, "backup bucket --as-of '2020-01-01 00:00'")
        #expect(early.exitCode == 1 && early.standardError.contains("no version from before"), "\(early)")
        let back = try await kopnik(host, "backup bucket --as-of '\(moment)'")
        try #require(back.succeeded, "\(back)")
        #expect(back.standardError.contains("brought back"), "\(back)")
        for line in back.standardError.split(whereSeparator: \.isNewline) where line.contains("brought back") {
            print(line.trimmed)
        }
        try await use(host, "AKIDEXAMPLE1")
        let backup = try await kopnik(host, "backup")
        #expect(backup.succeeded, "\(backup)")
        #expect(try await kopnik(host, "recovery-kit").succeeded)
        let drill = try await kopnik(host, "drill")
        #expect(drill.succeeded, "\(drill)")
    }

    /// Deletes what the site's key may delete: all of it, and none of it for good.
    func attack(_ store: BackupStore) async throws {
        let attack = try await store.attack(keyID: "AKIDEXAMPLE1")
        print(
            "of \(attack.files) files \(attack.spoiled) were spoiled and \(attack.deleted) deleted, \(attack.gone) for good"
        )
        #expect(attack.files > 20 && attack.deleted == attack.files && attack.spoiled > 5, "\(attack)")
        #expect(attack.gone == 0 && attack.refused == attack.files, "\(attack)")
    }

    /// A second that is over when this returns.
    private static func second(_ host: BareHost) async throws -> String {
        try await host.shell("date -u '+%F %T'; now=$(date +%s); until [ $(date +%s) -gt $now ]; do sleep 0.1; done")
            .text
    }

    /// The same computer once more, empty but for its images.
    func burn(_ host: BareHost) async throws {
        let burned = try await host.shell(
            "docker stack rm kopnik >/dev/null; until [ -z \"$(docker ps -aq)\" ]; do sleep 0.5; done; docker volume rm $(docker volume ls -q) >/dev/null; rm -rf \(Self.root)",
            within: .seconds(200))
        try #require(burned.succeeded, "\(burned)")
    }

    /// Somebody takes the server over, and deletes with its key whatever it can. The versions of the minute before bring all of it back.
    func ransom(_ host: BareHost, _ store: BackupStore, _ before: Acknowledged) async throws {
        let words = try await makeKit(host)
        let kit = try await host.shell("cat \(Self.folder)/recovery-kit-kopnik.txt").standardOutput
        var acknowledged = before
        acknowledged.add(try await write(host, count: 3))
        try await untilKept(host, acknowledged)
        // Nothing more is sent from here on: the next second is another one than the attack's.
        try await burn(host)
        let moment = try await Self.second(host)
        try await attack(store)
        try await host.write(kit, to: "\(Self.folder)/kit-of-the-store.txt")
        let gone = try await kopnik(host, "restore --kit kit-of-the-store.txt --yes", input: words + "\n")
        #expect(gone.exitCode == 1 && gone.standardError.contains("--bucket-as-of"), "\(gone)")
        // With a new key, for the old one is the thief's too.
        let back = try await kopnik(
            host, "restore --kit kit-of-the-store.txt --new-key --bucket-as-of '\(moment)' --yes",
            input: "\(words)\nAKIDEXAMPLE3\na secret of the store\n", within: .seconds(1500))
        try #require(back.succeeded, "\(back.standardError)\(back.standardOutput)")
        for line in (back.standardError + back.standardOutput).split(whereSeparator: \.isNewline)
        where line.contains("brought back") || line.contains("(RTO)") { print("after the ransom:", line.trimmed) }
        try await check(host, acknowledged)
        // It goes on from there, with a kit of its own.
        _ = try await makeKit(host)
        try await untilKept(host, acknowledged)
    }
}
