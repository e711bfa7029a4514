import Foundation
import Machine
import Testing

/// The last of all, in a run of its own: afterwards the computer is bare again.
@Suite(.serialized, .enabled(if: BareHost.isHere, "kopnik-test starts the bare computer that this needs"))
struct DestructionTests {
    let host = BareHost.shared

    @Test(.timeLimit(.minutes(10)))
    func `destroy leaves nothing behind that up made, but for the packages that it names`() async throws {
        try await host.raise()
        // What the other suites left: a site that never got up, and their own files.
        let bad = try await host.shell(
            "if [ -e /root/.local/share/kopnik/bad/var/lib/kopnik/site.yaml ]; then kopnik destroy --name bad --confirm bad; fi; rm -rf /srv/bad /srv/*.yaml /root/.local/share/kopnik/bad"
        )
        #expect(bad.succeeded, "\(bad)")
        let destroy = try await host.kopnik("destroy", "--confirm", "kopnik")
        #expect(destroy.succeeded, "\(destroy)")
        #expect(destroy.standardOutput.contains("docker.io"))
        let left = try await host.shell(
            """
            find / -xdev \\( -path '*opnik*' -o -path '*Пробный*' \\) -not -path '/proc/*' -not -path '/usr/local/bin/kopnik' | head -n 5
            ps -eo comm= | grep -E 'docker|containerd|postgres|nginx|kopnik|node$' || true
            ip -br link | grep -vE '^(lo|eth0|docker0)' || true
            """)
        #expect(left.text.isEmpty, "\(left.text)")
        // Docker stays installed, and holds nothing of ours.
        _ = try await host.shell("setsid --fork sh -c 'exec dockerd >/tmp/dockerd.log 2>&1 </dev/null'")
        _ = try await poll(for: .seconds(60)) { try await host.run(["docker", "version"]).succeeded ? true : nil }
        let docker = try await host.shell(
            "docker ps -aq; docker volume ls -q; docker image ls -aq; docker network ls --format '{{.Name}}' | grep -vE '^(bridge|host|none)$' || true; docker info --format '{{.Swarm.LocalNodeState}}'"
        )
        #expect(docker.text == "inactive", "\(docker.text)")
        _ = try await host.shell("kill $(cat /var/run/docker.pid)")
    }
}
