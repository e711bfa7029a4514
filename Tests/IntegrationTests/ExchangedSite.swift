import Foundation
import Machine
import Testing

/// A copy of its own that begins on Postgres 15, with somebody who writes to it through the site's own door.
struct ExchangedSite: Sendable {
    let host = BareHost.shared
    static let file = "/srv/exchanged/kopnik.yaml"
    static let root = "/root/.local/share/kopnik/exchanged"
    static let address = "https://exchanged.localhost:8454"

    func kopnik(_ words: String..., within limit: Duration = .seconds(300)) async throws -> CommandOutput {
        try await host.run(["kopnik"] + words + ["--file", Self.file], within: limit)
    }

    func ask(for version: Int) async throws {
        try await host.write(
            "name: exchanged\nports: {http: 8094, https: 8454}\nsources: {server: demo, client: demo}\npostgres: {version: \(version)}\n",
            to: Self.file)
    }

    /// The site on Postgres 15, with more in its databases than the application puts there.
    func raise() async throws {
        try await ask(for: 15)
        let up = try await kopnik("up", "--yes", "--force")
        try #require(up.succeeded, "\(up.standardError)\(up.standardOutput)")
        let made = try await sql(
            """
            CREATE EXTENSION pg_trgm;
            CREATE TYPE mood AS ENUM ('good', 'bad');
            CREATE TABLE "odd 'name'" (id bigserial PRIMARY KEY, t text, b bytea, f float8, j jsonb, at timestamptz DEFAULT now(), m mood DEFAULT 'good');
            INSERT INTO "odd 'name'" (t, b, f, j) SELECT repeat(chr(1040 + i % 30), i % 50), sha256(i::text::bytea), random(), jsonb_build_object('a', i)
                FROM generate_series(1, 20000) i;
            CREATE INDEX ON "odd 'name'" USING gin (t gin_trgm_ops);
            CREATE ROLE reader NOLOGIN; GRANT SELECT ON "odd 'name'" TO reader;
            CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM "odd 'name'";
            SELECT lo_from_bytea(0, 'a large object');
            ALTER ROLE reader SET statement_timeout = '7s';
            COMMENT ON DATABASE dev IS 'of the test';
            """)
        try #require(made.succeeded, "\(made)")
    }

    func sql(_ text: String) async throws -> CommandOutput {
        try await host.run(
            ["kopnik", "psql", "--file", Self.file, "-At", "-v", "ON_ERROR_STOP=1"], input: text, within: .seconds(60))
    }

    /// The major version that answers; 0 where none does.
    func version() async throws -> Int {
        (Int(try await sql("SELECT current_setting('server_version_num')").text) ?? 0) / 10000
    }

    /// The folders with data in the database's volume, such as `15/main`.
    func folders() async throws -> [String] {
        try await host.shell(
            "cd \"$(docker volume inspect --format '{{.Mountpoint}}' exchanged_database)\"; for f in */*/PG_VERSION */.upgrading/PG_VERSION; do [ ! -e \"$f\" ] || dirname \"$f\"; done | sort"
        ).lines
    }

    /// The notes that are stored, as often as they are.
    func notes() async throws -> [String] { try await sql("SELECT text FROM demo_note").lines }

    /// Does something while one note after the other is written, each until it is acknowledged or refused.
    /// - Returns: the notes that were acknowledged, and the longest time between two of them.
    func writing(_ name: String, _ body: () async throws -> Void) async throws -> (acknowledged: [String], gap: Double)
    {
        let root = host.rootFolder() + "/srv/exchanged"
        let line = """
            cd "$1"; rm -f acknowledged ended; : >acknowledged; last=$(date +%s%N); longest=0
            for n in $(seq 5000); do
                [ ! -e ended ] || break
                code=$(curl --silent --insecure --max-time 60 --output /dev/null --write-out '%{http_code}' \
                    --resolve exchanged.localhost:8454:127.0.0.1 --json "{\\"text\\": \\"$2-$n\\"}" \(Self.address)/api/notes || true)
                case $code in 2*)
                    echo "$2-$n" >>acknowledged; now=$(date +%s%N); gap=$((now - last)); last=$now
                    [ $gap -le $longest ] || longest=$gap ;;
                esac
                sleep 0.1
            done
            echo $longest
            """
        async let loop = LocalCommandRunner().run(
            Command(
                BareHost.script, ["net", host.name, "bash", "-euc", line, "bash", root, name], timeLimit: .seconds(900))
        )
        let begun = try await poll(for: .seconds(40)) {
            try await host.shell("[ -s /srv/exchanged/acknowledged ]").succeeded ? true : nil
        }
        do {
            try #require(begun == true, "nothing could be written")
            try await body()
            try await Task.sleep(for: .seconds(1))
        } catch {
            _ = try await host.shell("touch /srv/exchanged/ended")
            _ = try await loop
            throw error
        }
        _ = try await host.shell("touch /srv/exchanged/ended")
        let ended = try await loop
        try #require(ended.succeeded, "\(ended)")
        let lines = try await host.shell("cat /srv/exchanged/acknowledged").lines
        return (lines, (Double(ended.text) ?? -1) / 1e9)
    }
}
