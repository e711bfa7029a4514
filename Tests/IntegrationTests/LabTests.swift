import Foundation
import Machine
import Testing

/// Two servers that `kopnik lab` makes, and faults of which a checker outside of both knows what was acknowledged.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct LabTests {
    private let chance = Chance()
    /// More than can be written before the fault.
    static let rows = 60000
    /// Rows 23, 25 and 27; KOPNIK_TEST_ROUNDS for another number, an even one: afterwards the one that is named main has to lead.
    private static let rounds =
        ProcessInfo.processInfo.environment["KOPNIK_TEST_ROUNDS"].flatMap { Int($0) } ?? (WholeRun.isAsked ? 10 : 1)

    @Test(.timeLimit(.minutes(40)))
    func `servers die in turn under writing, and neither loses what was acknowledged`() async throws {
        print("seed \(chance.seed)")
        if let part = Self.part { return try await tryAlone(part) }
        try await BareHost.shared.raise()
        do {
            try await makeLab()
            var (leads, follows) = (LabHost(name: "main"), LabHost(name: "standby"))
            try #require(try await leads.psql("CREATE TABLE lost_set (n int PRIMARY KEY)").succeeded)
            var acknowledged: Set<Int> = []
            for round in 1...Self.rounds {
                let file = round == 1 ? try await leaveFile(on: leads, notOn: follows) : nil
                acknowledged.formUnion(try await dieUnderWriting(leads, round))
                try await takeOver(follows, acknowledged, epoch: round + 1, missing: file)
                try await comeBack(leads, behind: follows, epoch: round + 1, with: file)
                (leads, follows) = (follows, leads)
            }
            try await areAlike(leads, follows)
            if WholeRun.isAsked { try await everythingElse(leads, follows) }
        } catch {
            _ = try await LabHost.lab("down", within: .seconds(120))
            throw error
        }
        try await takeDown()
    }

    /// One part alone, on a lab that a developer keeps, in which main leads (KOPNIK_TEST_LAB_PART).
    private static let part = ProcessInfo.processInfo.environment["KOPNIK_TEST_LAB_PART"]

    private func tryAlone(_ part: String) async throws {
        let (main, standby) = (LabHost(name: "main"), LabHost(name: "standby"))
        _ = try await main.psql("CREATE TABLE IF NOT EXISTS lost_set (n int PRIMARY KEY)")
        switch part {
        case "hangs": try await standbyHangs(main, standby)
        case "full": try await standbyIsFull(main, standby)
        case "away": try await standbyWasAwayTooLong(main, standby)
        case "keys": try await keysHaveEnded(main, standby)
        case "epochs": try await epochsAreWrittenDown(main, standby)
        case "available": try await availableMayLose(main, standby)
        default: try #require(Bool(false), "there is no part '\(part)'")
        }
    }

    private func everythingElse(_ first: LabHost, _ second: LabHost) async throws {
        var (leads, follows) = (first, second)
        try await freezes(leads, follows)
        (leads, follows) = (follows, leads)
        try await isToldOfWeakened(leads)
        try await everyFaultOfTheStandby(leads, follows)
        try await areShut(leads, follows)
        try await standbyIsOut(leads, follows)
        try await changePlaces(follows)
        (leads, follows) = (follows, leads)
        try await leads.untilTogether()
        try await areAlike(leads, follows)
        try await epochsAreWrittenDown(leads, follows)
        try await availableMayLose(leads, follows)
        try await goesOnAlone(leads, without: follows)
    }

    private func makeLab() async throws {
        let none = try await LabHost.lab("run", "main", "true")
        #expect(none.exitCode == 1 && none.standardError.contains("kopnik lab boot main"), "\(none)")
        let start = ContinuousClock.now
        let up = try await LabHost.lab("up", within: .seconds(900))
        try #require(up.succeeded, "\(up.standardError)\(up.standardOutput)")
        print("the lab was there after \(ProgressLine.time(start.duration(to: .now)))")
        #expect(up.standardOutput.contains("10.214.77.12  runs"), "\(up.standardOutput)")
        // Once more changes nothing, and takes no time.
        let again = try await LabHost.lab("up", within: .seconds(60))
        #expect(again.succeeded && !again.standardError.contains("Images"), "\(again)")
    }

    /// Inserts numbers one by one; what was acknowledged is written down outside of both servers.
    struct Writer {
        let first: Int
        private var path: String { "/root/acknowledged-\(first)" }

        init(_ host: LabHost, from first: Int) async throws {
            self.first = first
            let lines = (first..<first + LabTests.rows).map { "INSERT INTO lost_set VALUES (\($0)) RETURNING n;" }
            try await BareHost.shared.write(lines.joined(separator: "\n"), to: path + ".in")
            let started = try await BareHost.shared.shell(
                "setsid --fork sh -c 'echo $$ >\(path).pid; exec kopnik lab run \(host.name) kopnik psql -Atq <\(path).in >\(path) 2>/dev/null'"
            )
            try #require(started.succeeded, "\(started)")
        }

        /// Ends it, should it not have ended by what happened to its server.
        func acknowledged() async throws -> Set<Int> {
            let said = try await BareHost.shared.shell(
                "kill -KILL $(cat \(path).pid) 2>/dev/null || true; cat \(path); rm \(path) \(path).in \(path).pid")
            return Set(said.lines.compactMap { Int($0) })
        }
    }

    func untilWritten(_ host: LabHost, from first: Int) async throws {
        let goesOn = try await poll(for: .seconds(20), every: .milliseconds(20)) {
            (Int(try await host.psql("SELECT count(*) FROM lost_set WHERE n >= \(first)").text) ?? 0) > 50 ? true : nil
        }
        try #require(goesOn == true, "nothing was written")
    }

    func dieUnderWriting(_ leads: LabHost, _ round: Int) async throws -> Set<Int> {
        let first = round * 1_000_000
        let writer = try await Writer(leads, from: first)
        try await untilWritten(leads, from: first)
        let moment = chance.moment("round \(round)", upTo: .seconds(3))
        try await Task.sleep(for: moment)
        try await leads.power("kill")
        let acknowledged = try await writer.acknowledged()
        try #require(acknowledged.count > 50 && acknowledged.count < Self.rows)
        print("round \(round): \(leads.name) died after \(moment), \(acknowledged.count) rows were acknowledged")
        return acknowledged
    }

    private func takeOver(_ follows: LabHost, _ acknowledged: Set<Int>, epoch: Int, missing file: String?) async throws
    {
        let failover = try await follows.kopnik("failover --confirm kopnik")
        try #require(failover.succeeded, "\(failover.standardError)")
        #expect(failover.standardOutput.contains("epoch \(epoch)"), "\(failover.standardOutput)")
        #expect(try await follows.visit("/api/health").succeeded, "the site does not answer where it leads")
        if let file {
            let said = failover.standardOutput
            #expect(said.contains(file) && said.contains("fetched by themselves"), "\(said)")
            #expect(try await follows.kopnik("standby").standardOutput.contains("1 uploaded file has not come back"))
        }
        for line in failover.lines where line.contains("RTO") { print(line.trimmed) }
        try await has(follows, acknowledged)
    }

    func has(_ host: LabHost, _ acknowledged: Set<Int>) async throws {
        let stored = Set(try await host.psql("SELECT n FROM lost_set").lines.compactMap { Int($0) })
        let lost = acknowledged.subtracting(stored)
        #expect(lost.isEmpty, "lost: \(lost.sorted())")
        print("\(acknowledged.count) rows were acknowledged, \(lost.count) lost, \(stored.count) are on \(host.name)")
    }

    /// Row 25: it stays stopped, whatever Swarm does; then it follows.
    private func comeBack(_ host: LabHost, behind leads: LabHost, epoch: Int, with file: String?) async throws {
        try await host.power("boot")
        try await host.untilFenced()
        try await isShut(host)
        if let file { try await comesBack(file, from: host, to: leads) }
        try await host.rejoin(behind: leads)
        let now = try #require(try await host.report())
        #expect(now.role == "standby" && now.epoch == epoch, "\(now)")
    }

    /// Nobody is served there, and nothing is written.
    private func isShut(_ host: LabHost) async throws {
        let site = try await host.visit("/api/health")
        #expect(!site.succeeded, "\(host.name) serves: \(site)")
        #expect(try await !host.psql("INSERT INTO lost_set VALUES (-1)").succeeded, "\(host.name) takes writes")
    }

    /// Row 27: the same rows, one place in the log kept, on the one that leads alone, and commits wait for one name.
    func areAlike(_ leads: LabHost, _ follows: LabHost) async throws {
        let rows = "SELECT count(*), md5(string_agg(n::text, ',' ORDER BY n)) FROM lost_set"
        let same = try await poll(for: .seconds(10)) {
            try await leads.psql(rows).text == follows.psql(rows).text ? true : nil
        }
        #expect(same == true, "the two differ")
        let slots = "SELECT slot_name, active FROM pg_replication_slots"
        #expect(try await leads.psql(slots).lines == ["kopnik_peer|t"])
        let left = try await poll(for: .seconds(10)) { try await follows.psql(slots).text.isEmpty ? true : nil }
        #expect(left == true, "what was kept when it led is kept still")
        #expect(try await leads.psql("SHOW synchronous_standby_names").text == "FIRST 1 (kopnik_peer)")
        #expect(try await follows.psql("SHOW synchronous_standby_names").text.isEmpty)
        for host in [leads, follows] {
            let said = try await host.kopnik("standby")
            #expect(said.succeeded, "\(said)")
        }
    }

    /// Row 26: it hangs, nobody reaches it, and it comes to itself when another leads: nothing is acknowledged that the other has not.
    private func freezes(_ leads: LabHost, _ follows: LabHost) async throws {
        let first = 90_000_000
        let writer = try await Writer(leads, from: first)
        try await untilWritten(leads, from: first)
        // No more can be acknowledged than the other one takes.
        try await leads.power("freeze")
        try await leads.power("unplug")
        let silent = try await poll(for: .seconds(60)) {
            try await follows.kopnik("failover --plan").exitCode == 3 ? true : nil
        }
        try #require(silent == true)
        let failover = try await follows.kopnik("failover --confirm kopnik")
        try #require(failover.succeeded, "\(failover.standardError)")
        try await leads.power("plug")
        try await leads.power("thaw")
        try await leads.untilFenced()
        let acknowledged = try await writer.acknowledged()
        #expect(acknowledged.count > 50)
        try await has(follows, acknowledged)
        try await isShut(leads)
        try await leads.rejoin(behind: follows)
        try await areAlike(follows, leads)
    }

    /// Row 33: somebody has commits wait for nobody.
    private func isToldOfWeakened(_ leads: LabHost) async throws {
        try #require(try await leads.psql("ALTER DATABASE dev SET synchronous_commit = local").succeeded)
        let said = try await leads.kopnik("standby")
        #expect(said.exitCode == 1 && said.standardOutput.contains("synchronous_commit=local"), "\(said)")
        let plain = try await leads.kopnik("up --yes")
        #expect(plain.exitCode == 1 && plain.standardError.contains("synchronous_commit"), "\(plain)")
        let mended = try await leads.kopnik("up --yes --force")
        #expect(mended.succeeded, "\(mended)")
        try await leads.untilTogether()
        #expect(try await leads.kopnik("standby").succeeded)
    }

    /// The ports between the two are nobody else's, over IPv4 and IPv6, also while one of them starts.
    private func areShut(_ leads: LabHost, _ follows: LabHost) async throws {
        let third = LabHost(name: "third")
        try await third.power("boot")
        let number = follows.name == "main" ? 11 : 12
        let knocking = """
            for address in 10.214.77.\(number) fd6b:6c61:6200::\(number); do for port in 443 5432 5433; do
                if timeout 1 bash -c "exec 3<>/dev/tcp/$address/$port" 2>/dev/null; then echo "$address $port"; fi
            done; done
            """
        try await follows.power("kill")
        try await follows.power("boot")
        // From the first moment until it follows again, and once more then.
        var opened: Set<String> = []
        var isBack = false
        let back = try await poll(for: .seconds(90), every: .milliseconds(200)) { () -> Bool? in
            opened.formUnion(try await third.run(["bash", "-c", knocking]).lines)
            if isBack { return true }
            let (here, there) = try await (leads.report(), follows.report())
            isBack = here?.bond == "together" && there?.complaints.isEmpty == true
            return nil
        }
        #expect(back == true && opened.isEmpty, "\(opened)")
        // What knocks is heard where somebody is served: the one that leads.
        let other = knocking.replacing("77.\(number)", with: "77.\(23 - number)").replacing(
            "::\(number)", with: "::\(23 - number)")
        let served = try await third.run(["bash", "-c", other]).lines
        #expect(Set(served) == ["10.214.77.\(23 - number) 443", "fd6b:6c61:6200::\(23 - number) 443"], "\(served)")
        try await leads.untilTogether()
    }

    /// Somebody works on the standby: neither its coming and going nor a restart of the main server takes the site away.
    private func standbyIsOut(_ leads: LabHost, _ follows: LabHost) async throws {
        let wrong = try await follows.kopnik("standby maintenance on --yes")
        #expect(wrong.exitCode == 1 && wrong.standardError.contains("does not lead"), "\(wrong)")
        let out = try await leads.kopnik("standby maintenance on --yes")
        try #require(out.succeeded, "\(out)")
        #expect(try await leads.kopnik("standby").succeeded)
        #expect(try await follows.kopnik("standby").standardOutput.contains("is not to take over"))
        try await follows.power("kill")
        #expect(try await leads.psql("INSERT INTO lost_set VALUES (-7)").succeeded)
        try await leads.power("kill")
        try await leads.power("boot")
        let serves = try await poll(for: .seconds(90), every: .milliseconds(500)) {
            try await leads.psql("INSERT INTO lost_set VALUES (-8)").succeeded ? true : nil
        }
        let log = try await leads.kopnik("logs keeper --lines 10")
        #expect(serves == true, "\(log)")
        let again = try await leads.kopnik("standby maintenance on --yes")
        #expect(again.succeeded && again.standardOutput.contains("out already"), "\(again)")
        // It is not there: whoever wants it back in is not kept from that.
        #expect(try await leads.kopnik("standby maintenance off").succeeded)
        let absent = try await leads.kopnik("standby maintenance on --yes")
        #expect(absent.exitCode == 1 && absent.standardError.contains("cannot be told"), "\(absent)")
        try await follows.power("boot")
        try await leads.untilTogether()
        #expect(try await !follows.kopnik("standby").standardOutput.contains("is not to take over"))
    }

    /// Row 28, without load; StandbyTests measures it under load.
    private func changePlaces(_ follows: LabHost) async throws {
        let switchover = try await follows.kopnik("switchover --yes")
        try #require(switchover.succeeded, "\(switchover)")
    }

    /// The second server is given up: the site file names it no more.
    private func goesOnAlone(_ leads: LabHost, without follows: LabHost) async throws {
        let epoch = try await leads.report()?.epoch ?? 0
        for host in [leads, follows] {
            try #require(try await host.run(["sed", "-i", "/^hosts:/d; /^standby:/d", "kopnik.yaml"]).succeeded)
        }
        let other = try await follows.kopnik("up --yes")
        #expect(other.exitCode == 1 && other.standardError.contains("this server does not lead"), "\(other)")
        let up = try await leads.kopnik("up --yes")
        try #require(up.succeeded, "\(up)")
        // Nothing waits for the one that is gone, nothing is kept for it, and it has no way in.
        #expect(try await leads.psql("INSERT INTO lost_set VALUES (-9)").succeeded)
        #expect(try await leads.psql("SHOW synchronous_standby_names").text.isEmpty)
        #expect(try await leads.psql("SELECT slot_name FROM pg_replication_slots").text.isEmpty)
        let address = leads.name == "main" ? "10.214.77.11" : "10.214.77.12"
        for port in [5432, 5433] {
            let knock = try await follows.run(["timeout", "5", "bash", "-c", "exec 3<>/dev/tcp/\(address)/\(port)"])
            #expect(!knock.succeeded, "port \(port) is open still")
        }
        #expect(try await leads.kopnik("plan").exitCode == 0)
        let said = try await leads.kopnik("standby")
        #expect(said.exitCode == 1 && said.standardError.contains("this site has one server"), "\(said)")
        let left = try await leads.run([
            "sh", "-c",
            "cd /root/.local/share/kopnik/kopnik/var/lib/kopnik; ls pair secrets/pair 2>/dev/null; nft list tables 2>/dev/null | grep pair; docker ps -q --filter name=pair-files",
        ])
        #expect(left.text.isEmpty, "\(left)")
        // It outlasts the plug, too: nobody is asked any more.
        try await leads.power("kill")
        try await leads.power("boot")
        let serves = try await poll(for: .seconds(90), every: .milliseconds(500)) {
            try await leads.psql("INSERT INTO lost_set VALUES (-10)").succeeded ? true : nil
        }
        let log = try await leads.kopnik("logs keeper --lines 10")
        #expect(serves == true, "\(log)")
        try await isJoinedAgain(leads, follows, after: epoch)
    }

    /// A second one later: it begins above every epoch that was.
    private func isJoinedAgain(_ leads: LabHost, _ follows: LabHost, after epoch: Int) async throws {
        let gone = try await follows.kopnik("destroy --confirm kopnik")
        try #require(gone.succeeded, "\(gone)")
        let up = try await LabHost.lab("up", within: .seconds(600))
        try #require(up.succeeded, "\(up)")
        #expect(try await leads.report()?.epoch == epoch + 2)
        try await areAlike(leads, follows)
    }

    private func takeDown() async throws {
        let down = try await LabHost.lab("down", within: .seconds(120))
        #expect(down.succeeded, "\(down)")
        let left = try await BareHost.shared.shell(
            "ls /var/lib/kopnik-lab /run/netns/kopnik-lab-* 2>/dev/null || true; ip -o link | grep klab || true; iptables-save | grep -e klab -e 10.214.77 || true; mount | grep kopnik-lab || true"
        )
        #expect(left.text.isEmpty, "\(left)")
        #expect(try await LabHost.lab("down").succeeded)
    }
}
