extension Mutation {
    /// Rows that need every service.
    static let whole: Set<String> = ["S1", "S2", "O10", "D1"]
    /// Rows that look at a container, or at Docker.
    private static let everythingInContainers: Set<String> = whole.union([
        "O3", "O9", "D2", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "M1", "M2", "B1", "B2", "N1", "N2", "N3", "N4",
        "W1", "W2", "W3", "W4", "W5", "W6", "V1",
    ])

    static let all: [Mutation] = services + postgres + links + application + front

    private static let services: [Mutation] = [
        // Swarm ends an unhealthy task at once and starts another: what stays red is a service that is not there.
        Mutation(
            "S1", "the keeper, stopped", follows: whole.union(["V1"]),
            breaking: "stop keeper",
            mending: "start keeper"),
        Mutation(
            "B1", "the router, stopped", follows: whole.union(["B2", "N3", "W3"]),
            breaking: "stop crossbar",
            mending: "start crossbar"),
        Mutation(
            "O10", "the file server, stopped", follows: whole, breaking: "stop files", mending: "start files"),
        Mutation(
            "V1", "the dashboard, stopped", follows: whole, breaking: "stop dashboard", mending: "start dashboard"),
        Mutation(
            "S2", "a privileged container among the stack's", follows: ["D1"],
            // A computer inside another may lack rights that a privileged container is given.
            needs: "docker run --rm --privileged --network none --entrypoint true \"$(image_of mail)\"",
            breaking: """
                docker run --detach --privileged --network none --name "${STACK}-foreign" --entrypoint sleep \
                    --label "com.docker.stack.namespace=$STACK" --label "com.docker.swarm.service.name=${STACK}_foreign" \
                    "$(image_of mail)" 1000 >/dev/null
                """,
            mending: "docker rm --force \"${STACK}-foreign\" >/dev/null"),
        Mutation(
            "O9", "the swarm, left by hand", follows: everythingInContainers,
            breaking: """
                docker swarm leave --force >/dev/null
                for service in db mail crossbar nodejs files nginx keeper dashboard; do gone $service; done
                """,
            mending: "$KOPNIK up --yes --force"),
        Mutation(
            "D2", "a service, removed by hand", follows: whole.union(["V1"]),
            breaking: "docker service rm ${STACK}_keeper >/dev/null; gone keeper",
            mending: "$KOPNIK up --yes --force"),
        Mutation(
            "D1", "a service, put into a second network",
            breaking: """
                docker network create -d overlay ${STACK}_second >/dev/null
                change files --network-add ${STACK}_second
                """,
            mending: """
                change files --network-rm ${STACK}_second
                docker network rm ${STACK}_second >/dev/null
                """),
    ]

    /// A setting of the running server, past all files: ALTER SYSTEM.
    private static func setting(_ number: String, _ name: String, _ value: String, needsRestart: Bool) -> Mutation {
        func take(_ value: String) -> String { needsRestart ? "restart db" : "takes \(name) \(value)" }
        return Mutation(
            number, "\(name) of the running server",
            breaking:
                "sql 'SHOW \(name)' >\"$PREFIX/value.kept\"; sql \"ALTER SYSTEM SET \(name) = '\(value)'\"; \(take(value))",
            mending:
                "sql 'ALTER SYSTEM RESET \(name)'; \(take("\"$(cat \"$PREFIX/value.kept\")\"")); rm \"$PREFIX/value.kept\""
        )
    }

    private static let postgres: [Mutation] = [
        Mutation(
            "G1", "the database, stopped", follows: whole.union(["G2", "G3", "G4", "G5", "G6", "G7", "N3"]),
            breaking: "stop db",
            mending: "start db"),
        // A true older server cannot open these data: this one's program is made to say another number.
        Mutation(
            "G1", "the database's program, with another version in it",
            breaking: #"""
                image_of db >"$PREFIX/image.kept"
                docker build --quiet --tag kopnik-old-db - >/dev/null <<END
                FROM $(cat "$PREFIX/image.kept")
                USER root
                RUN perl -pi -e 's/\Q@{[pack "V", $(sql 'SHOW server_version_num')]}\E/pack "V", 160004/ge' /usr/lib/postgresql/17/bin/postgres
                USER $(docker image inspect --format '{{.Config.User}}' "$(cat "$PREFIX/image.kept")")
                END
                change db --no-resolve-image --image kopnik-old-db
                """#,
            mending: """
                change db --no-resolve-image --image "$(cat "$PREFIX/image.kept")"; rm "$PREFIX/image.kept"
                docker image rm --force kopnik-old-db >/dev/null
                """),
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
                "change mail --publish-add mode=host,published=25,target=25",
            mending:
                "change mail --publish-rm published=25,target=25,mode=host"
        ),
        // No port is published: it listens where this computer itself reaches it, and takes letters from everybody.
        Mutation(
            "M1", "the running mail service, open on Docker's gateway bridge",
            breaking: """
                bridge=$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' docker_gwbridge | cut -d. -f1-2)
                door=$(in_mail 'hostname -I' | tr ' ' '\\n' | grep "^$bridge\\.")
                opens_mail "$door"
                """,
            mending: "$KOPNIK restart mail; settled mail"),
        Mutation(
            "M1", "the mail service, open in a foreign network", follows: ["D1"],
            breaking: """
                docker network create -d overlay ${STACK}_foreign >/dev/null
                change mail --network-add ${STACK}_foreign
                # It listens in the first of its networks only, which may be either.
                for door in $(in_mail 'hostname -I'); do
                    in_mail 'postconf -h inet_interfaces' | grep -qwF "$door" || opens_mail "$door"
                done
                """,
            mending: """
                change mail --network-rm ${STACK}_foreign
                docker network rm ${STACK}_foreign >/dev/null
                """),
        Mutation(
            "M2", "the mail service, stopped", follows: whole.union(["M1", "N3"]),
            breaking: "stop mail",
            mending: "start mail"),
        Mutation(
            "B1", "the router, on other rules than the client's file",
            breaking: """
                cp -p "$PREFIX/home/ubuntu/kp-client/.crossbar/config.json" "$PREFIX/crossbar.kept"
                sed 's/"name": "anonymous"/"name": "nobody"/' "$PREFIX/crossbar.kept" >"$PREFIX/home/ubuntu/kp-client/.crossbar/config.json"
                """,
            mending: "mv -f \"$PREFIX/crossbar.kept\" \"$PREFIX/home/ubuntu/kp-client/.crossbar/config.json\""),
        Mutation(
            "B1", "the running router, on other rules",
            breaking: """
                rules="$PREFIX/etc/kopnik/crossbar/config.json"; cp -p "$rules" "$rules.kept"
                sed 's/"register" : false/"register" : true/' "$rules.kept" >"$rules"
                ! cmp -s "$rules" "$rules.kept"; restart crossbar
                """,
            mending:
                "rules=\"$PREFIX/etc/kopnik/crossbar/config.json\"; mv -f \"$rules.kept\" \"$rules\"; restart crossbar"),
        Mutation(
            "B2", "the name of the router inside nodejs", follows: ["N3"],
            breaking:
                "change nodejs --host-add crossbar:127.0.0.1",
            mending:
                "change nodejs --host-rm crossbar:127.0.0.1"
        ),
    ]
}
