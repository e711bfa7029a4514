import Blueprint
import Engine
import Foundation
import Machine
import Site
public import Standby

/// This host as one of two: what it knows of its part, and its ways to the other.
public struct Pair: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var layout: Layout { deployment.layout }
    private var files: Files { deployment.world.files }
    private var path: String { "\(layout.pair)/record.json" }

    /// What this host knows of its part; `nil` where it never had one.
    /// - Throws: `Failure` where it cannot be read: then nothing may start.
    public func record() throws -> HostRecord? {
        guard files.exists(path) else { return nil }
        guard let record = files.record(HostRecord.self, at: path) else {
            throw Failure(
                "this server does not know its part any more", because: "\(path) is damaged",
                fix:
                    "look at the other server: kopnik standby. If that one leads, remove the file here and type: kopnik standby accept (docs/standby.md)"
            )
        }
        return record
    }

    /// What somebody was asked about is still so: they may have thought for long before they said yes.
    /// - Throws: `Failure` where it is not.
    public func mustStillBe(_ seen: HostRecord) throws {
        guard try record() == seen else {
            throw Failure(
                "nothing was done", because: "it has changed while you were asked", fix: "kopnik standby, on both")
        }
    }

    /// Keeps it so that it outlasts a power cut, and tells the database's container.
    public func write(_ record: HostRecord) throws {
        try files.write(record: record, to: path)
        files.flushNames(in: layout.pair)
        files.flushNames(in: layout.state)
        try writeSettings(record)
    }

    /// Changes what is known by now: the keeper, or a person's command, may have changed it since somebody read it.
    public func change(_ body: (inout HostRecord) -> Void) throws {
        try FileLock.exclusively("\(layout.state)/pair.lock") {
            guard let before = try record() else { return }
            var record = before
            body(&record)
            if record != before { try write(record) }
        }
    }

    /// The same of a server that leads still, in the epoch in which it was seen; one that does not is left as it is.
    public func change(leading seen: HostRecord, _ body: (inout HostRecord) -> Void) throws {
        try change { if $0.role == .primary, $0.epoch == seen.epoch { body(&$0) } }
    }

    /// What `postgresql.conf` includes, and what `start-db` asks.
    func writeSettings(_ record: HostRecord) throws {
        for (path, text) in settings(record) where files.text(of: path) != text { try files.write(text, to: path) }
    }

    func settings(_ record: HostRecord) -> [(path: String, text: String)] {
        [
            ("\(layout.pairDatabase)/pair.conf", Self.text(record, kept: keptMegabytes)),
            ("\(layout.pairDatabase)/role", record.role.rawValue + "\n"),
        ]
    }

    /// How much of its log the database may keep for a standby that is away: a quarter of the disk.
    private var keptMegabytes: Int {
        // Rounded, or each look would find another.
        max(1, (DiskUse.read(layout.state)?.total ?? 0) / (4 << 30)) * 1024
    }

    static func text(_ record: HostRecord, kept megabytes: Int) -> String {
        let waits = record.role == .primary && record.bond.waits
        return """
            # Written by kopnik as it goes: 'kopnik standby' shows it in words.
            kopnik.epoch = '\(record.epoch)'
            kopnik.host = '\(record.name.rawValue)'
            synchronous_standby_names = '\(waits ? "FIRST 1 (kopnik_peer)" : "")'
            max_slot_wal_keep_size = '\(megabytes)MB'

            """
    }

    /// The other host's address.
    public func peerAddress(of name: HostRecord.Name) -> String? { address(of: name.other) }

    func address(of name: HostRecord.Name) -> String? {
        let hosts = deployment.site.hosts
        return (name == .main ? hosts.main : hosts.standby).map(Site.Hosts.address)
    }

    /// This host's place for the generated files.
    func plan() throws -> PairPlan? {
        guard deployment.site.hosts.isPair, let record = try self.record(), let peer = peerAddress(of: record.name)
        else {
            return nil
        }
        return PairPlan(peer: peer, leads: record.role == .primary)
    }

    // MARK: - The two databases

    /// The database's container, also one that waits for the permit.
    func container() async throws -> String? {
        try await deployment.docker.container(of: ServiceKind.db.rawValue, in: deployment.stack)
    }

    /// Asks the other host's database.
    public func ask() async -> PeerAnswer { await inquire().answer }

    /// The same, for a person who acts upon it: a database that was heard of a moment ago may have been busy, and the container here from
    /// which it is asked may have just been exchanged.
    /// - Returns: `silent` only after several trials, with what the last one met.
    public func ask(for patience: Duration) async throws -> (answer: PeerAnswer, trouble: String?) {
        var last: (answer: PeerAnswer, trouble: String?) = (.silent, nil)
        _ = try await poll(for: patience, every: .seconds(1)) { () -> Bool? in
            last = await inquire()
            return last.answer == .silent ? nil : true
        }
        return last
    }

    /// What to say where the other server's database is there and lets this one not in, or is let in nowhere itself; `nil`: it is another trouble.
    public static func distrust(_ trouble: String?) -> String? {
        guard let trouble,
            ["SSL error", "certificate", "authentication failed", "no pg_hba.conf entry"].contains(
                where: trouble.contains)
        else { return nil }
        // libpq begins with where it was; after that, what was wrong.
        let words = trouble.components(separatedBy: " failed: ").last ?? trouble
        return
            "the two servers do not trust each other's keys (\(words)). On the one that leads:  kopnik up, then kopnik standby hand-over"
    }

    /// What a person's command waits for an answer.
    public static let patience = Duration.seconds(15)

    /// Asks the other host's database once.
    /// - Returns: its answer, and what was met where there was none.
    public func inquire() async -> (answer: PeerAnswer, trouble: String?) {
        do {
            let output = try await there("ask")
            return output.succeeded ? (Self.answer(output.text), nil) : (.silent, output.lastWords)
        } catch let failure as Failure {
            return (.silent, failure.inOneLine)
        } catch { return (.silent, "\(error)") }
    }

    /// Runs `peer VERB ADDRESS …` in this host's database container.
    func there(_ verb: String, _ words: String...) async throws -> CommandOutput {
        guard let record = try self.record(), let peer = peerAddress(of: record.name) else {
            throw Failure("this site has one server", fix: "docs/standby.md")
        }
        guard let container = try await container() else {
            throw Failure("the database's container here does not run", because: "the other server is asked from it")
        }
        return try await deployment.docker.run(
            ["exec", "--user", "postgres", container, "peer", verb, peer] + words, timeLimit: .seconds(8))
    }

    /// Runs `peer VERB ADDRESS` in a container of its own, where this host's database has none; not for the keeper, whose paths are others.
    func thereApart(_ verb: String, mounts: [String] = [], timeLimit: Duration?, log: String? = nil) async throws
        -> CommandOutput
    {
        guard let record = try self.record(), let peer = peerAddress(of: record.name) else {
            throw Failure("this site has one server", fix: "docs/standby.md")
        }
        let docker = deployment.docker
        let name = "\(deployment.stack)-pair-\(verb)"
        _ = try await docker.run(["rm", "--force", name])
        let line = """
            install -o postgres -g postgres -m 600 /run/keys /tmp/keys && KOPNIK_REPLICATION_FILE=/tmp/keys exec setpriv \
            --reuid postgres --regid postgres --clear-groups --inh-caps=-all -- peer "$1" "$2"
            """
        let keys = PairKeys(deployment: deployment).path(record.name)
        let words =
            ["run", "--rm", "--init", "--name", name, "--network", "host", "--user", "0:0", "--read-only"]
            + ["--tmpfs", "/tmp:size=64m,mode=1777", "--cap-drop", "ALL"]
            + ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID"].flatMap { ["--cap-add", $0] }
            + ["--security-opt", "no-new-privileges", "--entrypoint", "sh"] + deployment.labelWords
            + ["--mount", NodeTask.bind(keys, to: "/run/keys", isReadOnly: true)] + mounts
            + [try await deployment.imageTags()[.db] ?? "", "-euc", line, "sh", verb, peer]
        return try await docker.run(words, timeLimit: timeLimit, log: log)
    }

    /// Asks the other host's database, also where this one's is being replaced and does not run.
    func askWhereNoneRuns() async throws -> (answer: PeerAnswer, trouble: String?) {
        guard try await container() == nil else { return try await ask(for: Self.patience) }
        let output = try await thereApart("ask", timeLimit: .seconds(60))
        return output.succeeded ? (Self.answer(output.text), nil) : (.silent, output.lastWords)
    }

    /// Reads `3 standby f`: the epoch, which host, whether it is in recovery.
    static func answer(_ text: String) -> PeerAnswer {
        let words = text.split(separator: " ")
        guard words.count == 3, let epoch = Int(words[0]) else { return .silent }
        return .epoch(epoch, isPrimary: words[2] == "f")
    }

    /// Asks this host's database.
    public func look() async throws -> PairLook {
        guard let container = try await container() else {
            throw Failure("the database does not run", because: "Docker has no container of it", fix: "kopnik up")
        }
        let output = try await deployment.docker.sql(
            PairLook.query, in: container, toDo: "ask Postgres about the other server")
        do { return try JSONDecoder().decode(PairLook.self, from: Data(output.text.utf8)) } catch {
            throw Failure(
                "Postgres tells of the other server in words that kopnik does not know", fix: "kopnik logs db")
        }
    }

    /// Runs SQL in this host's database.
    func sql(_ text: String, toDo purpose: String) async throws {
        guard let container = try await container() else {
            throw Failure("could not \(purpose)", because: "the database does not run", fix: "kopnik logs db")
        }
        try await deployment.docker.sql(text, in: container, toDo: purpose)
    }

    /// Waits until what the main server wrote up to a place in its log shows here.
    /// - Throws: `Failure` where that takes longer than ten seconds.
    func waitForReplay(_ place: String) async throws {
        guard place.wholeMatch(of: /[0-9A-F]+\/[0-9A-F]+/) != nil, let container = try await container() else {
            throw Failure("the main server did not say how far it is", fix: "kopnik standby, on both")
        }
        let docker = deployment.docker
        let shows = try await poll(for: .seconds(10), every: .milliseconds(100)) { () -> Bool? in
            try await docker.sql(
                "SELECT pg_last_wal_replay_lsn() >= '\(place)';", in: container, toDo: "ask how far this server is"
            ).text == "t" ? true : nil
        }
        guard shows == true else {
            throw Failure(
                "this server does not keep up with the main one", because: "what it wrote does not show here",
                fix: "kopnik standby")
        }
    }

    /// Has the running server read its settings again.
    func reload() async throws {
        try await sql("SELECT pg_reload_conf();", toDo: "have Postgres read its settings again")
    }

    /// Changes how commits are bound: kept first, done then.
    public func bind(_ bond: Bond) async throws {
        let now = deployment.world.now()
        try change {
            // Taken out meanwhile it is not to be waited for.
            guard $0.role == .primary, $0.standbyIsOut != true || !bond.waits else { return }
            $0.bond = bond
            $0.since = now
        }
        try await reload()
    }

    /// Tells the standby, by the data themselves, whether commits wait for it.
    public func tell(_ record: HostRecord, together: Bool) async throws {
        try await sql(
            """
            INSERT INTO kopnik_pair (epoch, together) VALUES (\(record.epoch), \(together))
            ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, together = excluded.together;
            """, toDo: "write down how the two servers stand")
    }

    /// Tells whoever asked this server to step down why it does not.
    public func refuseStepDown(_ why: String) async throws {
        try await sql(
            "UPDATE kopnik_pair SET wanted = NULL, quiet = NULL, confirmed = NULL, answer = '\(why.replacing("'", with: "''"))';",
            toDo: "tell the standby why it has to wait")
    }

    /// Forgets all that the two servers told each other by the data themselves, but the epoch.
    func forgetWhatWasTold() async throws {
        try await sql(
            "UPDATE kopnik_pair SET stepped_down = NULL, wanted = NULL, quiet = NULL, confirmed = NULL, answer = NULL, barred = NULL, recorded_in = NULL;",
            toDo: "forget what the two servers told each other")
    }

    /// Keeps no log any more for a follower that is not there.
    /// - Parameter whoeverLeads: also on the server that leads.
    public func forgetFollower(whoeverLeads: Bool = false) async throws {
        try await sql(
            Self.dropSlot + (whoeverLeads ? ";" : " AND pg_is_in_recovery();"),
            toDo: "forget what was kept for the other server")
    }

    /// Keeps the log for a follower from now on; a place that is not used, or is lost, begins anew.
    public func keepForFollower() async throws {
        try await sql(
            """
            \(Self.dropSlot);
            SELECT pg_create_physical_replication_slot('kopnik_peer', true)
                WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'kopnik_peer');
            """, toDo: "keep the log for the other server")
    }

    /// One that a follower uses stays.
    private static let dropSlot = """
        SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
            WHERE slot_name = 'kopnik_peer' AND NOT active
        """

    // MARK: - When the other was heard of last

    private struct Contact: Codable {
        var boot: String
        var uptime: Double
        var at: Date
    }

    private var contactPath: String { "\(layout.pair)/contact.json" }

    /// Notes on the standby that the primary was heard of so many seconds ago.
    public func noteContact(_ silence: Double) throws {
        try files.write(
            record: Contact(
                boot: Computer.bootID, uptime: BootClock.now / .seconds(1) - silence,
                at: deployment.world.now().addingTimeInterval(-silence)), to: contactPath)
    }

    /// For how many seconds nothing was heard of the primary; `nil`: never heard.
    public func silence() -> Double? {
        guard let contact = files.record(Contact.self, at: contactPath) else { return nil }
        let silence =
            contact.boot == Computer.bootID
            ? BootClock.now / .seconds(1) - contact.uptime : deployment.world.now().timeIntervalSince(contact.at)
        return max(0, silence)
    }
}

extension Deployment {
    /// Whether this is the host of two that follows: all of its site but the database is switched off.
    /// - Throws: as `Pair.record` does.
    public var follows: Bool { get throws { try Pair(deployment: self).record()?.role == .standby } }
}

/// What a host's database says of the bond to the other one.
public struct PairLook: Sendable, Codable, Equatable {
    /// The one that follows, as the primary sees it.
    public struct Follower: Sendable, Codable, Equatable {
        /// `streaming`, `catchup` …
        public var state: String
        /// `sync` where commits wait for it.
        public var sync: String
        /// How many bytes it has not on its disk yet.
        public var lag: Int
        /// Up to which place of the log it shows what was written, in bytes.
        public var shown: Int?
        /// How long it takes until it shows what was committed, in seconds.
        public var seconds: Double?

        /// Whether it has what was there before, and gets what is written.
        public var isStreaming: Bool { state == Stream.wellWord }
    }

    /// The stream, as the standby sees it.
    public struct Stream: Sendable, Codable, Equatable {
        /// `streaming` where all is well.
        public var status: String
        /// How many seconds ago the primary last said anything.
        public var silence: Double
        /// How many bytes are on the disk and not shown yet.
        public var lag: Int

        /// Whether what the primary writes comes.
        public var isStreaming: Bool { status == Self.wellWord }

        /// In both of Postgres' own views (manual, 27.2.4 and 27.2.6).
        fileprivate static let wellWord = "streaming"
    }

    /// Whether what the primary writes comes.
    public var isStreaming: Bool { stream?.isStreaming == true }
    /// Whether somebody gets what is written here.
    public var isFollowed: Bool { follower?.isStreaming == true }

    /// Whether it takes no writes.
    public var isInRecovery: Bool
    /// The one that follows; `nil` where none does.
    public var follower: Follower?
    /// The stream from the primary; `nil` where there is none.
    public var stream: Stream?
    /// The epoch in which what follows was written.
    public var epoch: Int?
    /// Whether commits waited for the standby, as it was told by the data themselves.
    public var together: Bool?
    /// The epoch that the standby asks to begin, while that is fresh.
    public var wanted: Int?
    /// Why the main server did not step down, in words for a person.
    public var answer: String?
    /// The epoch for which it stopped the site, and waits for the standby to have the last files.
    public var quiet: Int?
    /// The epoch for which the standby has them; -1: it does not go on.
    public var confirmed: Int?
    /// The epoch for which the main server stepped down: it never leads in an earlier one again.
    public var steppedDown: Int?
    /// Whether the one that follows is to stay where it is.
    public var barred: Bool?
    /// In which repository of backups epochs are written down before they begin.
    public var recordedIn: String?
    /// The place of the log up to which was written here, in bytes; of a primary alone.
    public var written: Int?
    /// How many bytes of its log the primary keeps for the standby.
    public var kept: Int?
    /// Whether the log that the standby needs is gone.
    public var slotIsLost: Bool
    /// What somebody set past the files, so that not all that is acknowledged is on the standby, such as `synchronous_commit=local`.
    public var weakened: [String]?

    /// The same in words for a person; `nil` where there is nothing of the kind.
    public var weakness: String? {
        // To wait for more than is asked for is no weakness.
        let weakened = (weakened ?? []).filter {
            !["synchronous_commit=on", "synchronous_commit=remote_apply"].contains($0)
        }
        guard !weakened.isEmpty else { return nil }
        return
            "not every write that is acknowledged is on the standby: somebody set \(weakened.joined(separator: ", ")) (ALTER SYSTEM, ALTER DATABASE or ALTER ROLE). To take it back:  kopnik up --force"
    }

    static let query = """
        SET statement_timeout = '5s';
        -- By the columns' names: an older kopnik made the table without some of them.
        WITH wish AS (SELECT to_jsonb(p) AS named FROM kopnik_pair p)
        SELECT json_build_object(
            'isInRecovery', pg_is_in_recovery(),
            'follower', (SELECT json_build_object('state', state, 'sync', sync_state, 'seconds', extract(epoch FROM replay_lag),
                'shown', (replay_lsn - '0/0'::pg_lsn)::bigint,
                'lag', coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN sent_lsn ELSE pg_current_wal_lsn() END, flush_lsn), 0)::bigint)
                FROM pg_stat_replication WHERE application_name = 'kopnik_peer' ORDER BY state = 'streaming' DESC LIMIT 1),
            'stream', (SELECT json_build_object('status', status,
                'silence', greatest(0, extract(epoch FROM clock_timestamp() - last_msg_receipt_time)),
                'lag', coalesce(pg_wal_lsn_diff(flushed_lsn, pg_last_wal_replay_lsn()), 0)::bigint) FROM pg_stat_wal_receiver),
            'epoch', (SELECT epoch FROM kopnik_pair), 'together', (SELECT together FROM kopnik_pair),
            'wanted', (SELECT (named ->> 'wanted')::int FROM wish
                WHERE (named ->> 'wanted_at')::timestamptz > clock_timestamp() - interval '15 seconds'),
            'answer', (SELECT named ->> 'answer' FROM wish), 'quiet', (SELECT (named ->> 'quiet')::int FROM wish),
            'confirmed', (SELECT (named ->> 'confirmed')::int FROM wish),
            'steppedDown', (SELECT (named ->> 'stepped_down')::int FROM wish),
            'barred', (SELECT (named ->> 'barred')::boolean FROM wish),
            'recordedIn', (SELECT named ->> 'recorded_in' FROM wish),
            'written', CASE WHEN NOT pg_is_in_recovery() THEN (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint END,
            'kept', (SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN restart_lsn ELSE pg_current_wal_lsn() END, restart_lsn)::bigint
                FROM pg_replication_slots WHERE slot_name = 'kopnik_peer'),
            'weakened', \(DatabaseState.overrides(of: DatabaseState.lasting)),
            'slotIsLost', coalesce((SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = 'kopnik_peer'), false));

        """

    /// As the supervisor takes it.
    public var sighting: Supervisor.Sighting {
        guard let follower, follower.isStreaming else { return .away }
        return .following(lag: follower.lag)
    }
}
