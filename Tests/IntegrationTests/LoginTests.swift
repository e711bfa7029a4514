import Foundation
import Machine
import Testing

extension OnABareComputer {
    /// Logins over WAMP as kp-client makes them: every outcome of the authenticator, at a real router and a real database with the tables
    /// of kp-server.
    @Suite struct LoginTests {
        let host = BareHost.shared
        private static let site = "/root/.local/share/kopnik/awkward"
        private static let incorrect = "org.kopnik.incorrect_username_or_password"
        private static let password = "пароль 'x\" $1"

        private func ticket(_ password: String, captcha: String? = nil) throws -> String {
            var parts = ["password": password]
            parts["captchaResponse"] = captcha
            return String(decoding: try JSONSerialization.data(withJSONObject: parts), as: UTF8.self)
        }

        /// A person and a registration that waits, as kp-server would have written them.
        private func prepare() async throws {
            try await AwkwardSourceTests().raise()
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
                path: "Fixtures/authenticator/logins.py")
            try await host.write(try String(contentsOf: script, encoding: .utf8), to: "/srv/logins.py")
            // $2a$ is what kp-server's own bcrypt writes.
            let line = """
                image=$(docker inspect --format '{{.Config.Image}}' "$(docker ps -q --filter name=awkward_crossbar)")
                hash=$(printf %s "$0" | docker run --rm -i --network none --entrypoint /opt/crossbar/bin/python "$image" -c \
                    'import bcrypt, sys; print(bcrypt.hashpw(sys.stdin.buffer.read(), bcrypt.gensalt(4, b"2a")).decode())')
                kopnik psql --name awkward -v ON_ERROR_STOP=1 -v hash="$hash" <<'SQL'
                DELETE FROM "Kopnik" WHERE email LIKE '%@example.org'; DELETE FROM "Registration" WHERE email LIKE '%@example.org';
                INSERT INTO "Kopnik" (email, password, rolee, birth, passport, created_at, updated_at) VALUES ('anna@example.org', :'hash', 'kopnik', 1980, '1', now(), now());
                INSERT INTO "Kopnik" (email, password, rolee, birth, passport, created_at, updated_at) VALUES ('program@example.org', :'hash', 'server', 1980, '1', now(), now());
                INSERT INTO "Kopnik" (email, password, rolee, birth, passport, created_at, updated_at) VALUES ('nopass@example.org', NULL, 'kopnik', 1980, '1', now(), now());
                INSERT INTO "Registration" (email, password, state, birth, passport, created_at, updated_at) VALUES ('waits@example.org', :'hash', 0, 1980, '1', now(), now());
                INSERT INTO "Registration" (email, password, state, birth, passport, created_at, updated_at) VALUES ('refused@example.org', :'hash', -1, 1980, '1', now(), now());
                SQL
                """
            let output = try await host.run(["sh", "-euc", line, Self.password])
            try #require(output.succeeded, "\(output)")
        }

        /// Runs the program that logs in, in the crossbar image, with these words of `docker run`.
        private func logIn(_ request: [String: Any], _ words: String) async throws -> [String: Any] {
            let line =
                "image=$(docker inspect --format '{{.Config.Image}}' \"$(docker ps -q --filter name=awkward_crossbar)\"); "
                + "exec docker run --rm -i --read-only --tmpfs /tmp -v /srv/logins.py:/logins.py:ro \(words) --entrypoint /opt/crossbar/bin/python \"$image\" /logins.py"
            let text = String(decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
            let output = try await host.run(["sh", "-euc", line], input: text, within: .seconds(180))
            try #require(output.succeeded, "\(output)")
            return try #require(
                try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: Any])
        }

        private func serverTicket() throws -> String {
            try String(
                contentsOfFile: host.rootFolder() + Self.site + "/var/lib/kopnik/secrets/wamp-ticket", encoding: .utf8)
        }

        @Test(.timeLimit(.minutes(10)))
        func `at the running site end as kp-client expects, through nginx and /ws`() async throws {
            try await prepare()
            let good = try ticket(Self.password)
            let logins: [String: [String?]] = [
                "server": ["server", try serverTicket()], "server, wrong ticket": ["server", "wrong"],
                "somebody with the server's ticket": ["anna@example.org", try serverTicket()],
                "anonymous": ["", nil], "person": ["anna@example.org", good],
                "wrong password": ["anna@example.org", try ticket("wrong")],
                "a program's role": ["program@example.org", good], "no password": ["nopass@example.org", good],
                "nobody": ["nobody@example.org", good],
                "waits": ["waits@example.org", good], "refused": ["refused@example.org", good],
                "not JSON": ["anna@example.org", Self.password], "a list": ["anna@example.org", "[]"],
                "a number": ["anna@example.org", "{\"password\":1}"],
                "quotes": ["' OR 1=1 --", good],
                "long": ["anna@example.org", try ticket(String(repeating: "x", count: 5000))],
            ]
            let authority = try String(
                contentsOfFile: host.rootFolder() + Self.site + "/var/lib/kopnik/authority/ca.crt", encoding: .utf8)
            let outcomes = try await logIn(
                [
                    "url": "wss://awkward.localhost:8450/ws", "authority": authority,
                    "logins": logins.mapValues { $0.map { $0 as Any? ?? NSNull() } },
                ], "--network host --add-host awkward.localhost:127.0.0.1")
            let wanted = [
                "server": "role server", "anonymous": "role anonymous", "person": "role kopnik",
                "waits": "org.kopnik.unverified_registration",
            ]
            for name in logins.keys.sorted() {
                #expect(outcomes[name] as? String == wanted[name] ?? Self.incorrect, "\(name)")
            }
            // Docker's own words: what kopnik prints is redacted.
            let said = try await host.shell("docker service logs --raw awkward_crossbar 2>&1")
            #expect(said.standardOutput.contains("refused a login"))
            for secret in [Self.password, try serverTicket()] {
                #expect(!(said.standardOutput + said.standardError).contains(secret))
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func `of the first person, whom kopnik makes in an empty copy, works, and others can be verified`() async throws
        {
            try await prepare()
            func sql(_ text: String) async throws -> String {
                try await host.run(["kopnik", "psql", "--name", "awkward", "-At", "-v", "ON_ERROR_STOP=1", "-c", text])
                    .text
            }
            let words = [
                "kopnik", "first-person", "--name", "awkward", "--given-name", "Анна", "--surname", "О'Хара", "--email",
                "first@example.org", "--birth", "1970", "--passport", "1234", "--land", "country=Россия", "--land",
                "town=Сургут", "--land", "street=Дзержинского", "--land", "house=9/2",
            ]
            // Somebody is there: nothing is changed.
            let refused = try await host.run(words, input: Self.password + "\n")
            #expect(refused.exitCode == 1 && refused.standardError.contains("there is somebody already"), "\(refused)")
            _ = try await sql(#"TRUNCATE "Kopnik", "Zemla", "Registration" CASCADE"#)
            let doctor = try await host.run(["kopnik", "doctor", "--name", "awkward"])
            #expect(
                doctor.standardOutput.contains("fix:     kopnik first-person --name awkward"),
                "\(doctor.standardOutput)")
            for input in ["short\n", ""] {
                let output = try await host.run(words, input: input)
                #expect(output.exitCode == 2 && output.standardError.contains("the password is too short"), "\(output)")
            }
            // A land that is there already is taken as it is.
            _ = try await sql(
                #"INSERT INTO "Zemla" (name, level, path, created_at, updated_at) VALUES ('Земля', -1, '/', now(), now())"#
            )
            let made = try await host.run(words, input: Self.password + "\n")
            #expect(made.succeeded, "\(made)")
            let lands = try await sql(
                #"SELECT string_agg(concat_ws(' ', level, name, "obshinaSize", path = coalesce((SELECT p.path || p.id || '/' FROM "Zemla" p WHERE p.id = z.parent_id), '/')), ', ' ORDER BY level) FROM "Zemla" z"#
            )
            #expect(lands == "-1 Земля 1 t, 0 Россия 1 t, 4 Сургут 1 t, 7 Дзержинского 1 t, 99 9/2 1 t")
            // As kp-server looks for who verifies a registration of that house.
            let verifier = try await sql(
                #"SELECT v.email FROM "Zemla" h, get_zemli(h.id) up JOIN "Kopnik" v ON v.id = up.verifier_id WHERE h.level = 99"#
            )
            #expect(verifier == "first@example.org")
            #expect(try await sql(#"SELECT count(*) FROM "KopnikTree" WHERE starshii_id = mladshii_id"#) == "1")
            #expect(try await sql(#"SELECT min(id) > 1000 FROM "Kopnik""#) == "t")
            let authority = try String(
                contentsOfFile: host.rootFolder() + Self.site + "/var/lib/kopnik/authority/ca.crt", encoding: .utf8)
            let outcomes = try await logIn(
                [
                    "url": "wss://awkward.localhost:8450/ws", "authority": authority,
                    "logins": [
                        "first": ["first@example.org", try ticket(Self.password)],
                        "wrong": ["first@example.org", try ticket("wrong")],
                    ],
                ], "--network host --add-host awkward.localhost:127.0.0.1")
            #expect(outcomes["first"] as? String == "role kopnik" && outcomes["wrong"] as? String == Self.incorrect)
            let twice = try await host.run(words, input: Self.password + "\n")
            #expect(twice.exitCode == 1)
            #expect(try await sql(#"SELECT count(*) FROM "Kopnik""#) == "1")
        }

        @Test(.timeLimit(.minutes(10)))
        func `with a captcha end by its answer, and say so when it or the database cannot be asked`() async throws {
            try await prepare()
            let root = host.rootFolder()
            let password = try String(
                contentsOfFile: root + Self.site + "/var/lib/kopnik/secrets/crossbar-password", encoding: .utf8)
            let config = try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(filePath: root + Self.site + "/etc/kopnik/crossbar/config.json")))
            func outcomes(port: Int, secret: String?, optional: Bool, _ logins: [String: [String]]) async throws
                -> [String: Any]
            {
                let settings: [String: Any] = [
                    "server": ["username": "server", "password": "a ticket of the tests"],
                    "captcha": ["secret": secret as Any? ?? NSNull(), "optional": optional],
                    "database": [
                        "host": "127.0.0.1", "port": port, "database": "kopnik", "username": "crossbar",
                        "password": password,
                    ],
                ]
                let text = String(decoding: try JSONSerialization.data(withJSONObject: settings), as: UTF8.self)
                try await host.write(text, to: "/srv/authenticator.json")
                _ = try await host.shell("chown 8080:8080 /srv/authenticator.json; chmod 400 /srv/authenticator.json")
                // Beside the database, in its own network: pg_hba.conf lets kopnik in from there.
                return try await logIn(
                    [
                        "url": "ws://127.0.0.1:8080/ws", "config": config, "logins": logins,
                        "secrets": [Self.password, "a ticket of the tests", "a secret of reCAPTCHA", password],
                    ],
                    "--network container:$(docker ps -q --filter name=awkward_db) -v /srv/authenticator.json:/run/secrets/authenticator.json:ro"
                )
            }
            let asked = try await outcomes(
                port: 5432, secret: "a secret of reCAPTCHA", optional: false,
                [
                    "good": ["anna@example.org", try ticket(Self.password, captcha: "good")],
                    "bad": ["anna@example.org", try ticket(Self.password, captcha: "bad")],
                    "none": ["anna@example.org", try ticket(Self.password)],
                    "broken": ["anna@example.org", try ticket(Self.password, captcha: "broken")],
                    "good, wrong password": ["anna@example.org", try ticket("wrong", captcha: "good")],
                    "server": ["server", "a ticket of the tests"],
                ])
            #expect(asked["good"] as? String == "role kopnik" && asked["server"] as? String == "role server")
            #expect(asked["bad"] as? String == "org.kopnik.invalid_captcha")
            #expect(asked["none"] as? String == "org.kopnik.invalid_captcha")
            #expect(asked["broken"] as? String == "org.kopnik.invalid_captcha_status_code")
            #expect(asked["good, wrong password"] as? String == Self.incorrect)
            #expect(asked["log"] as? [String] == [])
            // A public copy without keys lets nobody in; nor does a database that is away.
            let person = ["anna@example.org", try ticket(Self.password, captcha: "good")]
            let keyless = try await outcomes(port: 5432, secret: nil, optional: false, ["person": person])
            #expect(keyless["person"] as? String == "org.kopnik.invalid_captcha")
            let alone = try await outcomes(
                port: 5433, secret: nil, optional: true,
                ["person": person, "server": ["server", "a ticket of the tests"]])
            #expect(alone["person"] as? String == "org.kopnik.authenticator_unavailable")
            #expect(alone["server"] as? String == "role server" && alone["log"] as? [String] == [])
        }
    }
}
