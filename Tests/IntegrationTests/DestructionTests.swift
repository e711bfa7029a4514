import Foundation
import Machine
import Testing

/// The last of all, in a run of its own: afterwards the computer is as one that never had a site, but has the same packages.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct DestructionTests {
    let host = BareHost.shared

    @Test(.timeLimit(.minutes(10)))
    func `destroy leaves nothing behind that up made, but for the packages that it names`() async throws {
        try await host.raise()
        try await clearUpAfterOtherSuites()
        let destroy = try await host.kopnik("destroy", "--confirm", "kopnik")
        #expect(destroy.succeeded, "\(destroy)")
        let mark = "These packages were installed by 'up' and stay:"
        let named = try #require(
            destroy.lines.first { $0.contains(mark) }?.split(separator: ":").last?.split(separator: " ").map(
                String.init), "\(destroy)")
        // Of sites of other suites, whose own 'destroy' named them: of UpdateTests and RaisingTests.
        let others = try await host.shell(
            "for name in git libnss3-tools; do ! dpkg --status $name >/dev/null 2>&1 || echo $name; done"
        ).lines
        let left = try await snapshot(host)
        // What it must be like: the same Debian, with those packages by apt and a Docker that ran once.
        try await BareHost.fresh("reference") { reference in
            let pristine = try await snapshot(reference)
            let installed = pristine.filter { $0.hasPrefix("package ") }.compactMap {
                $0.split(separator: " ").dropFirst().first.map(String.init)
            }
            #expect(Set(installed).isDisjoint(with: named), "named, and there before: \(named)")
            let apt = try await reference.shell(
                "export DEBIAN_FRONTEND=noninteractive; apt-get update --quiet=2; apt-get install --quiet=2 --yes --no-install-recommends \((named + others).joined(separator: " ")) >/dev/null"
            )
            try #require(apt.succeeded, "\(apt)")
            try await startDocker(reference)
            try await stopDocker(reference)
            let wanted = try await snapshot(reference)
            let more = left.subtracting(wanted).sorted()
            let less = wanted.subtracting(left).sorted()
            #expect(more.isEmpty, "\(more.count) left behind: \(more.prefix(20).joined(separator: "\n"))")
            #expect(less.isEmpty, "\(less.count) gone or changed: \(less.prefix(20).joined(separator: "\n"))")
        }
        // Docker stays installed, and holds nothing of ours.
        try await startDocker(host)
        let docker = try await host.shell(
            """
            docker ps -aq; docker volume ls -q; docker image ls -aq
            docker network ls --format '{{.Name}}' | grep -vE '^(bridge|host|none)$' || true
            docker system df --format '{{.Type}}: {{.Size}}' | grep -v ': 0B$' || true
            docker info --format '{{.Swarm.LocalNodeState}}'
            """)
        #expect(docker.text == "inactive", "\(docker.text)")
        try await stopDocker(host)
    }

    /// A site that never got up, and files of the tests themselves.
    private func clearUpAfterOtherSuites() async throws {
        // The person's folders for data are a desktop's habit, not only ours: `destroy` leaves them.
        let output = try await host.run([
            "sh", "-euc",
            """
            data=/root/.local/share/kopnik
            for name in bad awkward; do
                if [ -e $data/$name/var/lib/kopnik/site.yaml ]; then kopnik destroy --name $name --confirm $name >/dev/null; fi
            done
            rm -rf $data/bad $data/awkward; for folder in $data /root/.local/share /root/.local; do rmdir $folder 2>/dev/null || true; done
            find /srv -mindepth 1 -maxdepth 1 ! -path "$0" -exec rm -rf {} +
            """, BareHost.prefix,
        ])
        try #require(output.succeeded, "\(output)")
    }

    /// Everything on a host, a line a thing.
    private func snapshot(_ host: BareHost) async throws -> Set<String> {
        let script = URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "snapshot")
        let output = try await host.run(["sh", "-s"], input: String(contentsOf: script, encoding: .utf8))
        try #require(output.succeeded && output.lines.count > 1000, "\(output.standardError)")
        return Set(output.lines)
    }

    private func startDocker(_ host: BareHost) async throws {
        _ = try await host.shell("setsid --fork sh -c 'exec dockerd >/tmp/dockerd.log 2>&1 </dev/null'")
        let answers = try await poll(for: .seconds(60)) {
            try await host.run(["docker", "version"]).succeeded ? true : nil
        }
        try #require(answers == true, "Docker does not start")
    }

    private func stopDocker(_ host: BareHost) async throws {
        #expect(try await host.shell("kill $(cat /var/run/docker.pid)").succeeded)
        let gone = try await poll(for: .seconds(60)) {
            try await host.shell("! pgrep -x 'dockerd|containerd'").succeeded ? true : nil
        }
        #expect(gone == true, "Docker does not stop")
    }
}
