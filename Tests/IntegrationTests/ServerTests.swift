import Foundation
import Machine
import Testing

/// `kopnik host` on a server of its own with systemd, from a bare system on.
@Suite(.enabled(if: BareHost.isHere), .serialized, .timeLimit(.minutes(10)))
struct ServerTests {
    private static func site(_ reach: String, nvm: String = "") -> String {
        let mirror = "http://mirror.test"
        return "server: { reached_by: \(reach), desktop: none, nvm: '\(mirror)\(nvm)', node: '\(mirror)' }"
    }

    /// All in one: each part takes the server as the one before left it.
    @Test func `from a bare system, as its owner's own and as everybody's`() async throws {
        try await SystemdHost.fresh { host in
            let mirror = Mirror(host)
            defer { mirror.end() }
            _ = try await host.must("echo '\(host.outer) mirror.test' >>/etc/hosts")
            try await refusesWithoutAKey(host)
            try await waitsForAnotherInstallation(host)
            try await isSetUp(host)
            try await saysThatTheDiskIsFull(host)
            try await takesNoOtherNvm(host)
            try await letsItsOwnerIn(host)
            try await showsTheFolderOfSFTP(host)
            try await closesWhatDockerPublishes(host)
            for fault in Self.faults { try await mends(fault, host) }
            try await keepsWhatWasChangedByHand(host)
            try await goesOnAfterAKill(host)
            try await letsKeysInAlone(host)
            try await refusesAnotherSystem(host)
        }
    }

    /// The steps that a plan would change.
    private func broken(_ host: SystemdHost) async throws -> [String] {
        struct Entry: Decodable {
            struct Change: Decodable { var summary: String }
            var step: String
            var changes: [Change]
        }
        let output = try await host.shell("kopnik host plan --json")
        try #require([0, 3].contains(output.exitCode), "\(output.standardError)")
        let entries = try JSONDecoder().decode([Entry].self, from: Data(output.standardOutput.utf8))
        let broken = entries.filter { !$0.changes.isEmpty }.map(\.step)
        #expect(output.exitCode == (broken.isEmpty ? 0 : 3))
        return broken
    }

    private func refusesWithoutAKey(_ host: SystemdHost) async throws {
        let output = try await host.shell("kopnik host apply --yes")
        #expect(output.exitCode == 1)
        #expect(output.standardError.contains("nobody could log in to this server any more"))
        #expect(output.standardError.contains("ssh-copy-id"))
        #expect(try await host.shell("getent passwd ubuntu").exitCode == 2, "nothing was done")
    }

    private func waitsForAnotherInstallation(_ host: SystemdHost) async throws {
        _ = try await host.must("echo \"\(Self.site("owner"))\" >kopnik.yaml")
        // Holds the lock as apt does, until it is told to end.
        let holder = """
            use Fcntl; open(F, "+>>", "/var/lib/dpkg/lock-frontend") or die; \
            my $lock = pack("s s x![q] q q i x![q]", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die; \
            open(G, ">", "/root/held"); close(G); sleep 1 until -e "/root/release"
            """
        async let held = host.must("rm -f held release; perl -e '\(holder)'")
        let isHeld = try await poll(for: .seconds(20)) { Files().exists(host.root + "/root/held") ? true : nil }
        try #require(isHeld == true)
        async let applied = host.shell("kopnik host apply --yes 2>apply.log", within: .seconds(400))
        let told = try await poll(for: .seconds(30)) { () -> Bool? in
            try await host.shell("grep -q 'waiting until perl (process' apply.log").succeeded ? true : nil
        }
        #expect(told == true)
        #expect(try await host.shell("dpkg-query -s nftables").exitCode == 1, "nothing was installed meanwhile")
        _ = try await host.must("touch release")
        _ = try await held
        let output = try await applied
        let log = try await host.shell("cat apply.log").standardOutput
        #expect(output.succeeded, "\(log)")
    }

    private func isSetUp(_ host: SystemdHost) async throws {
        #expect(try await broken(host) == [])
        let again = try await host.must("kopnik host apply --yes")
        #expect(again.standardError.contains("nothing to do"))
        #expect(!again.standardError.contains("↻"))
    }

    private func saysThatTheDiskIsFull(_ host: SystemdHost) async throws {
        let places: [(full: String, broken: String, said: String)] = [
            ("/var/cache/apt/archives", "dpkg --remove --force-depends logrotate", "enough free space"),
            ("/etc/apt/apt.conf.d", "true", "No space left on device"),
            ("/var/lib/kopnik/host", "sysctl -w net.core.somaxconn=128", "No space left on device"),
        ]
        for place in places {
            _ = try await host.must(place.broken)
            _ = try await host.must(
                "mount -t tmpfs -o size=64k none \(place.full); cat /dev/zero >\(place.full)/full 2>/dev/null || true")
            let refused = try await host.shell("kopnik host apply --yes")
            _ = try await host.must("umount \(place.full)")
            #expect(refused.exitCode == 1, "\(place.full): \(refused)")
            #expect(refused.standardError.contains(place.said), "\(place.full): \(refused)")
            #expect(refused.standardError.contains("fix:     free some space"), "\(place.full): \(refused)")
            let mended = try await host.shell("kopnik host apply --yes")
            #expect(mended.succeeded, "\(place.full): \(mended.standardError)")
            #expect(try await broken(host) == [], "\(place.full)")
        }
    }

    private func takesNoOtherNvm(_ host: SystemdHost) async throws {
        #expect(try await host.must("su - ubuntu -c 'bash -ic \"node --version\"' 2>/dev/null").text == "v99.1.0")
        _ = try await host.must("rm -r /home/ubuntu/.nvm; cp kopnik.yaml kept.yaml")
        _ = try await host.must("echo \"\(Self.site("owner", nvm: "/tampered"))\" >kopnik.yaml")
        let applied = try await host.shell("kopnik host apply --yes")
        // The site does not need it: the server is set up without.
        #expect(
            applied.succeeded && applied.standardError.contains("gave for nvm.sh has the SHA-256 sum"), "\(applied)")
        #expect(try await host.shell("test -e /home/ubuntu/.nvm/nvm.sh").exitCode == 1)
        #expect(try await broken(host) == ["Node.js"])
        _ = try await host.must("mv kept.yaml kopnik.yaml; kopnik host apply --yes")
        #expect(try await broken(host) == [])
    }

    private func letsItsOwnerIn(_ host: SystemdHost) async throws {
        let inside = try await host.ssh("id -un; pwd", .password("ubuntu"))
        #expect(inside.lines == ["ubuntu", "/home/ubuntu"], "\(inside)")
        let refused = try await host.ssh("true", .password("ubuntu "))
        #expect(!refused.succeeded && refused.standardError.contains("Permission denied"), "\(refused)")
        let root = try await host.ssh("echo ubuntu | sudo --stdin --prompt= id -un", .password("ubuntu"))
        #expect(root.text == "root", "\(root)")
    }

    private func showsTheFolderOfSFTP(_ host: SystemdHost) async throws {
        _ = try await host.must("echo secret >/etc/kopnik-secret; rm -rf /home/ubuntu/sftp/*")
        _ = try await host.must("ln -s /etc/kopnik-secret /home/ubuntu/sftp/by-shell")
        _ = try await host.must("ln -s ../.bashrc /home/ubuntu/sftp/upwards")
        let mine = FileManager.default.temporaryDirectory.appending(path: "kopnik-sftp-\(UUID().uuidString)")
            .path(percentEncoded: false)
        try Files().write("mine", to: mine)
        defer { try? Files().remove(mine) }
        let session = try await host.sftp(
            [
                "cd ..", "pwd", "put \(mine) /mine", "get /mine \(mine)-1", "get /etc/kopnik-secret \(mine)-2",
                "get ../../etc/kopnik-secret \(mine)-3", "get by-shell \(mine)-4", "get upwards \(mine)-5",
                "ln -s /etc/kopnik-secret link", "get link \(mine)-6", "get /home/ubuntu/sftp/mine \(mine)-7",
            ], .password("ubuntu"))
        defer { for number in 1...7 { try? Files().remove("\(mine)-\(number)") } }
        #expect(session.lines.contains("Remote working directory: /"), "\(session)")
        #expect(Files().text(of: "\(mine)-1") == "mine")
        for number in 2...7 { #expect(!Files().exists("\(mine)-\(number)"), "\(number): \(session)") }
        #expect(try await host.must("cat /home/ubuntu/sftp/mine").text == "mine")
        #expect(try await host.must("stat -c %U /home/ubuntu/sftp/mine").text == "ubuntu")
    }

    private func closesWhatDockerPublishes(_ host: SystemdHost) async throws {
        _ = try await host.must(
            """
            apt-get install --yes --quiet busybox-static >/dev/null 2>&1; mkdir -p image/bin; cp /bin/busybox image/bin/
            tar -C image -c . | docker import - tiny
            for port in 80 8080; do docker run --detach --publish $port:80 tiny /bin/busybox httpd -f -p 80; done
            """)
        func answers(_ port: Int) async throws -> Bool {
            try await LocalCommandRunner().run(
                Command("curl", ["--silent", "--max-time", "2", "http://\(host.address):\(port)/"])
            ).succeeded
        }
        #expect(try await poll(for: .seconds(20)) { try await answers(80) ? true : nil } == true)
        #expect(try await !answers(8080))
        // It is the firewall that closes it, and it comes back with Docker's own restart.
        _ = try await host.must("nft delete table inet kopnik")
        #expect(try await answers(8080))
        #expect(try await host.shell("kopnik host apply --yes").succeeded)
        #expect(try await answers(80))
        #expect(try await !answers(8080))
        _ = try await host.must("docker rm --force $(docker ps --quiet) >/dev/null")
    }

    private struct Fault {
        var step: String
        var line: String
        /// Faults that other steps stand on make those red too.
        var also: [String] = []
    }

    private static let faults = [
        Fault(step: "Packages", line: "dpkg --remove --force-depends logrotate"),
        Fault(step: "User", line: "gpasswd --delete ubuntu sudo"),
        Fault(step: "User", line: "usermod --shell /bin/sh ubuntu"),
        Fault(step: "User", line: "mv /home/ubuntu/sftp /home/ubuntu/sftp-old", also: ["SSH"]),
        Fault(step: "Password", line: "usermod --lock ubuntu"),
        Fault(step: "SSH", line: "rm /etc/ssh/sshd_config.d/01-kopnik.conf"),
        Fault(step: "SSH", line: "chmod 600 /usr/local/lib/kopnik/sftp"),
        Fault(step: "SSH", line: "echo 'Subsystem sftp internal-sftp' >>/etc/ssh/sshd_config"),
        Fault(step: "SSH", line: "systemctl disable --now ssh"),
        Fault(step: "Node.js", line: "rm -r /home/ubuntu/.nvm"),
        Fault(step: "Node.js", line: "rm -r /home/ubuntu/.nvm/versions"),
        Fault(step: "Node.js", line: "sed -i /NVM_DIR/d /home/ubuntu/.bashrc"),
        Fault(step: "Locale", line: "rm /etc/default/locale"),
        Fault(step: "Clock", line: "systemctl mask systemd-timesyncd"),
        Fault(step: "Updates", line: "rm /etc/apt/apt.conf.d/52kopnik-updates"),
        Fault(step: "Updates", line: "systemctl disable --now apt-daily-upgrade.timer"),
        Fault(step: "Logs", line: "rm /etc/logrotate.d/kopnik"),
        Fault(step: "Kernel", line: "sysctl -w net.core.somaxconn=128"),
        Fault(step: "Docker", line: "systemctl stop docker.socket docker.service"),
        Fault(step: "Firewall", line: "nft delete table inet kopnik"),
        Fault(step: "Firewall", line: "nft insert rule inet kopnik input accept"),
        Fault(step: "Firewall", line: "systemctl disable kopnik-firewall"),
    ]

    private func mends(_ fault: Fault, _ host: SystemdHost) async throws {
        _ = try await host.must(fault.line)
        #expect(try await broken(host) == [fault.step] + fault.also, "\(fault.line)")
        let mended = try await host.shell("kopnik host apply --yes")
        #expect(mended.succeeded, "\(fault.line): \(mended.standardError)")
        #expect(try await broken(host) == [], "\(fault.line)")
    }

    private func keepsWhatWasChangedByHand(_ host: SystemdHost) async throws {
        let edits = [
            "echo '# mine' >>/etc/ssh/sshd_config.d/01-kopnik.conf", "echo '# mine' >>/usr/local/lib/kopnik/sftp",
            "echo '// mine' >>/etc/apt/apt.conf.d/52kopnik-updates", "echo '# mine' >>/etc/kopnik/firewall.nft",
            "echo 'ubuntu:another' | chpasswd",
        ]
        for edit in edits {
            _ = try await host.must(edit)
            let plan = try await host.shell("kopnik host plan")
            #expect(plan.exitCode == 3)
            #expect(plan.standardOutput.contains("mine") != edit.contains("chpasswd"), "\(plan.standardOutput)")
            let refused = try await host.shell("kopnik host apply --yes")
            #expect(refused.exitCode == 1 && refused.standardError.contains("changed by hand"), "\(edit): \(refused)")
            #expect(refused.standardError.contains("kopnik host apply --force"))
            #expect(try await host.shell("kopnik host plan").standardOutput == plan.standardOutput, "\(edit): kept")
            let forced = try await host.shell("kopnik host apply --yes --force")
            #expect(forced.succeeded, "\(edit): \(forced.standardError)")
            #expect(try await broken(host) == [], "\(edit)")
        }
    }

    private func goesOnAfterAKill(_ host: SystemdHost) async throws {
        let breakAll = """
            rm -f /etc/ssh/sshd_config.d/01-kopnik.conf /etc/apt/apt.conf.d/52kopnik-updates /etc/logrotate.d/kopnik \
            /etc/sysctl.d/60-kopnik.conf /etc/kopnik/firewall.nft; gpasswd --delete ubuntu sudo; usermod --lock ubuntu
            """
        let chance = Chance()
        print("KOPNIK_TEST_SEED=\(chance.seed)")
        for number in 0..<4 {
            _ = try await host.must(breakAll)
            let moment = chance.moment("kill \(number)", upTo: .milliseconds(1500)) / .seconds(1)
            _ = try await host.shell("timeout --signal=KILL \(moment) kopnik host apply --yes")
            let after = try await host.shell("kopnik host apply --yes")
            #expect(after.succeeded, "killed after \(moment) s: \(after.standardError)")
            #expect(try await broken(host) == [], "killed after \(moment) s")
        }
    }

    private func letsKeysInAlone(_ host: SystemdHost) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kopnik-key-\(UUID().uuidString)")
            .path(percentEncoded: false)
        try Files().makeFolder(folder, mode: 0o700)
        defer { try? Files().remove(folder) }
        let made = try await LocalCommandRunner().run(
            Command("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder + "/key"]))
        try #require(made.succeeded, "\(made)")
        let key = try #require(Files().text(of: folder + "/key.pub")).trimmed
        _ = try await host.must(
            "echo root:toor | chpasswd; mkdir -p .ssh; echo '\(key)' >.ssh/authorized_keys; echo \"\(Self.site("internet"))\" >kopnik.yaml"
        )
        #expect(try await broken(host) == ["User", "Password", "SSH"])
        let applied = try await host.shell("kopnik host apply --yes")
        #expect(applied.succeeded, "\(applied.standardError)")
        #expect(try await broken(host) == [])

        let drawn = try await host.must("cat /var/lib/kopnik/host/ubuntu-password").text
        #expect(drawn.count == 20 && !(applied.standardError + applied.standardOutput).contains(drawn))
        #expect(try await host.must("stat -c %a /var/lib/kopnik/host/ubuntu-password").text == "600")
        for password in ["ubuntu", drawn] {
            let refused = try await host.ssh("true", .password(password))
            #expect(!refused.succeeded && refused.standardError.contains("Permission denied"), "\(refused)")
        }
        #expect(try await !host.ssh("true", as: "root", .password("toor")).succeeded)
        #expect(try await host.ssh("id -un", .key(folder + "/key")).text == "ubuntu")
        #expect(try await host.ssh("id -un", as: "root", .key(folder + "/key")).text == "root")
        #expect(try await host.sftp(["pwd"], .key(folder + "/key")).lines.contains("Remote working directory: /"))
        // The password opens sudo for whoever is inside.
        let root = try await host.ssh("echo '\(drawn)' | sudo --stdin --prompt= id -un", .key(folder + "/key"))
        #expect(root.text == "root", "\(root)")

        // What comes before in sshd's files is seen, and named.
        _ = try await host.must("echo 'PasswordAuthentication yes' >/etc/ssh/sshd_config.d/00-provider.conf")
        #expect(try await broken(host) == ["SSH"])
        _ = try await host.must("rm /etc/ssh/sshd_config.d/00-provider.conf")
    }

    private func refusesAnotherSystem(_ host: SystemdHost) async throws {
        _ = try await host.must(
            "rm /etc/os-release; printf 'ID=ubuntu\\nVERSION_ID=22.04\\nPRETTY_NAME=\"Ubuntu 22.04\"\\n' >/etc/os-release"
        )
        let output = try await host.shell("kopnik host plan")
        #expect(output.exitCode == 1 && output.standardError.contains("this is Ubuntu 22.04; it knows"), "\(output)")
    }
}

/// What a server downloads nvm and Node.js from.
private final class Mirror {
    private let task: Task<Void, Never>

    init(_ host: SystemdHost) {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/nvm-mirror").path(percentEncoded: false)
        let command = Command("python3", ["-m", "http.server", "80", "--bind", host.outer, "--directory", folder])
        task = Task { _ = try? await LocalCommandRunner().run(command) }
    }

    func end() { task.cancel() }
}
