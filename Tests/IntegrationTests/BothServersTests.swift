import Foundation
import Machine
import Testing

/// Two servers with backups, of which first one dies and then both burn: all that was acknowledged up to the last archived minute comes back on
/// a third, from the kit and the repository alone. `./kopnik-test bare --filter BothServersTests`.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct BothServersTests: ServerPair, BackedUpSite {
    private let chance = Chance()

    /// What has to be there afterwards, and what was acknowledged too late to be kept.
    private struct Demand {
        var visitor: Acknowledged
        var numbers: (beforeFailover: Set<Int>, after: Set<Int>)
        var late: Acknowledged
        var lateNumbers: [Int: Double]
        /// The moment up to which all is demanded, and that of the fire.
        var until: Date
        var fire: Date
    }

    /// What lies at somebody's home.
    private struct Home {
        var kit = ""
        var words = ""
        /// The site file, with two servers that are gone.
        var siteFile = ""
        var addresses: [String] = []
    }

    @Test(.timeLimit(.minutes(60)))
    func `both servers are gone after a failover, and a third brings back what was acknowledged`() async throws {
        print("seed \(chance.seed)")
        var home = Home()
        let store = BackupStore(host: BareHost(name: "\(BareHost.shared.name)-main"))
        do {
            var demand: Demand?
            try await BareHost.fresh("main") { main in
                try await BareHost.fresh("standby") { standby in
                    let place = try await store.turn("up")
                    home = try await raise(main, standby, store, at: place)
                    // Row 32: on neither of the two, and in a backup.
                    let kept = try await FollowingFiles.loseOne(of: main, standby) {
                        try #require(try await kopnik(main, "backup").succeeded)
                    }
                    let before = try await dieAndTakeOver(main, standby)
                    try await takeBackupsOver(standby, with: kept)
                    try await oldOneFollows(main, standby)
                    demand = try await untilArchived(standby, before)
                    // Both at once, and then everything on them, a person's own files too.
                    for host in [standby, main] { try await host.power("cut") }
                }
            }
            let wanted = try #require(demand)
            try await BareHost.fresh("ashes") { host in try await restore(host, home, wanted) }
        } catch {
            try await store.turn("down")
            throw error
        }
        try await store.turn("down")
    }

    // MARK: Before the fire

    private func raise(_ main: BareHost, _ standby: BareHost, _ store: BackupStore, at place: String) async throws
        -> Home
    {
        var home = Home()
        try await bringUp(
            main, standby, more: "backup:\n  repository: sftp://root@\(place):2222\(store.disk)\n",
            beforeHandOver: {
                try await setUp(main, store)
                home.words = try await makeKit(main)
            })
        home.kit = try await main.shell("cat \(Self.folder)/recovery-kit-kopnik.txt").standardOutput
        home.siteFile = try await main.shell("cat \(Self.folder)/kopnik.yaml").standardOutput
        home.addresses = [try await address(main), try await address(standby)]
        try await untilTogether(main)
        // The one that follows keeps out of it, whatever is typed there.
        for line in ["backup", "backup setup --yes --take-over"] {
            let refused = try await kopnik(standby, line)
            #expect(refused.exitCode == 1 && refused.standardError.contains("does not lead"), "\(refused)")
        }
        let doctor = try await kopnik(standby, "doctor").standardOutput
        #expect(doctor.contains("is made by the other server, which leads"), "\(doctor)")
        return home
    }

    private func dieAndTakeOver(_ main: BareHost, _ standby: BareHost) async throws -> (Acknowledged, Set<Int>) {
        try #require(try await psql(main, "CREATE TABLE before_failover (n int PRIMARY KEY)").succeeded)
        let visitor = VisitorWriting()
        async let visiting: Void = visitor.run(self, on: main)
        async let writing = NumberedRows.write(main, into: "before_failover")
        let goesOn = try await poll(for: .seconds(60), every: .milliseconds(50)) {
            visitor.acknowledged().files.keys.count { !FollowingFiles.isMissing($0, on: standby) } > 5 ? true : nil
        }
        try #require(goesOn == true, "nothing was written")
        try await Task.sleep(for: chance.moment("main", upTo: .seconds(5)))
        let end = Date()
        try await main.power("cut")
        visitor.end()
        let numbers = try await writing
        try await visiting
        let failover = try await kopnik(standby, "failover --confirm kopnik")
        try #require(failover.succeeded, "\(failover.standardError)")
        #expect(failover.standardOutput.contains("backup setup --take-over"), "\(failover)")
        var acknowledged = visitor.acknowledged(until: end)
        // Files follow within seconds, unlike rows: docs/standby.md says so.
        let young = visitor.acknowledged(until: end).files.keys.filter {
            FollowingFiles.isMissing($0, on: standby)
        }
        let old = visitor.acknowledged(until: end.addingTimeInterval(-15)).files.keys
        #expect(Set(old).isDisjoint(with: young), "files of more than 15 s ago are not on the standby")
        for name in young { acknowledged.files[name] = nil }
        try await check(standby, acknowledged)
        print(
            "before the failover: \(numbers.count) numbers, \(acknowledged.notes.count) notes and \(acknowledged.files.count) files were acknowledged and are there; \(young.count) files of the last seconds had not followed"
        )
        return (acknowledged, numbers)
    }

    /// Nobody makes backups until somebody says who: that is told, and then it is this one.
    private func takeBackupsOver(_ leads: BareHost, with kept: String) async throws {
        let doctor = try await kopnik(leads, "doctor").standardOutput
        #expect(doctor.contains("no backups are made") && doctor.contains("--take-over"), "\(doctor)")
        let told = try await poll(for: .seconds(150), every: .seconds(2)) { () -> Bool? in
            let status = try await kopnik(leads, "status").standardOutput
            return status.contains("no backups are made") && status.contains("--take-over") ? true : nil
        }
        #expect(told == true, "status does not tell that nobody makes backups")
        let backup = try await kopnik(leads, "backup")
        #expect(backup.exitCode == 1 && backup.standardError.contains("--take-over"), "\(backup)")
        let plain = try await kopnik(leads, "backup setup --yes")
        #expect(plain.exitCode == 1 && plain.standardError.contains("another server took this repository"), "\(plain)")
        let taken = try await kopnik(leads, "backup setup --yes --take-over")
        try #require(taken.succeeded, "\(taken)")
        #expect(taken.standardOutput.contains("missing files came from the backups"), "\(taken)")
        #expect(!FollowingFiles.isMissing(kept, on: leads))
        // The kit at home is this one's, too.
        #expect(!taken.standardError.contains("recovery kit"), "\(taken.standardError)")
    }

    private func oldOneFollows(_ main: BareHost, _ leads: BareHost) async throws {
        try await boot(main, asNewBoot: true)
        let fenced = try await poll(for: .seconds(90)) { try await report(main)?.role == "fenced" ? true : nil }
        try #require(fenced == true)
        let rejoin = try await kopnik(main, "rejoin --yes")
        try #require(rejoin.succeeded, "\(rejoin)")
        try await untilTogether(leads)
        // It has the keys, and was the one that the repository knew: it makes nothing there any more.
        let count = try await list(leads).count { $0.kind.hasPrefix("database") }
        let refused = try await kopnik(main, "backup")
        #expect(refused.exitCode == 1 && refused.standardError.contains("does not lead"), "\(refused)")
        let again = try await kopnik(leads, "backup")
        #expect(again.succeeded, "\(again)")
        #expect(try await list(leads).count { $0.kind.hasPrefix("database") } == count + 1)
    }

    /// Writes until what was acknowledged by a moment is in the repository, goes on for a little, and dies.
    private func untilArchived(_ leads: BareHost, _ before: (Acknowledged, Set<Int>)) async throws -> Demand {
        try #require(try await psql(leads, "CREATE TABLE after_failover (n int PRIMARY KEY)").succeeded)
        let visitor = VisitorWriting()
        async let visiting: Void = visitor.run(self, on: leads)
        async let writing = NumberedRows.writeSlowly(leads, into: "after_failover")
        let goesOn = try await poll(for: .seconds(60), every: .milliseconds(100)) {
            visitor.acknowledged().files.count > 10 ? true : nil
        }
        try #require(goesOn == true, "nothing was written")
        let moment = Date()
        let piece = try await psql(leads, "SELECT pg_walfile_name(pg_current_wal_lsn())").text
        let archived = try await poll(for: .seconds(300), every: .seconds(1)) { () -> Double? in
            let newest = try await leads.shell(
                "docker exec $(docker ps -q --filter name=kopnik_db) psql -h /run/postgresql -U postgres -At -c 'SELECT last_archived_wal FROM pg_stat_archiver'"
            ).text
            guard newest >= piece else { return nil }
            return Date().timeIntervalSince(moment)
        }
        let filesKept = try await poll(for: .seconds(300), every: .seconds(2)) { () -> Bool? in
            try await list(leads).contains { copy in
                guard copy.kind == "uploads" || copy.kind == "site" else { return false }
                return try Date(copy.at, strategy: .iso8601) > moment.addingTimeInterval(1)
            } ? true : nil
        }
        try #require(archived != nil && filesKept == true, "\(piece) is not archived, or the files are not kept")
        print("the log of a moment was archived \(Int(archived ?? 0)) s after it")
        let more = chance.moment("both", upTo: .seconds(20))
        try await Task.sleep(for: more)
        let fire = Date()
        try await leads.power("cut")
        visitor.end()
        let numbers = try await writing
        try await visiting
        var visited = visitor.acknowledged(until: moment)
        let all = visitor.acknowledged(until: fire)
        let late = Acknowledged(
            notes: all.notes.subtracting(visited.notes), files: all.files.filter { visited.files[$0.key] == nil })
        visited.add(before.0)
        let early = numbers.filter { $0.value <= moment.timeIntervalSince1970 }
        try #require(early.count > 20 && numbers.count > early.count, "\(early.count) of \(numbers.count)")
        print(
            "after the failover: \(early.count) numbers and \(visited.files.count - before.0.files.count) files by the archived moment, \(numbers.count - early.count) and \(late.files.count) later, until the fire \(Int(fire.timeIntervalSince(moment))) s after it"
        )
        return Demand(
            visitor: visited, numbers: (before.1, Set(early.keys)), late: late,
            lateNumbers: numbers.filter { early[$0.key] == nil },
            until: moment, fire: fire)
    }

    // MARK: After the fire

    private func restore(_ host: BareHost, _ home: Home, _ demand: Demand) async throws {
        try await host.write(home.kit, to: "\(Self.folder)/kit.txt")
        let back = try await kopnik(
            host, "restore --kit kit.txt --yes", input: home.words + "\n", within: .seconds(1500))
        try #require(back.succeeded, "\(back.standardError)\(back.standardOutput)")
        print(back.standardOutput)
        for words in ["(RPO)", "(RTO)", "this site had two servers", "epoch 102"] + home.addresses {
            #expect(back.standardOutput.contains(words), "\(words): \(back.standardOutput)")
        }
        try await check(host, demand.visitor)
        let (before, after) = (try await numbers("before_failover", host), try await numbers("after_failover", host))
        let lost = (demand.numbers.beforeFailover.subtracting(before), demand.numbers.after.subtracting(after))
        #expect(lost.0.isEmpty && lost.1.isEmpty, "lost: \(lost)")
        let lateLost = demand.lateNumbers.filter { !after.contains($0.key) }
        let rowsReach = demand.lateNumbers.filter { after.contains($0.key) }.values.max()
        print(
            """
            \(demand.numbers.beforeFailover.count + demand.numbers.after.count) numbers, \(demand.visitor.notes.count) notes and \(demand.visitor.files.count) files were demanded, \(lost.0.count + lost.1.count) numbers are lost
            of the \(demand.lateNumbers.count) numbers after the archived moment \(lateLost.count) are lost: the last \(Int(demand.fire.timeIntervalSince1970 - (rowsReach ?? demand.until.timeIntervalSince1970))) s before the fire
            """)
        #expect(try await health(host) == true, "the site does not answer")
        #expect(try await kopnik(host, "plan").exitCode == 0)
        // The file that somebody had at home names two that are gone.
        try await host.write(home.siteFile, to: "\(Self.folder)/kopnik.yaml")
        let old = try await kopnik(host, "up --yes")
        #expect(old.exitCode == 1 && old.standardError.contains("take 'hosts' out"), "\(old)")
        #expect(try await health(host) == true, "the site does not answer after an 'up' that was refused")
        // Two again: as the restore said.
        let wish = try await host.shell("cat \(Self.root)/var/lib/kopnik/wish.yaml").standardOutput
        #expect(!wish.contains("hosts:"), "\(wish)")
        let own = try await address(host)
        try await host.write(
            wish + "hosts: {main: 'ssh://root@\(own)', standby: 'ssh://root@\(home.addresses[1])'}\n",
            to: "\(Self.folder)/kopnik.yaml")
        let up = try await kopnik(host, "up --yes")
        #expect(up.succeeded, "\(up)")
        let now = try #require(try await report(host))
        #expect(now.role == "primary" && now.epoch == 103, "\(now)")
        let backup = try await kopnik(host, "backup")
        #expect(backup.succeeded, "\(backup)")
        try await check(host, demand.visitor)
    }

    private func numbers(_ table: String, _ host: BareHost) async throws -> Set<Int> {
        Set(try await psql(host, "SELECT n FROM \(table)").lines.compactMap { Int($0) })
    }
}
