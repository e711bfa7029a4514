import Foundation
import Machine
import Testing

/// Minutes long, so it runs when asked for: `./kopnik-test bare --filter OnServerTests`.
///
/// `--on`: an empty server with systemd, reached over SSH from a person's own computer, which is a bare Debian.
@Suite(.enabled(if: BareHost.isHere), .serialized, .timeLimit(.minutes(20)))
struct OnServerTests {
    /// All in one: each part takes the server as the one before left it.
    @Test func `one command makes an empty server a site, whatever happens to the connection`() async throws {
        let chance = Chance()
        print("KOPNIK_TEST_SEED=\(chance.seed)")
        try await SystemdHost.fresh { server in
            try await BareHost.fresh("laptop") { laptop in
                let person = try await Person(laptop: laptop, server: server)
                try await saysWhatIsWrongWithTheWay(person)
                try await saysWhoMayNotAdminister(person)
                try await refusesWhatCannotBe(person)
                try await asksAtATerminal(person)
                try await stopsThereWhenStoppedHere(person, chance)
                try await server.borrowImages()
                try await endsUpWithASite(person, chance)
                try await passesOtherVerbsOn(person)
                try await seesBrokenDoors(person)
            }
        }
    }

    /// Somebody at their own computer, with a password and a key for a server.
    private struct Person {
        let laptop: BareHost
        let server: SystemdHost
        let hostKey: String

        init(laptop: BareHost, server: SystemdHost) async throws {
            (self.laptop, self.server) = (laptop, server)
            let tools = try await laptop.shell(
                """
                apt-get update --quiet >/dev/null; apt-get install --yes --quiet --no-install-recommends openssh-client curl >/dev/null 2>&1
                mkdir -p -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; cat /root/.ssh/id_ed25519.pub
                """)
            try #require(tools.succeeded, "\(tools)")
            try await laptop.write("#!/bin/sh\necho \"$1\" >>/root/asked\ncat /root/password\n", to: "/root/answer")
            try await laptop.write(
                "sources: { server: demo, client: demo }\nserver: { desktop: none, nvm: 'http://localhost/none' }\n",
                to: "/root/kopnik.yaml")
            _ = try await laptop.shell("chmod 755 /root/answer")
            _ = try await server.must(
                """
                rm /usr/local/bin/kopnik; mkdir -p -m 700 .ssh; echo '\(tools.text)' >.ssh/authorized_keys
                for user in admin guest; do useradd --create-home --shell /bin/bash $user; echo "$user:$user-word" | chpasswd; done
                usermod --append --groups sudo admin; install -d -m 700 -o admin /home/admin/.ssh
                install -m 600 -o admin .ssh/authorized_keys /home/admin/.ssh/
                """)
            hostKey = try await server.must("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").text
                .split(separator: " ").map(String.init)[1]
        }

        /// Runs `kopnik` at the person's own computer, without a terminal.
        func kopnik(_ words: String, as user: String = "root", password: String? = nil, more: String = "") async throws
            -> CommandOutput
        {
            let ask =
                password.map {
                    "echo '\($0)' >password; export SSH_ASKPASS=/root/answer SSH_ASKPASS_REQUIRE=force; keys=no;"
                } ?? ""
            return try await laptop.shell(
                "cd /root; \(ask) exec kopnik \(words) --on ssh://\(user)@\(server.address) \(more) </dev/null",
                within: .seconds(900))
        }

        /// Nothing of ours runs on the server any more.
        func isQuiet() async throws -> Bool {
            try await poll(for: .seconds(30)) { () -> Bool? in
                try await server.shell("pgrep -f '^/usr/local/bin/kopnik (host|up)'").exitCode == 1 ? true : nil
            } == true
        }
    }

    private func expect(
        _ output: CommandOutput, _ code: Int32 = 1, _ words: String..., at place: SourceLocation = #_sourceLocation
    ) {
        #expect(output.exitCode == code, "\(output)", sourceLocation: place)
        for word in words { #expect(output.standardError.contains(word), "\(output)", sourceLocation: place) }
    }

    private func saysWhatIsWrongWithTheWay(_ person: Person) async throws {
        let other = "SHA256:" + String(repeating: "a", count: 43)
        expect(try await person.kopnik("status"), 1, "is not known here yet", "--host-key SHA256:")
        expect(try await person.kopnik("status", more: "--host-key \(other)"), 1, "shows another key than the one")
        #expect(try await person.laptop.shell("test -e /root/.ssh/known_hosts").exitCode == 1, "nothing was trusted")
        expect(
            try await person.kopnik("status", more: "--host-key \(person.hostKey)"), 1, "there is no kopnik on",
            "kopnik up --on ssh://root@")
        // Taken once, it is known from then on.
        expect(try await person.kopnik("status"), 1, "there is no kopnik on")
        let port = try await person.laptop.shell("cd; kopnik status --on ssh://root@\(person.server.address):99")
        expect(port, 1, "not at port 99")
        let name = try await person.laptop.shell("cd; kopnik status --on ssh://root@nowhere.invalid")
        expect(name, 1, "nobody knows an address of the name 'nowhere.invalid'")
        // Another computer answers at the same address.
        _ = try await person.server.must(
            "cp -p /etc/ssh/ssh_host_ed25519_key kept; cp -p /etc/ssh/ssh_host_ed25519_key.pub kept.pub; rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh"
        )
        expect(try await person.kopnik("status"), 1, "is not the server it was", "ssh-keygen -R")
        _ = try await person.server.must(
            "mv kept /etc/ssh/ssh_host_ed25519_key; mv kept.pub /etc/ssh/ssh_host_ed25519_key.pub; systemctl restart ssh"
        )
    }

    private func saysWhoMayNotAdminister(_ person: Person) async throws {
        expect(
            try await person.kopnik("up --yes", as: "guest", password: "wrong"), 1, "the password was wrong",
            "run the same command again")
        expect(
            try await person.kopnik("up --yes", as: "guest", password: "guest-word"), 1, "guest may not administer",
            "usermod -aG sudo guest")
        #expect(try await person.server.shell("ls -d /home/guest/.kopnik").exitCode != 0, "nothing was carried there")
        expect(try await person.kopnik("up"), 2, "there is nobody to ask", "kopnik plan")
        expect(try await person.kopnik("up --yes --trust"), 2, "--trust is about the programs")
        expect(try await person.kopnik("up --yes", more: "--jump root@\(person.server.address):99"), 1, "did not open")
    }

    private func refusesWhatCannotBe(_ person: Person) async throws {
        let server = person.server
        _ = try await server.must(
            "mv /usr/lib/os-release kept; printf 'ID=fedora\\nVERSION_ID=42\\nPRETTY_NAME=\"Fedora 42\"\\n' >/usr/lib/os-release"
        )
        expect(try await person.kopnik("up --yes"), 1, "this is Fedora 42; it knows Ubuntu 24.04")
        _ = try await server.must("mv kept /usr/lib/os-release")

        _ = try await server.must(
            "printf '#!/bin/sh\\necho 99.0.0\\n' >/usr/local/bin/kopnik; chmod 755 /usr/local/bin/kopnik")
        expect(try await person.kopnik("up --yes"), 1, "is newer than this one", "there it is 99.0.0")
        _ = try await server.must("rm /usr/local/bin/kopnik")

        _ = try await server.must("mkdir -p .kopnik; mount -t tmpfs -o size=8m none /root/.kopnik")
        expect(try await person.kopnik("up --yes"), 1, "the disk of root@", "is full", "df -h")
        _ = try await server.must("umount /root/.kopnik")
    }

    /// At a terminal the plan is shown and asked about there, and a no changes nothing.
    private func asksAtATerminal(_ person: Person) async throws {
        let said = try await person.laptop.shell(
            "cd /root; (sleep 8; echo n) | script -qec 'kopnik host apply --on root@\(person.server.address)' /dev/null",
            within: .seconds(60))
        #expect(said.standardOutput.contains("make the user ubuntu"), "\(said)")
        #expect(
            said.standardOutput.contains("Do this? [y/N]") && said.standardOutput.contains("Nothing was done."),
            "\(said)")
        #expect(try await person.server.shell("getent passwd ubuntu").exitCode == 2)
    }

    private func stopsThereWhenStoppedHere(_ person: Person, _ chance: Chance) async throws {
        // It has to have something to do when it is hit: apt cannot get on while another holds its lock.
        let line = """
            cd /root; kopnik up --yes --on root@\(person.server.address) >up.log 2>&1 </dev/null & up=$!
            until grep -q '… Packages' up.log; do sleep 0.1; done; sleep %; HIT; code=0; wait $up || code=$?; cat up.log >&2; exit $code
            """
        func hit(_ what: String, _ name: String) async throws -> CommandOutput {
            let moment = chance.moment(name, upTo: .seconds(4)) / .seconds(1)
            return try await person.laptop.shell(
                line.replacing("%", with: "\(moment)").replacing("HIT", with: what), within: .seconds(300))
        }
        expect(try await hit("kill -INT $up", "stopped"), 130, "stopped by you", "run the same command again")
        #expect(try await person.isQuiet())
        expect(try await hit("kill $(pgrep -x ssh)", "cut off"), 1, "was lost", "run the same command again")
        #expect(try await person.isQuiet())
        #expect(
            try await person.laptop.shell("ls -d /tmp/kopnik-*").exitCode != 0, "nothing is left of the connections")
        // Sets up the rest, as somebody whose sudo asks for a password.
        let applied = try await person.kopnik("host apply --yes", as: "admin", password: "admin-word")
        #expect(applied.succeeded, "\(applied)")
        #expect(applied.standardError.contains("Node.js could not be installed"), "\(applied)")
    }

    /// What the tests' own host built need not be built again; where it has none, the server builds them itself.
    private func endsUpWithASite(_ person: Person, _ chance: Chance) async throws {
        let moment = chance.moment("in the stack", upTo: .seconds(10)) / .seconds(1)
        let cut = try await person.laptop.shell(
            """
            cd /root; kopnik up --yes --on root@\(person.server.address) >up.log 2>&1 </dev/null & up=$!
            until grep -q '… Images' up.log; do sleep 0.1; done; sleep \(moment); kill $(pgrep -x ssh); wait $up
            """, within: .seconds(300))
        #expect(cut.exitCode == 1, "\(cut)")
        #expect(try await person.isQuiet())
        let up = try await person.kopnik("up --yes")
        #expect(up.succeeded, "\(up)")
        for word in ["Verified ", " 0 broken", "is up", "Seen from here", "HTTPS and HTTP answer here"] {
            #expect(up.standardError.contains(word), "\(up)")
        }
        #expect(!up.standardError.contains("--trust"))
        let again = try await person.kopnik("up --yes")
        #expect(again.succeeded && again.standardError.contains("is up, nothing to do"), "\(again)")
    }

    private func passesOtherVerbsOn(_ person: Person) async throws {
        let plan = try await person.kopnik("plan")
        #expect(plan.exitCode == 0 && plan.standardOutput.contains("Nothing to do."), "\(plan)")
        let host = try await person.kopnik("host plan")
        #expect(host.exitCode == 3 && host.standardOutput.contains("3 changes"), "nvm and Node.js: \(host)")
        let status = try await person.kopnik("status --json")
        #expect((try? JSONSerialization.jsonObject(with: Data(status.standardOutput.utf8))) != nil, "\(status)")
        // Whoever logs in, it is the same site; its sudo asks for a password.
        let admin = try await person.kopnik("status", as: "admin")
        expect(admin, 1, "there is no terminal here to ask at")
        let fed = try await person.laptop.shell(
            "cd; echo admin-word >password; SSH_ASKPASS=/root/answer kopnik status --on admin@\(person.server.address)")
        #expect(fed.succeeded && fed.standardOutput.contains("nodejs"), "\(fed)")
        // Through another host, where the address is one that only that one knows.
        let jump = try await person.laptop.shell(
            "cd; kopnik exec --on root@127.0.0.1 --jump root@\(person.server.address) --host-key \(person.hostKey) nodejs node -p 40+2"
        )
        #expect(jump.succeeded && jump.text == "42", "\(jump)")
        let there = try await person.server.shell(
            "SUDO_USER=ubuntu SUDO_UID=$(id -u ubuntu) SUDO_GID=$(id -g ubuntu) kopnik history")
        #expect(there.standardOutput.contains("kopnik up"), "\(there)")
    }

    /// O5 to O8 by trying: each broken, seen, mended.
    private func seesBrokenDoors(_ person: Person) async throws {
        func outcomes() async throws -> [String: String] {
            struct Report: Decodable {
                struct Row: Decodable { var number: String; var outcome: String }
                var results: [Row]
            }
            let output = try await person.kopnik("verify --only O2,O5,O6,O7,O8 --json")
            let report = try JSONDecoder().decode(Report.self, from: Data(output.standardOutput.utf8))
            return Dictionary(uniqueKeysWithValues: report.results.map { ($0.number, $0.outcome) })
        }
        let well = ["O2": "differs", "O5": "differs", "O6": "holds", "O7": "holds", "O8": "differs"]
        #expect(try await outcomes() == well)
        let faults: [(String, String, String)] = [
            (
                "O5",
                "echo ubuntu:ubuntu | chpasswd; echo 'PasswordAuthentication yes' >/etc/ssh/sshd_config.d/00-other.conf; systemctl reload ssh",
                "rm /etc/ssh/sshd_config.d/00-other.conf; systemctl reload ssh"
            ),
            (
                "O6", "echo 'DenyUsers ubuntu' >/etc/ssh/sshd_config.d/00-other.conf; systemctl reload ssh",
                "rm /etc/ssh/sshd_config.d/00-other.conf; systemctl reload ssh"
            ),
            (
                "O7",
                "cp -p /usr/local/lib/kopnik/sftp kept; printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' >/usr/local/lib/kopnik/sftp",
                "cp -p kept /usr/local/lib/kopnik/sftp"
            ),
            ("O8", "mv /var/lib/kopnik/host/node-refused kept-node", "mv kept-node /var/lib/kopnik/host/node-refused"),
        ]
        for (row, fault, mending) in faults {
            _ = try await person.server.must(fault)
            #expect(try await outcomes()[row] == "broken", "\(row): \(fault)")
            _ = try await person.server.must(mending)
        }
        #expect(try await outcomes() == well)
        #expect(
            try await person.server.shell("ls /home/ubuntu/.ssh/authorized_keys2 /run/kopnik-verify-*").exitCode == 2)
    }
}
