import Foundation
import Machine
import Testing

/// O2 on a server of its own. It downloads 254 packages, so it runs when asked for:
/// `KOPNIK_TEST_DESKTOP=1 ./kopnik-test bare --filter DesktopTests`.
@Suite(
    .enabled(if: BareHost.isHere && ProcessInfo.processInfo.environment["KOPNIK_TEST_DESKTOP"] == "1"), .serialized,
    .timeLimit(.minutes(20)))
struct DesktopTests {
    @Test func `XFCE starts by startxfce4, and nothing else starts it`() async throws {
        try await SystemdHost.fresh { host in
            _ = try await host.must("echo \"server: { reached_by: owner, nvm: 'http://localhost/none' }\" >kopnik.yaml")
            let applied = try await host.shell("kopnik host apply --yes", within: .seconds(900))
            try #require(applied.succeeded, "\(applied)")
            #expect(try await host.must("systemctl get-default").text == "multi-user.target")
            #expect(try await host.shell("systemctl is-active display-manager").text == "inactive")
            // Not pgrep: it refuses a pattern this long, and counts nothing.
            #expect(try await host.shell("ps -e -o comm= | grep -cxE 'Xorg|xfce4-session'").text == "0")

            _ = try await host.must("systemctl set-default graphical.target")
            let plan = try await host.shell("kopnik host plan")
            #expect(plan.standardOutput.contains("start the computer to text, not to graphical.target"), "\(plan)")
            _ = try await host.must("kopnik host apply --yes", within: .seconds(300))
            #expect(try await host.must("systemctl get-default").text == "multi-user.target")

            try await drawsADesktop(host)
        }
    }

    /// On a display that nobody sees, as `ubuntu`; what it shows is kept.
    private func drawsADesktop(_ host: SystemdHost) async throws {
        _ = try await host.must(
            "apt-get install --yes --quiet --no-install-recommends xvfb imagemagick >/dev/null 2>&1",
            within: .seconds(300))
        _ = try await host.must("systemd-run --quiet --uid=ubuntu Xvfb :7 -screen 0 1024x768x24")
        let display = try await poll(for: .seconds(30)) {
            try await host.shell("test -e /tmp/.X11-unix/X7").succeeded ? true : nil
        }
        try #require(display == true)
        _ = try await host.must(
            "systemd-run --quiet --uid=ubuntu --setenv=DISPLAY=:7 --setenv=HOME=/home/ubuntu --working-directory=/home/ubuntu startxfce4"
        )
        // The desktop's icons alone have a thousand colours; the panel, which comes later, has its own at the upper edge.
        let drawn = try await poll(for: .seconds(90), every: .seconds(1)) { () -> Bool? in
            let colours = try await host.shell(
                "pgrep -x xfce4-panel >/dev/null && pgrep -x xfdesktop >/dev/null && DISPLAY=:7 import -window root /root/desktop.png && identify -format '%k ' desktop.png && convert desktop.png -crop 1024x24+0+0 +repage -format %k info:"
            )
            let counts = colours.text.split(separator: " ").compactMap { Int($0) }
            return counts.count == 2 && counts[0] > 500 && counts[1] > 50 ? true : nil
        }
        #expect(drawn == true)
        let store = ProcessInfo.processInfo.environment["KOPNIK_TEST_STORE"] ?? "/var/tmp/kopnik-test"
        let picture = try #require(Files().data(of: host.root + "/root/desktop.png"))
        try Files().write(picture, to: store + "/artefacts/desktop/xfce.png")
    }
}
