/// The application, its sources, and what stands before it.
extension Mutation {
    static let application: [Mutation] = [
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
                "change nodejs --host-add db:127.0.0.1",
            mending:
                "change nodejs --host-rm db:127.0.0.1"
        ),
        Mutation(
            "N4", "the command of nodejs",
            breaking: """
                change nodejs --env-add NODE_PATH=/usr/share/nodejs --args 'node src/index.js'
                """,
            mending: """
                change nodejs --env-rm NODE_PATH --args 'npm run server:production'
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

    static let front: [Mutation] = [
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
            "W4", "nodejs, stopped", follows: Mutation.whole.union(["G2", "M2", "B2", "N1", "N2", "N3", "N4"]),
            breaking: "stop nodejs",
            mending: "start nodejs"),
        Mutation(
            "W5", "nginx's folder of pages",
            breaking: "edit 's#root /home/ubuntu/kp-client/dist;#root /home/ubuntu/kp-client/src;#'", mending: "restore"
        ),
        Mutation(
            // nginx goes on serving a file that it holds open (open_file_cache): new workers hold none.
            "W5", "a page that nginx may not read",
            breaking: "chmod 000 \"$PREFIX/home/ubuntu/kp-client/dist/index.html\"; reload",
            mending: "chmod 644 \"$PREFIX/home/ubuntu/kp-client/dist/index.html\""),
    ]
}
