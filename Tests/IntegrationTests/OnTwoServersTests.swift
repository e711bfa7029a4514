import Foundation
import Machine
import Testing

/// `up` for two servers at once, typed at a person's own computer: `./kopnik-test bare --filter OnTwoServersTests`.
@Suite(.enabled(if: BareHost.isHere && WholeRun.isAsked), .serialized, .timeLimit(.minutes(20)))
struct OnTwoServersTests {
    @Test func `one command makes two empty servers main and standby`() async throws {
        try await BareHost.shared.raise()
        try await SystemdHost.fresh { main in
            try await SystemdHost.fresh("second") { standby in
                try await BareHost.fresh("laptop") { laptop in
                    try await prepare(laptop, [main, standby])
                    try await saysWhoIsNotReached(laptop)
                    try await bothAreRaised(laptop, main, standby)
                    try await whoeverLeadsComesFirst(laptop, main, standby)
                }
            }
        }
    }

    private func prepare(_ laptop: BareHost, _ servers: [SystemdHost]) async throws {
        let key = try await laptop.shell(
            """
            apt-get update --quiet >/dev/null; apt-get install --yes --quiet --no-install-recommends openssh-client curl >/dev/null 2>&1
            mkdir -p -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; cat /root/.ssh/id_ed25519.pub
            """)
        try #require(key.succeeded, "\(key)")
        for server in servers {
            _ = try await server.must(
                """
                rm /usr/local/bin/kopnik; mkdir -p -m 700 .ssh; echo '\(key.text)' >.ssh/authorized_keys
                apt-get update --quiet >/dev/null; apt-get install --yes --quiet --no-install-recommends docker.io >/dev/null 2>&1
                """, within: .seconds(300))
            try await server.borrowImages()
            let known = try await laptop.shell(
                "ssh-keyscan -t ed25519 \(server.address) 2>/dev/null >>/root/.ssh/known_hosts")
            try #require(known.succeeded)
        }
        try await laptop.write(
            """
            sources: {server: demo, client: demo}
            server: {desktop: none, nvm: 'http://localhost/none'}
            hosts: {main: "ssh://root@\(servers[0].address)", standby: "ssh://root@\(servers[1].address)"}
            standby: {promise: strict}

            """, to: "/root/kopnik.yaml")
    }

    private func kopnik(_ laptop: BareHost, _ words: String) async throws -> CommandOutput {
        try await laptop.shell("cd /root; exec kopnik \(words) </dev/null", within: .seconds(900))
    }

    private func saysWhoIsNotReached(_ laptop: BareHost) async throws {
        try await laptop.write(
            "hosts: {main: \"ssh://root@127.0.0.9:99\", standby: \"ssh://root@127.0.0.8:99\"}\n", to: "/root/wrong.yaml"
        )
        let wrong = try await kopnik(laptop, "up --yes --file wrong.yaml")
        #expect(wrong.exitCode == 1 && wrong.standardError.contains("main: "), "\(wrong)")
        #expect(
            wrong.standardError.contains("for the other one alone:  kopnik up"), "\(wrong)"
        )
        let unasked = try await kopnik(laptop, "up")
        #expect(unasked.exitCode == 2 && unasked.standardError.contains("nobody to ask"), "\(unasked)")
    }

    private func bothAreRaised(_ laptop: BareHost, _ main: SystemdHost, _ standby: SystemdHost) async throws {
        let up = try await kopnik(laptop, "up --yes")
        try #require(up.succeeded, "\(up)")
        #expect(
            up.standardError.contains("Seen from here") && up.standardError.contains("this is the standby"), "\(up)")
        #expect(up.standardOutput.contains("main leads") && up.standardOutput.contains("each write waits"), "\(up)")
        // What opens everything lies nowhere any more.
        for server in [main, standby] {
            let left = try await server.must(
                "find / -xdev -name '*hand-over*' -not -path '/proc/*' | grep -v hand-over.json || true")
            #expect(left.text.isEmpty, "\(left)")
        }
        let again = try await kopnik(laptop, "up --yes")
        #expect(again.succeeded && again.standardError.contains("nothing to do"), "\(again)")
        let status = try await kopnik(laptop, "standby --on ssh://root@\(standby.address)")
        #expect(status.succeeded && status.standardOutput.contains("standby follows"), "\(status)")
    }

    private func whoeverLeadsComesFirst(_ laptop: BareHost, _ main: SystemdHost, _ standby: SystemdHost) async throws {
        let switched = try await kopnik(laptop, "switchover --yes --on ssh://root@\(standby.address)")
        try #require(switched.succeeded, "\(switched)")
        let up = try await kopnik(laptop, "up --yes")
        #expect(up.succeeded, "\(up)")
        #expect(up.standardOutput.contains("standby leads, epoch 2"), "\(up)")
    }
}
