import Foundation
import Machine
import Testing

/// Faults of one server of two while the other one goes on.
extension LabTests {
    private static let data = "/root/.local/share/kopnik/kopnik"
    private static let uploads = "\(data)/home/ubuntu/sftp/.uploads"

    // MARK: Files that lie on one server alone

    /// Row 32: a file whose row came to the other server, and which lies on this one's disk alone when that dies.
    /// - Returns: its name.
    func leaveFile(on leads: LabHost, notOn follows: LabHost) async throws -> String {
        let stopped = try await follows.run(["docker", "pause", "kopnik-pair-files"])
        try #require(stopped.succeeded, "\(stopped)")
        let sent = try await leads.visit("/upload", "--form", "file=@/etc/hostname")
        let name = try FollowingFiles.name(sent)
        try #require(try await text(name, on: leads) != nil)
        try #require(try await text(name, on: follows) == nil)
        return name
    }

    private func text(_ name: String, on host: LabHost) async throws -> String? {
        let said = try await host.run(["cat", "\(Self.uploads)/\(name)"])
        return said.succeeded ? said.standardOutput : nil
    }

    /// The old server is there again, and stays stopped: what it alone had is fetched.
    func comesBack(_ name: String, from old: LabHost, to leads: LabHost) async throws {
        let came = try await poll(for: .seconds(60), every: .milliseconds(500)) {
            try await text(name, on: leads) != nil ? true : nil
        }
        let log = try await leads.kopnik("logs keeper --lines 10")
        let here = try await leads.run([
            "sh", "-c",
            "cd \(Self.data)/var/lib/kopnik/pair/mirror; ls -a; cat trouble* left.json; docker logs kopnik-pair-files 2>&1 | tail -n 5",
        ])
        try #require(came == true, "\(name) did not come back: \(log) \(here)")
        #expect(try await text(name, on: leads) == text(name, on: old))
        let told = try await poll(for: .seconds(20)) {
            try await leads.kopnik("standby").standardOutput.contains("not come back") ? nil : true
        }
        #expect(told == true)
        #expect(
            try await leads.kopnik("logs keeper --lines 50").standardOutput.contains(
                "missing files came from the other"))
    }

    // MARK: The standby

    func everyFaultOfTheStandby(_ leads: LabHost, _ follows: LabHost) async throws {
        try await standbyHangs(leads, follows)
        try await standbyIsFull(leads, follows)
        try await standbyWasAwayTooLong(leads, follows)
        try await keysHaveEnded(leads, follows)
    }

    /// Writes wait until a person says that they need not, and wait again by themselves.
    private func waits(_ leads: LabHost, row: Int) async throws {
        let waits = try await leads.run([
            "timeout", "4", "kopnik", "psql", "-Atq", "-c", "INSERT INTO lost_set VALUES (\(row))",
        ])
        #expect(waits.exitCode == 124, "a write was acknowledged without the standby: \(waits)")
    }

    private func goOnAlone(_ leads: LabHost, row: Int) async throws {
        let degraded = try await poll(for: .seconds(90), every: .seconds(1)) {
            try await leads.kopnik("standby degrade --yes").succeeded ? true : nil
        }
        let said = try await leads.kopnik("standby")
        try #require(degraded == true, "\(said)")
        #expect(try await leads.psql("INSERT INTO lost_set VALUES (\(row))").succeeded)
    }

    /// Row 21: it stands still.
    func standbyHangs(_ leads: LabHost, _ follows: LabHost) async throws {
        try await follows.power("freeze")
        try await waits(leads, row: -21)
        let told = try await poll(for: .seconds(60)) {
            try await leads.kopnik("standby").standardOutput.contains("kopnik standby degrade") ? true : nil
        }
        #expect(told == true)
        let plan = try await leads.kopnik("standby degrade --plan")
        #expect(plan.exitCode == 3 && plan.standardOutput.contains("on this server alone"), "\(plan)")
        try await goOnAlone(leads, row: -22)
        try await follows.power("thaw")
        try await leads.untilTogether()
        try await areAlike(leads, follows)
    }

    /// Row 21: its disk is full. What it has not got is kept for it, and it goes on by itself when there is room.
    func standbyIsFull(_ leads: LabHost, _ follows: LabHost) async throws {
        let place = try await follows.run([
            "docker", "volume", "inspect", "--format", "{{.Mountpoint}}", "kopnik_database",
        ]).text
        try #require(place.hasPrefix("/"), "\(place)")
        // What runs there stands still, and is started anew on a disk with little room.
        func move(_ mount: String) async throws {
            let moved = try await follows.run(
                [
                    "sh", "-euc",
                    """
                    cd '\(place)'
                    container=$(docker ps --quiet --filter label=com.docker.swarm.service.name=kopnik_db)
                    docker pause $container
                    cp -a . /root/moved
                    cd /
                    \(mount)
                    cp -a /root/moved/. '\(place)'
                    rm -rf /root/moved
                    docker rm --force $container
                    """,
                ], within: .seconds(120))
            try #require(moved.succeeded, "\(moved)")
            try await leads.untilTogether()
        }
        try await move(
            "mount -t tmpfs -o size=$(($(du -sk /root/moved | cut -f1) + 24576))k,mode=$(stat -c %a /root/moved) tmpfs '\(place)'"
        )
        let big = try await leads.run([
            "timeout", "20", "kopnik", "psql", "-Atq", "-c",
            "CREATE TABLE big AS SELECT repeat(md5(n::text), 30) AS t FROM generate_series(1, 100000) AS n",
        ])
        #expect(big.exitCode == 124, "the small disk took it: \(big)")
        let isToldHere = try await poll(for: .seconds(60)) {
            try await leads.kopnik("standby").exitCode == 1 ? true : nil
        }
        #expect(isToldHere == true)
        try await goOnAlone(leads, row: -23)
        let log = try await follows.kopnik("logs db --lines 200")
        #expect(log.standardOutput.contains("No space left on device"), "\(log)")
        // Room is made.
        let room = try await follows.run(["mount", "-o", "remount,size=4g", "tmpfs", place])
        try #require(room.succeeded, "\(room)")
        try await leads.untilTogether()
        try #require(try await leads.psql("DROP TABLE big").succeeded)
        try await areAlike(leads, follows)
        try await move("umount --lazy '\(place)'; find '\(place)' -mindepth 1 -delete")
    }

    /// Row 22: what it lacks is not there any more. The main server's disk is not filled for it.
    func standbyWasAwayTooLong(_ leads: LabHost, _ follows: LabHost) async throws {
        try await leads.set("SET max_slot_wal_keep_size = '32MB'")
        try await follows.power("kill")
        try await goOnAlone(leads, row: -24)
        // More than is kept anyway (wal_keep_size).
        for _ in 1...24 {
            try #require(
                try await leads.psql(
                    "SELECT pg_logical_emit_message(false, 'x', repeat('y', 12000000)); SELECT pg_switch_wal()"
                )
                .succeeded)
        }
        try #require(try await leads.psql("CHECKPOINT").succeeded)
        let told = try await poll(for: .seconds(60)) {
            try await leads.kopnik("standby").standardOutput.contains("copied anew (on it: kopnik rejoin)") ? true : nil
        }
        let said = try await leads.kopnik("standby")
        #expect(told == true, "\(said)")
        try await follows.power("boot")
        let isToldThere = try await poll(for: .seconds(150), every: .seconds(1)) {
            try await follows.kopnik("logs keeper --lines 20").standardOutput.contains("cannot follow as it is")
                ? true : nil
        }
        #expect(isToldThere == true)
        let plan = try await follows.kopnik("rejoin --plan")
        #expect(plan.exitCode == 3 && plan.standardOutput.contains("put aside"), "\(plan)")
        try await leads.set("RESET max_slot_wal_keep_size")
        try await dieWhileCopying(follows, from: leads)
        try await follows.rejoin(behind: leads)
        try await areAlike(leads, follows)
    }

    /// Row 29: the plug is pulled while the database is copied. Nothing half is started, and what was there is there still.
    private func dieWhileCopying(_ host: LabHost, from leads: LabHost) async throws {
        let ballast = try await leads.run([
            "kopnik", "psql", "-Atq", "-c",
            "CREATE TABLE ballast AS SELECT repeat(md5(n::text), 30) AS t FROM generate_series(1, 400000) AS n",
        ])
        try #require(ballast.succeeded, "\(ballast)")
        let before = try await leads.psql("SELECT count(*) FROM lost_set").text
        async let rejoin = host.kopnik("rejoin --yes")
        let copies =
            "ls -d /var/lib/kopnik-lab/\(host.name)/root/var/lib/docker/volumes/kopnik_database/_data/17/.copy.* 2>/dev/null || true"
        let isCopying = try await poll(for: .seconds(60), every: .milliseconds(20)) {
            try await BareHost.shared.shell(copies).text.isEmpty ? nil : true
        }
        try await host.power("kill")
        _ = try await rejoin
        try #require(isCopying == true, "no copy was begun")
        try await host.power("boot")
        let answers = try await poll(for: .seconds(90), every: .seconds(1)) {
            try await host.run(["docker", "version"]).succeeded ? true : nil
        }
        try #require(answers == true)
        let now = try await host.report()
        #expect(now?.role == "standby", "\(String(describing: now))")
        #expect(try await !host.psql("INSERT INTO lost_set VALUES (-29)").succeeded)
        #expect(try await leads.psql("SELECT count(*) FROM lost_set").text == before)
        try #require(try await leads.psql("DROP TABLE ballast").succeeded)
    }

    /// Row 30: a certificate that has ended, and one of strangers.
    func keysHaveEnded(_ leads: LabHost, _ follows: LabHost) async throws {
        let folder = "\(Self.data)/var/lib/kopnik/secrets/pair"
        let pem = "\(folder)/\(follows.name).pem"
        func certificate(_ line: String) async throws {
            let made = try await follows.run([
                "sh", "-euc",
                """
                cd /root; umask 077
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=kopnik_replication -keyout bad.key -out bad.csr
                \(line)
                cat \(folder)/authority.crt bad.crt bad.key >\(pem)
                """,
            ])
            try #require(made.succeeded, "\(made)")
        }
        try await certificate(
            "openssl x509 -req -in bad.csr -CA \(folder)/authority.crt -CAkey \(folder)/authority.key -days 0 -out bad.crt"
        )
        // One that has ended is made anew.
        let plan = try await follows.kopnik("plan")
        #expect(plan.exitCode == 3 && plan.standardOutput.contains("make the keys of \(follows.name)"), "\(plan)")
        let renewed = try await follows.kopnik("up --yes")
        #expect(renewed.succeeded, "\(renewed)")
        try await leads.untilTogether()
        try await certificate(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 365 -subj /CN=kopnik_replication -keyout bad.key -out bad.crt"
        )
        // Its database is given that; whether it says that it does not follow is not the matter here.
        _ = try await follows.kopnik("up --yes --patience 60")
        for host in [leads, follows] {
            let told = try await poll(for: .seconds(120), every: .seconds(1)) {
                let said = try await host.kopnik("standby")
                return said.exitCode == 1 && said.standardOutput.contains("do not trust each other's keys")
                    ? true : nil
            }
            let said = try await host.kopnik("standby")
            #expect(told == true, "\(host.name): \(said)")
        }
        let said = try await leads.kopnik("standby").standardOutput
        #expect(said.contains("certificate"), "\(said)")
        try await goOnAlone(leads, row: -31)
        // One of strangers is replaced by what the main server hands over.
        try await leads.handOver(to: follows)
        try await leads.untilTogether()
        try await areAlike(leads, follows)
    }
}

extension LabHost {
    /// Changes a setting of the whole database server.
    fileprivate func set(_ change: String) async throws {
        for line in ["ALTER SYSTEM \(change)", "SELECT pg_reload_conf()"] {
            try #require(try await psql(line).succeeded)
        }
    }
}
