import Blueprint
import Machine
import TestSupport
import Testing

@testable import Deployment
@testable import kopnik

private let plain = Terminal(isInteractive: false, hasColour: false, width: 80)
private let coloured = Terminal(isInteractive: true, hasColour: true, width: 80)

@Suite struct `The text of a plan` {
    private let findings = [
        Rollout.Finding(step: "Computer", inspection: Inspection("4 cores")),
        Rollout.Finding(
            step: "Stack",
            inspection: Inspection(
                "x",
                changes: [
                    Change("change nginx.conf", difference: "  a\n- b\n+ c"),
                    Change("overwrite main.cf", conflict: "edited"),
                ])),
    ]

    @Test func `marks what is well, what will be done, and what somebody did by hand`() {
        #expect(
            PlanText.render(findings, on: plain, differences: false) == """
                  ✓ Computer            4 cores
                  + Stack               change nginx.conf
                  !                     overwrite main.cf
                """)
    }
    @Test func `shows differences where they are asked for`() {
        #expect(
            PlanText.render(findings, on: plain, differences: true).contains(
                "change nginx.conf\n          a\n        - b\n        + c\n"))
        #expect(PlanText.render(findings, on: coloured, differences: true).contains("\u{1B}[31m- b\u{1B}[0m"))
    }
    @Test func `is broken between words where the terminal is narrow, and whole in a file`() {
        let change = Change("install mmdebstrap and debian-archive-keyring: makes the base image")
        let findings = [Rollout.Finding(step: "Packages", inspection: Inspection("", changes: [change]))]
        let narrow = Terminal(isInteractive: true, hasColour: false, width: 60)
        #expect(
            PlanText.render(findings, on: narrow, differences: false) == """
                  + Packages            install mmdebstrap and
                                        debian-archive-keyring: makes the
                                        base image
                """)
        let file = Terminal(isInteractive: false, hasColour: false, width: 500)
        #expect(!PlanText.render(findings, on: file, differences: false).contains("\n"))
    }
    @Test func `has no colours without a terminal`() {
        #expect(!PlanText.render(findings, on: plain, differences: true).contains("\u{1B}"))
    }
}

@Suite struct `The text of doctor` {
    private let good = Finding(.good, "Processor", "4 cores")
    private let warning = Finding(.warning, "Memory", "2 GB", because: "tight")
    private let problem = Finding(.problem, "Port 80", "taken", because: "nginx", fix: "stop it")

    @Test func `says of each finding why and what to do, and how many are to mend`() {
        #expect(
            DoctorText.render([good, warning, problem], on: plain) == """
                  ✓ Processor       4 cores
                  ! Memory          2 GB
                      because: tight
                  ✗ Port 80         taken
                      because: nginx
                      fix:     stop it

                  1 to mend
                """)
    }
    @Test func `ends with what it comes to`() {
        #expect(DoctorText.render([good], on: plain).hasSuffix("\n\n  All is well."))
        #expect(DoctorText.render([good, warning], on: plain).hasSuffix("\n\n  It works; 1 to know about."))
    }
}

@Suite struct `The text of status` {
    private func status(_ services: [SiteStatus.Service], alarms: [String] = [], notes: [String] = []) -> SiteStatus {
        SiteStatus(
            site: "kopnik", address: "https://kopnik.localhost", services: services, alarms: alarms, notes: notes)
    }
    private let up = SiteStatus.Service(
        name: "db", state: "healthy", since: "3 minutes ago", image: "db:1", error: "", isUp: true)
    private let down = SiteStatus.Service(
        name: "mail", state: "failed", since: "now", image: "mail:1", error: "exit (1)", isUp: false)

    @Test func `names a site that is down, and how to raise it`() {
        #expect(
            StatusText.render(status([]), on: plain) == "  kopnik is down; its data are kept. To raise it:  kopnik up")
        #expect(!status([]).isWell)
    }
    @Test func `has a line for each service, and says where to look`() {
        let text = StatusText.render(
            status([up, down], alarms: ["disk: full"], notes: ["certificate: 90 days"]), on: plain)
        #expect(text.contains("  ● db          healthy       since 3 minutes           db:1\n"))
        #expect(text.contains("      exit (1)   kopnik logs mail\n"))
        #expect(text.hasSuffix("\n  ✓ certificate: 90 days\n  ! disk: full"))
    }
    @Test func `is well only if every service is, and nothing alarms`() {
        #expect(status([up]).isWell && !status([up, down]).isWell && !status([up], alarms: ["x"]).isWell)
    }
}

@Suite struct `What a restore says of two servers` {
    @Test func `names both, says that they must not come back, and what to type for a standby`() {
        let text = RestoreCommand.alone(
            "main 203.0.113.10, standby 198.51.100.20", 102, Layout(prefix: "/srv"), on: plain)
        #expect(
            text == """

                  ! this site had two servers (main 203.0.113.10, standby 198.51.100.20). It is on this one alone now, in epoch 102:
                    the old ones must not come back. One that still exists: leave it off, or remove the site from it (there: kopnik destroy)
                    to have a standby again:  cp /srv/var/lib/kopnik/wish.yaml kopnik.yaml
                    write into it             hosts: {main: ssh://root@THIS-SERVER, standby: ssh://root@THE-OTHER}
                    then                      kopnik up, and on the other as docs/standby.md says
                """)
        #expect(RestoreCommand.alone("", 101, Layout(prefix: ""), on: plain).contains("had two servers. It is"))
    }
}
