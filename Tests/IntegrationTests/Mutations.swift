/// One real component broken on purpose, and the rows of `kopnik verify` that must turn red for it: no more and no less.
///
/// Commands are shell lines, run by `sh -eu` with `DOCKER_HOST` set and these variables: `STACK` (the stack's name),
/// `PREFIX` (the site's folder), `DOMAIN`, `HTTPS` (its port) and `KOPNIK` (the program
/// with its name and prefix); `container NAME` prints the running container of a service, `settled NAME` waits until a service's new task runs and its container is healthy, `gone NAME` until it has no container.
struct Mutation: Sendable, CustomStringConvertible {
    /// The row it is about.
    var number: String
    /// The real thing that is broken.
    var component: String
    /// How.
    var breaking: String
    /// How it becomes whole again.
    var mending: String
    /// Rows that are red with it, because they stand on the same thing.
    var follows: Set<String> = []

    var description: String { "\(number): \(component)" }
    /// All rows that must be red.
    var red: Set<String> { follows.union([number]) }

    init(_ number: String, _ component: String, follows: Set<String> = [], breaking: String, mending: String) {
        self.number = number
        self.component = component
        self.follows = follows
        self.breaking = breaking
        self.mending = mending
    }

    /// The functions that the lines use. Bounded: a service that never gets there fails the test, and does not hang it.
    static let prelude = """
        container() { docker ps -q --no-trunc --filter "label=com.docker.swarm.service.name=${STACK}_$1" --filter status=running | head -n 1; }
        settled() {
            tries=0
            while [ $tries -lt 300 ]; do
                state=$(docker service inspect "${STACK}_$1" --format '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}')
                id=$(container "$1")
                if [ "$state" != updating ] && [ -n "$id" ]; then
                    health=$(docker inspect "$id" --format '{{if .State.Health}}{{.State.Health.Status}}{{end}}')
                    [ "$health" != starting ] && [ "$health" != unhealthy ] && return 0
                fi
                tries=$((tries + 1)); sleep 0.3
            done
            echo "$1 did not settle" >&2; return 1
        }
        gone() {
            tries=0
            while [ -n "$(container "$1")" ]; do tries=$((tries + 1)); [ $tries -lt 300 ] || return 1; sleep 0.3; done
        }
        reload() { docker kill --signal HUP "$(container nginx)" >/dev/null; sleep 1; }
        sql() { docker exec -u postgres "$(container db)" psql -X -q -v ON_ERROR_STOP=1 -d postgres -c "$1"; }
        restart() { old=$(container "$1"); docker kill --signal INT "$old" >/dev/null; while [ "$(container "$1")" = "$old" ]; do sleep 0.3; done; settled "$1"; }
        nginx_conf="$PREFIX/etc/kopnik/nginx/nginx.conf"
        # The folder is mounted, so a file that is replaced in it is seen inside.
        edit() { cp -p "$nginx_conf" "$nginx_conf.kept"; sed "$1" "$nginx_conf.kept" >"$nginx_conf"; ! cmp -s "$nginx_conf" "$nginx_conf.kept"; reload; }
        restore() { mv -f "$nginx_conf.kept" "$nginx_conf"; reload; }
        live="$PREFIX/etc/letsencrypt/live/$DOMAIN"
        """
}

/// Rows that need every service.
private let whole: Set<String> = ["S1", "S2", "O10", "D1"]

extension Mutation {
    static let all: [Mutation] = services + postgres + links + application + front

    private static let services: [Mutation] = [
        // Swarm ends an unhealthy task at once and starts another: what stays red is a service that is not there.
        Mutation(
            "S1", "the keeper, stopped", follows: whole,
            breaking: "docker service scale -d ${STACK}_keeper=0 >/dev/null; gone keeper",
            mending: "docker service scale -d ${STACK}_keeper=1 >/dev/null; settled keeper"),
        Mutation(
            "B1", "the router, stopped", follows: whole.union(["B2", "N3", "W3"]),
            breaking: "docker service scale -d ${STACK}_crossbar=0 >/dev/null; gone crossbar",
            mending: "docker service scale -d ${STACK}_crossbar=1 >/dev/null; settled crossbar"),
        Mutation(
            "D2", "a service, removed by hand", follows: whole,
            breaking: "docker service rm ${STACK}_keeper >/dev/null; gone keeper",
            mending: "$KOPNIK up --yes --force"),
        Mutation(
            "D1", "a service, put into a second network",
            breaking: """
                docker network create -d overlay ${STACK}_second >/dev/null
                docker service update -q --detach --network-add ${STACK}_second ${STACK}_files >/dev/null; sleep 2; settled files
                """,
            mending: """
                docker service update -q --detach --network-rm ${STACK}_second ${STACK}_files >/dev/null; sleep 2; settled files
                docker network rm ${STACK}_second >/dev/null
                """),
    ]

    /// A setting of the running server, past all files: ALTER SYSTEM.
    private static func setting(_ number: String, _ name: String, _ value: String, needsRestart: Bool) -> Mutation {
        let take = needsRestart ? "restart db" : "sql 'SELECT pg_reload_conf()' >/dev/null; sleep 0.5"
        return Mutation(
            number, "\(name) of the running server", breaking: "sql \"ALTER SYSTEM SET \(name) = '\(value)'\"; \(take)",
            mending: "sql 'ALTER SYSTEM RESET \(name)'; \(take)")
    }

    private static let postgres: [Mutation] = [
        Mutation(
            "G1", "the database, stopped", follows: whole.union(["G2", "G3", "G4", "G5", "G6", "G7", "N3"]),
            breaking: "docker service scale -d ${STACK}_db=0 >/dev/null; gone db",
            mending: "docker service scale -d ${STACK}_db=1 >/dev/null; settled db"),
        Mutation(
            "G2", "the database's port", follows: ["N3"],
            breaking: "sql \"ALTER SYSTEM SET listen_addresses = '127.0.0.1'\"; restart db",
            mending: "sql 'ALTER SYSTEM RESET listen_addresses'; restart db"),
        setting("G3", "max_connections", "100", needsRestart: true),
        setting("G4", "shared_buffers", "128MB", needsRestart: true),
        setting("G5", "effective_cache_size", "4GB", needsRestart: false),
        setting("G6", "work_mem", "4MB", needsRestart: false),
        Mutation(
            "G6", "work_mem of the production database alone",
            breaking: "sql \"ALTER DATABASE kopnik SET work_mem = '4MB'\"",
            mending: "sql 'ALTER DATABASE kopnik RESET work_mem'"),
        Mutation(
            "G7", "the database test, dropped", breaking: "sql 'DROP DATABASE test WITH (FORCE)'",
            mending: "sql \"CREATE DATABASE test OWNER kopnik ENCODING 'UTF8' TEMPLATE template0\""),
        Mutation(
            "G7", "the database test, in another encoding",
            breaking:
                "sql 'DROP DATABASE test WITH (FORCE)'; sql \"CREATE DATABASE test OWNER kopnik ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0\"",
            mending:
                "sql 'DROP DATABASE test WITH (FORCE)'; sql \"CREATE DATABASE test OWNER kopnik ENCODING 'UTF8' TEMPLATE template0\""
        ),
    ]

    private static let links: [Mutation] = [
        Mutation(
            "M1", "port 25, published by hand",
            breaking:
                "docker service update -q --detach --publish-add mode=host,published=25,target=25 ${STACK}_mail >/dev/null; sleep 2; settled mail",
            mending:
                "docker service update -q --detach --publish-rm published=25,target=25,mode=host ${STACK}_mail >/dev/null; sleep 2; settled mail"
        ),
        Mutation(
            "M2", "the mail service, stopped", follows: whole.union(["M1", "N3"]),
            breaking: "docker service scale -d ${STACK}_mail=0 >/dev/null; gone mail",
            mending: "docker service scale -d ${STACK}_mail=1 >/dev/null; settled mail"),
        Mutation(
            "B1", "the router, on other rules than the client's file",
            breaking: """
                cp -p "$PREFIX/home/ubuntu/kp-client/.crossbar/config.json" "$PREFIX/crossbar.kept"
                sed 's/"name": "anonymous"/"name": "nobody"/' "$PREFIX/crossbar.kept" >"$PREFIX/home/ubuntu/kp-client/.crossbar/config.json"
                """,
            mending: "mv -f \"$PREFIX/crossbar.kept\" \"$PREFIX/home/ubuntu/kp-client/.crossbar/config.json\""),
        Mutation(
            "B2", "the name of the router inside nodejs", follows: ["N3"],
            breaking:
                "docker service update -q --detach --host-add crossbar:127.0.0.1 ${STACK}_nodejs >/dev/null; sleep 2; settled nodejs",
            mending:
                "docker service update -q --detach --host-rm crossbar:127.0.0.1 ${STACK}_nodejs >/dev/null; sleep 2; settled nodejs"
        ),
    ]

    private static let application: [Mutation] = [
        Mutation(
            "N1", "the link to the release that runs",
            breaking:
                "cp -a \"$PREFIX/home/ubuntu/sftp/kp-server/.\" \"$PREFIX/home/ubuntu/sftp/.releases/other\"; readlink \"$PREFIX/home/ubuntu/sftp/kp-server\" >\"$PREFIX/link.kept\"; ln -sfn .releases/other \"$PREFIX/home/ubuntu/sftp/kp-server\"",
            mending:
                "ln -sfn \"$(cat \"$PREFIX/link.kept\")\" \"$PREFIX/home/ubuntu/sftp/kp-server\"; rm -rf \"$PREFIX/home/ubuntu/sftp/.releases/other\" \"$PREFIX/link.kept\""
        ),
        Mutation(
            "N2", "a package of kp-server, removed",
            breaking: "mv \"$PREFIX/home/ubuntu/sftp/kp-server/node_modules/ws\" \"$PREFIX/ws.kept\"",
            mending: "mv \"$PREFIX/ws.kept\" \"$PREFIX/home/ubuntu/sftp/kp-server/node_modules/ws\""),
        Mutation(
            "N3", "the name of the database inside nodejs", follows: ["G2"],
            breaking:
                "docker service update -q --detach --host-add db:127.0.0.1 ${STACK}_nodejs >/dev/null; sleep 2; settled nodejs",
            mending:
                "docker service update -q --detach --host-rm db:127.0.0.1 ${STACK}_nodejs >/dev/null; sleep 2; settled nodejs"
        ),
        Mutation(
            "N4", "the command of nodejs",
            breaking: """
                docker service update -q --detach --env-add NODE_PATH=/usr/share/nodejs --args 'node src/index.js' ${STACK}_nodejs >/dev/null
                sleep 2; settled nodejs
                """,
            mending: """
                docker service update -q --detach --env-rm NODE_PATH --args 'npm run server:production' ${STACK}_nodejs >/dev/null
                sleep 2; settled nodejs
                """),
        Mutation(
            "C1", "the link to kp-client", follows: ["C2", "C3", "W5", "B1"],
            breaking: "mv \"$PREFIX/home/ubuntu/kp-client\" \"$PREFIX/home/ubuntu/kp-client.kept\"",
            mending: "mv \"$PREFIX/home/ubuntu/kp-client.kept\" \"$PREFIX/home/ubuntu/kp-client\""),
        Mutation(
            "C2", "a dependency of kp-client that is not installed",
            breaking: """
                cp -p "$PREFIX/home/ubuntu/kp-client/package.json" "$PREFIX/package.kept"
                sed 's/"scripts": {/"dependencies": { "nowhere": "1" }, &/' "$PREFIX/package.kept" >"$PREFIX/home/ubuntu/kp-client/package.json"
                """,
            mending: "mv -f \"$PREFIX/package.kept\" \"$PREFIX/home/ubuntu/kp-client/package.json\""),
        Mutation(
            "C3", "a source that is younger than dist",
            breaking: "touch -d '+1 minute' \"$PREFIX/home/ubuntu/kp-client/src/index.html\"",
            mending: "touch -d '2026-01-01' \"$PREFIX/home/ubuntu/kp-client/src/index.html\""),
        Mutation(
            "C3", "dist, emptied", follows: ["W5"],
            breaking: "cd \"$PREFIX/home/ubuntu/kp-client/\"; mv dist dist.kept; mkdir dist",
            mending: "cd \"$PREFIX/home/ubuntu/kp-client/\"; rmdir dist; mv dist.kept dist"),
    ]

    private static let front: [Mutation] = [
        Mutation(
            "O3", "the certificate, expired",
            breaking: """
                cp -pL "$live/fullchain.pem" "$PREFIX/chain.kept"; cp -pL "$live/privkey.pem" "$PREFIX/key.kept"
                ca="$PREFIX/var/lib/kopnik/authority"
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$DOMAIN" -keyout "$PREFIX/old.key" -out "$PREFIX/old.csr" 2>/dev/null
                printf 'subjectAltName=DNS:%s\\n' "$DOMAIN" >"$PREFIX/old.ext"
                # It ended yesterday: OpenSSL 3.0 has no -not_after, and takes a negative number of days.
                openssl x509 -req -in "$PREFIX/old.csr" -CA "$ca/ca.crt" -CAkey "$ca/ca.key" -days -1 -extfile "$PREFIX/old.ext" \
                    -out "$PREFIX/old.crt" 2>/dev/null
                cat "$PREFIX/old.crt" "$ca/ca.crt" >"$live/fullchain.pem"; cat "$PREFIX/old.key" >"$live/privkey.pem"; reload
                """,
            mending: """
                cat "$PREFIX/chain.kept" >"$live/fullchain.pem"; cat "$PREFIX/key.kept" >"$live/privkey.pem"; reload
                rm -f "$PREFIX"/chain.kept "$PREFIX"/key.kept "$PREFIX"/old.*
                """),
        Mutation(
            "W6", "a new certificate that nginx was not told of",
            breaking: """
                cp -pL "$live/fullchain.pem" "$PREFIX/chain.kept"
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$DOMAIN" -days 5 -keyout /dev/null -out "$live/fullchain.pem" 2>/dev/null
                """,
            mending: "cat \"$PREFIX/chain.kept\" >\"$live/fullchain.pem\"; rm -f \"$PREFIX/chain.kept\""),
        Mutation(
            "W1", "nginx's port 80, without its redirection", breaking: "edit 's/return 301 .*;/return 404;/'",
            mending: "restore"),
        Mutation("W2", "nginx's HTTP/2", breaking: "edit 's/http2 on;/http2 off;/'", mending: "restore"),
        Mutation(
            "W3", "nginx's way to the router", follows: ["B1"], breaking: "edit 's/crossbar:8080/crossbar:8099/'",
            mending: "restore"),
        Mutation(
            "W4", "nginx's way to nodejs, led to the file server", breaking: "edit 's/nodejs:80/files:8484/'",
            mending: "restore"),
        Mutation(
            "W4", "nodejs, stopped", follows: whole.union(["G2", "M2", "B2", "N1", "N2", "N3", "N4"]),
            breaking: "docker service scale -d ${STACK}_nodejs=0 >/dev/null; gone nodejs",
            mending: "docker service scale -d ${STACK}_nodejs=1 >/dev/null; settled nodejs"),
        Mutation(
            "W5", "nginx's folder of pages",
            breaking: "edit 's#root /home/ubuntu/kp-client/dist;#root /home/ubuntu/kp-client/src;#'", mending: "restore"
        ),
        Mutation(
            "W5", "a page that nginx may not read",
            breaking: "chmod 000 \"$PREFIX/home/ubuntu/kp-client/dist/index.html\"",
            mending: "chmod 644 \"$PREFIX/home/ubuntu/kp-client/dist/index.html\""),
    ]
}
