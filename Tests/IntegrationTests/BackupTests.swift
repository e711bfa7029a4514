import Foundation
import Machine
import Testing

/// From the first backup to a fire, in which the server and everything on it is gone: FAULTS rows 40 to 47, with a checker that knows what was
/// acknowledged and lies outside. On computers of their own.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct BackupTests: BackedUpSite {
    private let chance = Chance()
    @Test(.timeLimit(.minutes(60)))
    func `all of it comes back after a fire, from the kit and the repository alone`() async throws {
        print("seed \(chance.seed)")
        let store = BackupStore(host: BareHost(name: "\(BareHost.shared.name)-backup"))
        var kit = ""
        var words = ""
        var acknowledged = Acknowledged()
        var letters: WaitingLetters?
        do {
            try await BareHost.fresh("backup") { host in
                let address = try await store.turn("up")
                try await timed("raise") {
                    try await raise(
                        host, "sftp://root@\(address):2222\(store.disk)",
                        hook: "http://\(address):8088/\(Self.hookPath)")
                }
                try await timed("alerts on purpose") { try await tellsOnPurpose(host, store) }
                try await timed("alerts by HTTPS") { try await tellsByHTTPS(host, store) }
                try await timed("set up") { try await setUp(host, store) }
                words = try await timed("kit") { try await makeKit(host) }
                kit = try await host.shell("cat \(Self.folder)/recovery-kit-kopnik.txt").standardOutput
                acknowledged = try await timed("write and keep") {
                    let written = try await write(host, count: 12)
                    try await untilKept(host, written)
                    return written
                }
                acknowledged.add(try await timed("away") { try await away(host, store) })
                if WholeRun.isAsked { try await timed("full") { try await full(host, store) } }
                try await timed("broken off") { try await broken(host) }
                try await timed("a gap in the log") { try await logGap(host, store) }
                try await timed("looking back") { try await looksBack(host, acknowledged) }
                if WholeRun.isAsked {
                    try await timed("drills that fail") { try await drillsThatFail(host) }
                    try await timed("lost files") { try await lostFiles(host, acknowledged) }
                }
                try await timed("damaged") { try await damaged(host) }
                try await timed("one server at a time") { try await oneServerAtATime(host) }
                acknowledged.add(try await write(host, count: 8))
                // What is acknowledged reaches the repository by itself, as was seen above; it takes its minutes.
                try await timed("keep") { [acknowledged] in
                    if WholeRun.isAsked { try await untilKept(host, acknowledged) } else { try await backUp(host) }
                }
                try await timed("was told") { try await wasTold(host, store) }
                letters = try await WaitingLetters(count: 5, on: host)
                // The fire: the plug first, then everything on it.
                try await host.power("cut")
            }
            try await BareHost.fresh("ashes") { host in
                var acknowledged = acknowledged
                try await timed("restore") { [acknowledged] in try await restore(host, kit, words, acknowledged) }
                // The queue is in no backup: docs/mail.md says so, and would be wrong to promise more.
                let kept = try await letters?.found(on: host) ?? -1
                print("of 5 letters that waited in the queue \(kept) were there after the fire")
                #expect(kept == 0)
                if WholeRun.isAsked {
                    acknowledged = try await timed("to a moment") { [acknowledged] in
                        try await toMoment(host, words, acknowledged)
                    }
                }
                try await timed("to the bucket") { try await moveToStore(host, store) }
                if !WholeRun.isAsked { try await timed("a thief") { try await attack(store) } }
                if WholeRun.isAsked {
                    try await timed("a key that deletes nothing") { try await keyThatDeletesNothing(host, store) }
                    try await timed("the bucket comes back") { try await bucketComesBack(host, store) }
                    try await timed("ransom") { [acknowledged] in try await ransom(host, store, acknowledged) }
                }
            }
        } catch {
            try await store.turn("down")
            throw error
        }
        try await store.turn("down")
    }

    /// Says how long a step took: the run has to fit into its time.
    private func timed<Value>(_ step: String, _ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        let value = try await body()
        print("step '\(step)': \(ProgressLine.time(start.duration(to: .now)))")
        return value
    }

    // MARK: Before the fire

    static let hookPath = "a-secret-of-the-hook"

    private func raise(_ host: BareHost, _ repository: String, hook: String) async throws {
        try await host.write(
            "sources: {server: demo, client: demo}\nbackup:\n  repository: \(repository)\nalerts: {to: anna@example.org, hook: '\(hook)'}\n",
            to: "\(Self.folder)/kopnik.yaml")
        let up = try await kopnik(host, "up --yes")
        try #require(up.succeeded, "\(up.standardError)\(up.standardOutput)")
        #expect(up.standardError.contains("not set up yet: kopnik backup setup"))
        let early = try await kopnik(host, "backup")
        #expect(early.exitCode == 1 && early.standardError.contains("kopnik backup setup"), "\(early)")
    }

    struct Letter: Decodable { var to, subject, text: String }

    /// The alerts among the caught letters, the oldest first.
    func letters(_ host: BareHost) async throws -> [Letter] {
        struct Inbox: Decodable { var letters: [Letter] }
        let output = try await kopnik(host, "mail inbox --json")
        try #require(output.succeeded, "\(output)")
        return try JSONDecoder().decode(Inbox.self, from: Data(output.standardOutput.utf8)).letters.reversed().filter {
            $0.to.contains("anna@example.org")
        }
    }

    /// One alert on purpose, to a hook that fails and then does not; nothing of its address is told.
    private func tellsOnPurpose(_ host: BareHost, _ store: BackupStore) async throws {
        try store.answerHook(500)
        let refused = try await kopnik(host, "alerts test")
        #expect(refused.exitCode == 1 && refused.standardOutput.contains("answered 500"), "\(refused)")
        try store.answerHook(302)
        let detour = try await kopnik(host, "alerts test")
        #expect(detour.exitCode == 1 && detour.standardOutput.contains("answered 302"), "\(detour)")
        try store.answerHook(200)
        let taken = try await kopnik(host, "alerts test")
        #expect(taken.succeeded && taken.standardOutput.contains("mail to anna@example.org"), "\(taken)")
        #expect(store.posts.map(\.state) == ["test"])
        #expect(
            try await letters(host).map(\.subject)
                == Array(repeating: "[kopnik.localhost] a test alert from Kopnik", count: 3))
        let told = [refused, detour, taken].map { $0.standardOutput + $0.standardError }.joined()
        let kept = try await host.shell(
            "cat \(Self.root)/var/log/kopnik/* \(Self.root)/var/lib/kopnik/history.jsonl \(Self.root)/var/lib/kopnik/keeper/* 2>/dev/null || true; docker service inspect $(docker service ls -q)"
        )
        #expect(!(told + kept.standardOutput).contains(Self.hookPath))
    }

    /// Everything above was told once: by letter at once, by the hook, which was away meanwhile, later.
    private func wasTold(_ host: BareHost, _ store: BackupStore) async throws {
        let told = try await poll(for: .seconds(420), every: .seconds(3)) { () -> Bool? in
            store.posts.filter { $0.source == "backup" }.map(\.state).suffix(1) == ["well"] ? true : nil
        }
        let shown = try await kopnik(host, "alerts").standardOutput
        #expect(told == true, "\(store.posts) \(shown)")
        let posts = store.posts.filter { $0.state != "test" }
        #expect(Set(posts.map(\.id)).count == posts.count, "\(posts)")
        #expect(posts.filter { $0.source == "backup" }.map(\.state) == ["alarm", "well"], "\(posts)")
        #expect(posts.filter { $0.source == "gap in the log" }.map(\.state) == ["alarm"], "\(posts)")
        let subjects = try await letters(host).map(\.subject).filter { $0.contains("] backup: ") }
        #expect(subjects.count == 2 && subjects.last?.hasSuffix("good again") == true, "\(subjects)")
    }

    /// Row 44: somebody deletes a piece of the log there. It is seen, and the next copy needs nothing from before it.
    private func logGap(_ host: BareHost, _ store: BackupStore) async throws {
        let psql =
            "docker exec $(docker ps -q --filter name=kopnik_db) psql -h /run/postgresql -U postgres -d test -At -c"
        for _ in 0..<4 {
            let done = try await host.shell(
                "\(psql) 'CREATE TABLE IF NOT EXISTS pieces (n int); INSERT INTO pieces VALUES (1); SELECT pg_switch_wal()'"
            )
            try #require(done.succeeded, "\(done)")
        }
        let newest = try await host.shell("\(psql) 'SELECT pg_walfile_name(pg_current_wal_lsn())'").text
        let pieces = try await poll(for: .seconds(90), every: .seconds(1)) { () -> [String]? in
            let arrived = try await host.shell("\(psql) 'SELECT last_archived_wal FROM pg_stat_archiver'").text
            let listed = try await LocalCommandRunner().run(
                Command("find", ["\(store.disk)/database/archive", "-name", "0*.zst"], timeLimit: .seconds(20))
            ).lines.sorted { ($0 as NSString).lastPathComponent < ($1 as NSString).lastPathComponent }
            let (last, next) = (Int(arrived.suffix(8), radix: 16) ?? 0, Int(newest.suffix(8), radix: 16) ?? .max)
            return last >= next - 1 && listed.count > 5 ? listed : nil
        }
        let piece = try #require(pieces?.dropLast(2).last)
        try FileManager.default.removeItem(atPath: piece)
        let backup = try await kopnik(host, "backup")
        #expect(backup.succeeded, "\(backup)")
        let copy = try await list(host).last { $0.kind.hasPrefix("database") }
        #expect(copy?.kind == "database, full", "\(String(describing: copy))")
        let name = (piece as NSString).lastPathComponent.prefix(24)
        let doctor = try await kopnik(host, "doctor")
        #expect(
            doctor.standardOutput.contains("1 piece of the database's log, from \(name) on, is not in the repository"),
            "\(name) \(doctor.standardOutput)")
        // Once is enough.
        try await backUp(host)
        #expect(try await list(host).last { $0.kind.hasPrefix("database") }?.kind == "database, diff")
    }

    /// Makes a backup, which has to be made.
    func backUp(_ host: BareHost) async throws {
        let backup = try await kopnik(host, "backup")
        try #require(backup.succeeded, "\(backup)")
    }

    /// Rows whose files are gone: told where the site itself has lost them, and a failure of the drill where the backup has.
    private func lostFiles(_ host: BareHost, _ acknowledged: Acknowledged) async throws {
        let names = Array(acknowledged.files.keys.sorted().prefix(2))
        let uploads = "\(Self.root)/home/ubuntu/sftp/.uploads"
        try #require(
            try await host.shell("mkdir /srv/aside; mv \(uploads)/\(names[0]) \(uploads)/\(names[1]) /srv/aside")
                .succeeded)
        try await backUp(host)
        let warned = try await kopnik(host, "drill")
        #expect(warned.succeeded && names.allSatisfy { warned.standardError.contains($0) }, "\(warned)")
        // The keeper would send it within the minute: it is kept from that, from before the file is back.
        let drill = try await host.shell(
            "cd \(Self.folder); exec flock \(Self.root)/var/lib/kopnik/backup/lock sh -euc 'mv /srv/aside/\(names[1]) \(uploads); exec kopnik drill'"
        )
        #expect(drill.exitCode == 1 && drill.standardError.contains("1 of the"), "\(drill)")
        #expect(drill.standardError.contains(names[1]) && !drill.standardError.contains(names[0]), "\(drill)")
        let all = try await host.shell("cat \(Self.root)/var/lib/kopnik/backup/missing-files.txt").text
        #expect(names.allSatisfy { all.contains($0) }, "\(all)")
        try #require(try await host.shell("mv /srv/aside/* \(uploads)").succeeded)
        try await backUp(host)
    }

    /// A table that somebody dropped and a file, as they were: beside the site, which is not touched.
    private func looksBack(_ host: BareHost, _ acknowledged: Acknowledged) async throws {
        let psql =
            "docker exec $(docker ps -q --filter name=kopnik_db) psql -h /run/postgresql -U postgres -d kopnik -At -c"
        let prepared = try await host.shell(
            """
            \(psql) 'CREATE TABLE "Dear" AS SELECT generate_series(1, 777) AS n'
            \(psql) "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '1 s', 'YYYY-MM-DD HH24:MI:SS')"
            sleep 2
            \(psql) 'DROP TABLE "Dear"'
            \(psql) 'SELECT pg_walfile_name(pg_switch_wal())'
            """)
        let moment = try #require(prepared.lines.last { $0.hasPrefix("20") }, "\(prepared)")
        let piece = try #require(prepared.lines.last)
        let arrived = try await poll(for: .seconds(90), every: .seconds(1)) {
            try await host.shell("\(psql) 'SELECT last_archived_wal FROM pg_stat_archiver'").text >= piece ? true : nil
        }
        try #require(arrived == true, "\(piece)")
        let table = try await kopnik(host, "backup table dear --at '\(moment)' --into /srv/dear.csv")
        #expect(table.succeeded && table.standardOutput.contains("777 rows"), "\(table)")
        #expect(try await host.shell("head -n 2 /srv/dear.csv; wc -l </srv/dear.csv").lines == ["n", "1", "778"])
        if WholeRun.isAsked {
            let again = try await kopnik(host, "backup table dear --at '\(moment)' --into /srv/dear.csv")
            #expect(again.exitCode == 1 && again.standardError.contains("there is a file /srv/dear.csv"), "\(again)")
            // Of now there is none, and what there is is named. The copy can only be read; the site has its rows still.
            let gone = try await kopnik(host, "backup table Dear")
            #expect(gone.exitCode == 1 && gone.standardError.contains("demo_note"), "\(gone)")
            let asked = try await kopnik(host, "backup psql -At -c 'SELECT text FROM demo_note'")
            #expect(acknowledged.notes.isSubset(of: asked.lines), "\(asked)")
            let written = try await kopnik(host, "backup psql -c 'DELETE FROM demo_note'")
            #expect(written.exitCode == 1 && written.standardError.contains("read-only transaction"), "\(written)")
        }
        let (id, digest) = try #require(acknowledged.files.first)
        let file = try await kopnik(host, "backup file \(id) --into /srv")
        #expect(file.succeeded, "\(file)")
        #expect(try await host.shell("sha256sum /srv/\(id)").text.hasPrefix(digest))
        let all = try await kopnik(host, "backup file")
        #expect(acknowledged.files.keys.allSatisfy { all.standardOutput.contains($0) }, "\(all)")
        let none = try await kopnik(host, "backup file nowhere.txt")
        #expect(none.exitCode == 1 && none.standardError.contains("no file 'nowhere.txt' was kept"), "\(none)")
        let left = try await host.shell(
            "docker volume ls -q | grep look || true; docker ps -a --format '{{.Names}}' | grep look || true; ls \(Self.root)/var/lib/kopnik/backup | grep ^look- | grep -v lock || true"
        )
        #expect(left.text.isEmpty, "\(left)")
    }

    /// Row 40: commits go on, it is told, and all follows when the other computer is back.
    private func away(_ host: BareHost, _ store: BackupStore) async throws -> Acknowledged {
        try await store.turn("away")
        let backup = try await kopnik(host, "backup")
        #expect(backup.exitCode == 1 && backup.standardError.contains("does not answer"), "\(backup)")
        let during = try await write(host, count: 2)
        // A piece of the log is due each minute.
        let told = try await poll(for: .seconds(240), every: .seconds(2)) { () -> String? in
            let status = try await kopnik(host, "status").standardOutput
            return status.contains("log: the database's log does not reach the repository") ? status : nil
        }
        #expect(told != nil)
        // A letter tells of it at once; a keeper that begins anew does not write it again.
        let letter = try await poll(for: .seconds(150), every: .seconds(2)) { () -> Bool? in
            try await letters(host).contains { $0.subject.contains("] backup: ") } ? true : nil
        }
        #expect(letter == true)
        #expect(try await host.shell("docker kill $(docker ps -q --filter name=kopnik_keeper)").succeeded)
        try await store.turn("back")
        let again = try await kopnik(host, "backup")
        #expect(again.succeeded, "\(again)")
        let quiet = try await poll(for: .seconds(240), every: .seconds(2)) { () -> String? in
            let status = try await kopnik(host, "status").standardOutput
            return status.contains("does not reach") || status.contains("does not answer") ? nil : status
        }
        #expect(quiet != nil)
        return during
    }

    /// Row 41: the other computer has no room left. It is named, nothing is thinned out, and the site takes what it is given.
    private func full(_ host: BareHost, _ store: BackupStore) async throws {
        let before = try await list(host)
        try await store.turn("full")
        let backup = try await kopnik(host, "backup")
        #expect(backup.exitCode == 1 && backup.standardError.contains("has no room left"), "\(backup)")
        _ = try await write(host, count: 1)
        #expect(try await list(host).map(\.name) == before.map(\.name))
        try await store.turn("room")
        let again = try await kopnik(host, "backup")
        #expect(again.succeeded, "\(again)")
    }

    /// Row 42: killed midway it is begun anew, and never listed as good.
    private func broken(_ host: BareHost) async throws {
        let before = try await list(host).filter { $0.kind.hasPrefix("database") }.count
        let moment = chance.moment("backup", upTo: .seconds(3))
        let killed = try await host.shell(
            "cd \(Self.folder); kopnik backup >/dev/null 2>&1 & sleep \(moment / .seconds(1)); kill -KILL $! || true; wait $! || true"
        )
        #expect(killed.succeeded, "\(killed)")
        let again = try await kopnik(host, "backup")
        #expect(again.succeeded, "\(again)")
        let copies = try await list(host).filter { $0.kind.hasPrefix("database") }
        #expect(copies.count > before && copies.allSatisfy { $0.isDamaged == false })
    }

    /// Row 43: a page is not what it was written as. pgBackRest itself ends well.
    private func damaged(_ host: BareHost) async throws {
        let psql =
            "docker exec $(docker ps -q --filter name=kopnik_db) psql -h /run/postgresql -U postgres -d test -At -c"
        // Nobody writes the page again: else the checkpoint of the backup itself would put a good one in its place.
        let path = try await host.shell(
            "\(psql) 'CREATE TABLE broken WITH (autovacuum_enabled = off) AS SELECT generate_series(1, 20000) AS n' >/dev/null; \(psql) 'VACUUM (FREEZE) broken' >/dev/null; \(psql) CHECKPOINT >/dev/null; \(psql) \"SELECT pg_relation_filepath('broken')\""
        ).text
        let spoiled = try await host.shell(
            "printf spoiled | docker exec -i $(docker ps -q --filter name=kopnik_db) dd of=/var/lib/postgresql/17/main/\(path) bs=1 seek=20000 conv=notrunc status=none"
        )
        try #require(spoiled.succeeded, "\(spoiled)")
        let backup = try await kopnik(host, "backup")
        #expect(
            backup.exitCode == 1 && backup.standardError.contains("the database on this server is damaged"), "\(backup)"
        )
        #expect(try await list(host).contains { $0.isDamaged == true })
        let doctor = try await kopnik(host, "doctor")
        #expect(doctor.exitCode == 1 && doctor.standardOutput.contains("damaged"), "\(doctor.standardOutput)")
        #expect(try await host.shell("\(psql) 'DROP TABLE broken'").succeeded)
        let again = try await kopnik(host, "backup")
        #expect(again.succeeded, "\(again)")
    }

    /// Swarm starts the next task though the last one has not ended: a second server waits, whatever it is told.
    private func oneServerAtATime(_ host: BareHost) async throws {
        let second = try await host.shell(
            """
            image=$(docker ps --filter name=kopnik_db --format '{{.Image}}')
            docker run --detach --name second --volume kopnik_database:/var/lib/postgresql --volume '\(Self.root)/etc/kopnik/db:/etc/kopnik/db:ro' \
                --volume '\(Self.root)/var/lib/kopnik/secrets:/run/secrets:ro' --entrypoint start-db --user 0:0 "$image"
            """)
        try #require(second.succeeded, "\(second)")
        let waits = try await poll(for: .seconds(20)) { () -> Bool? in
            try await host.shell("docker logs second 2>&1").text.contains(
                "waiting for the server before this one to end")
                ? true : nil
        }
        let said = try await host.shell("docker logs second 2>&1; docker rm --force second").text
        #expect(waits == true, "\(said)")
    }

    // MARK: After the fire

    private func restore(_ host: BareHost, _ kit: String, _ words: String, _ acknowledged: Acknowledged) async throws {
        try await host.write(kit, to: "\(Self.folder)/kit.txt")
        let wrong = try await kopnik(host, "restore --kit kit.txt --yes", input: "babab\n")
        #expect(wrong.exitCode == 1 && wrong.standardError.contains("does not fit this recovery kit"), "\(wrong)")
        // Broken off somewhere, it goes on.
        let moment = chance.moment("restore", upTo: .seconds(90))
        let killed = try await host.run(
            [
                "sh", "-c",
                "cd \(Self.folder); echo '\(words)' >words; kopnik restore --kit kit.txt --yes <words >first 2>&1 & sleep \(moment / .seconds(1)); kill -KILL $!; wait $!; tail -n 3 first",
            ])
        print("the restore was killed after \(moment): \(killed.lines.last ?? "")")
        let back = try await kopnik(host, "restore --kit kit.txt --yes", input: words + "\n", within: .seconds(1500))
        try #require(back.succeeded, "\(back.standardError)\(back.standardOutput)")
        for line in back.lines where line.contains("(RPO)") || line.contains("(RTO)") { print(line.trimmed) }
        try await check(host, acknowledged)
        #expect(
            back.standardOutput.contains("each of the \(acknowledged.files.count) files that rows name is there"),
            "\(back.standardOutput)")
        let twice = try await kopnik(host, "restore --kit kit.txt --yes", input: words + "\n")
        #expect(twice.exitCode == 1 && twice.standardError.contains("there is a site 'kopnik' here"), "\(twice)")
        #expect(try await kopnik(host, "plan").exitCode == 0)
        // It writes there now, and the server that burned must not, should it come back.
        if WholeRun.isAsked {
            let drill = try await kopnik(host, "drill --kit kit.txt", input: words + "\n")
            #expect(drill.succeeded, "\(drill)")
        }
        let server = "\(Self.root)/var/lib/kopnik/backup/server"
        let own = try await host.shell("cat \(server)").standardOutput
        try await host.write("server-0123456789abcdef\n", to: server)
        let other = try await kopnik(host, "backup")
        #expect(
            other.exitCode == 1 && other.standardError.contains("another server took this repository over"), "\(other)")
        guard WholeRun.isAsked else { return try await host.write(own, to: server) }
        let taken = try await kopnik(host, "backup setup --yes --take-over")
        #expect(taken.succeeded, "\(taken)")
    }

    /// Somebody drops a table, and the site is brought back to the moment before; from there it goes on, on a timeline of its own.
    /// - Returns: what is there since.
    func toMoment(_ host: BareHost, _ words: String, _ before: Acknowledged) async throws -> Acknowledged {
        let psql =
            "docker exec $(docker ps -q --filter name=kopnik_db) psql -h /run/postgresql -U postgres -d kopnik -At -c"
        let made = try await write(host, count: 2)
        let prepared = try await host.shell(
            "\(psql) 'CREATE TABLE dear AS SELECT generate_series(1, 777) AS n'; \(psql) \"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '1 s', 'YYYY-MM-DD HH24:MI:SS')\"; sleep 2; \(psql) 'DROP TABLE dear'"
        )
        let moment = try #require(prepared.lines.last { $0.hasPrefix("20") }, "\(prepared)")
        let after = try await write(host, count: 2)
        let sent = try await host.shell("\(psql) 'SELECT pg_switch_wal()'; cd \(Self.folder); kopnik backup")
        try #require(sent.succeeded, "\(sent)")
        let left = try await momentOnItsOwnPiece(host)
        try await burn(host)
        let back = try await kopnik(
            host, "restore --kit kit.txt --yes --at '\(moment)'", input: words + "\n", within: .seconds(900))
        try #require(back.succeeded, "\(back.standardError)\(back.standardOutput)")
        for line in back.lines where line.contains("(RTO)") { print("to a moment:", line.trimmed) }
        #expect(try await host.shell("\(psql) 'SELECT count(*) FROM dear'").text == "777")
        var wanted = before
        wanted.add(made)
        try await check(host, wanted)
        let rows = try await host.shell("\(psql) 'SELECT text FROM demo_note'").lines
        #expect(after.notes.isDisjoint(with: rows))
        // It goes on from there: backups, the log, and whatever is brought back next.
        wanted.add(try await write(host, count: 2))
        try await untilKept(host, wanted)
        try await aroundTheFork(
            host, before: moment, left: left, leftNotes: after.notes, now: try await momentOnItsOwnPiece(host),
            notes: wanted.notes)
        return wanted
    }

    /// Another place, which speaks S3 and has an authority of its own.
    private func moveToStore(_ host: BareHost, _ store: BackupStore) async throws {
        let address = try String(contentsOfFile: "\(store.folder)/address", encoding: .utf8).trimmed
        try await host.write(
            "sources: {server: demo, client: demo}\nbackup:\n  repository: s3://\(address):9443/kopnik/site\n",
            to: "\(Self.folder)/kopnik.yaml")
        for (key, value) in [("repository-key-id", "AKIDEXAMPLE1"), ("repository-key", "a secret of the store")] {
            let kept = try await kopnik(host, "key set \(key)", input: value + "\n")
            try #require(kept.succeeded, "\(kept)")
        }
        let up = try await kopnik(host, "up --yes")
        #expect(up.standardError.contains("does not trust"), "\(up.standardError)")
        let certificate = try String(contentsOfFile: "\(store.folder)/cert.pem", encoding: .utf8)
        try await host.write(certificate, to: "/srv/authority.pem")
        try await host.write(
            "sources: {server: demo, client: demo}\nbackup:\n  repository: s3://\(address):9443/kopnik/site\n  authority: /srv/authority.pem\n",
            to: "\(Self.folder)/kopnik.yaml")
        _ = try await kopnik(host, "up --yes")
        let setup = try await kopnik(host, "backup setup --yes")
        try #require(setup.succeeded, "\(setup)")
        if WholeRun.isAsked { try await marksEpochs(host) }
        // The kit is of the other place.
        #expect(setup.standardError.contains("the recovery kit is out of date"), "\(setup.standardError)")
        #expect(try await kopnik(host, "recovery-kit").succeeded)
        guard WholeRun.isAsked else { return try await backUp(host) }
        let drill = try await kopnik(host, "drill")
        #expect(drill.succeeded, "\(drill)")
    }

    /// What two servers write beside their backups: two marks stay, however often they are left, and nothing else is taken for one.
    private func marksEpochs(_ host: BareHost) async throws {
        func epochs(_ words: String) async throws -> CommandOutput {
            try await host.shell("docker exec $(docker ps -q --filter name=kopnik_db) repository epochs \(words)")
        }
        let none = try await epochs("list")
        #expect(none.succeeded && none.text.isEmpty, "\(none)")
        for mark in ["7-main", "7-main", "8-standby"] { try #require(try await epochs("mark \(mark)").succeeded) }
        #expect(try await epochs("list").lines.sorted() == ["7-main", "8-standby"])
        #expect(try await epochs("mark ../8").exitCode == 2)
    }
}
