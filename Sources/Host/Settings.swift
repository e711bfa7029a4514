import Machine

/// The services that need nothing but a few files.
extension Server {
    /// O4.
    var clock: ServiceSettings {
        let others = ["chrony", "ntpsec", "openntpd"].filter {
            files.exists("\(root)/usr/lib/systemd/system/\($0).service")
        }
        let unit = others.first ?? "systemd-timesyncd"
        return ServiceSettings(
            server: self, name: "Clock",
            summary: isContainer ? "the outer computer's; \(unit) is ready" : "set by \(unit)",
            units: ["\(unit).service"],
            // It refuses to run where it may not set the clock (systemd-timesyncd.service, ConditionVirtualization).
            onlyEnabled: isContainer)
    }

    /// Security updates by themselves; Docker is left to a person, for its update restarts the site.
    var updates: ServiceSettings {
        ServiceSettings(
            server: self, name: "Updates", summary: "security updates each day, without Docker and without a reboot",
            files: [
                ManagedFile(
                    path: "/etc/apt/apt.conf.d/52kopnik-updates",
                    contents: """
                        // Written by kopnik. What you change here is shown by 'kopnik host plan' and kept.
                        APT::Periodic::Update-Package-Lists "1";
                        APT::Periodic::Unattended-Upgrade "1";
                        Unattended-Upgrade::Automatic-Reboot "false";
                        // An update of Docker restarts every container: a person chooses when.
                        Unattended-Upgrade::Package-Blacklist { "^docker"; "^containerd"; "^runc$"; };

                        """)
            ],
            units: ["apt-daily.timer", "apt-daily-upgrade.timer"],
            check: Command("apt-config", ["dump"], timeLimit: .seconds(30)))
    }

    /// Logs that cannot fill the disk.
    var logs: ServiceSettings {
        ServiceSettings(
            server: self, name: "Logs", summary: "at most 500 MB of the system's, four weeks of kopnik's",
            files: [
                ManagedFile(
                    path: "/etc/systemd/journald.conf.d/kopnik.conf",
                    contents: "# Written by kopnik.\n[Journal]\nSystemMaxUse=500M\n"),
                ManagedFile(
                    path: "/etc/logrotate.d/kopnik",
                    contents: """
                        # Written by kopnik.
                        /var/log/kopnik/*.log {
                            weekly
                            rotate 4
                            compress
                            missingok
                            notifempty
                        }

                        """),
            ],
            check: Command("logrotate", ["--debug", "\(root)/etc/logrotate.d/kopnik"], timeLimit: .seconds(30)),
            load: [Command("systemctl", ["restart", "systemd-journald"], timeLimit: .seconds(60))])
    }

    /// The kernel's settings.
    var kernel: ServiceSettings {
        let wanted = [
            // nginx's queue of new connections is cut to this (listen(2)); older kernels have 128.
            ("net.core.somaxconn", "4096"),
            // Nobody tells a server by ICMP where to send its packets.
            ("net.ipv4.conf.all.accept_redirects", "0"), ("net.ipv4.conf.default.accept_redirects", "0"),
            ("net.ipv6.conf.all.accept_redirects", "0"), ("net.ipv6.conf.default.accept_redirects", "0"),
        ]
        let path = "/etc/sysctl.d/60-kopnik.conf"
        let text = "# Written by kopnik.\n" + wanted.map { "\($0.0) = \($0.1)\n" }.joined()
        return ServiceSettings(
            server: self, name: "Kernel", summary: "\(wanted.count) settings",
            files: [ManagedFile(path: path, contents: text)],
            load: [Command("sysctl", ["--load", root + path], timeLimit: .seconds(30))],
            drift: {
                let words = ["--values"] + wanted.map(\.0)
                let now = try await world.commands.run(Command("sysctl", words, timeLimit: .seconds(30))).lines
                return zip(wanted, now).filter { $0.1 != $1 }.map { Change("set \($0.0) from \($1) to \($0.1)") }
            })
    }

    /// Ubuntu's kernel keeps unprivileged programs from making a view of their own, but for those that AppArmor names; without it the
    /// SFTP of O7 could not start. `nil` where nothing is restricted, or where Ubuntu itself lets bubblewrap do it.
    var sandbox: ServiceSettings? {
        let restricts = files.text(of: "\(root)/proc/sys/kernel/apparmor_restrict_unprivileged_userns")?.trimmed == "1"
        guard restricts, !files.exists("\(root)/etc/apparmor.d/bwrap-userns-restrict") else { return nil }
        let path = "/etc/apparmor.d/kopnik-bwrap"
        return ServiceSettings(
            server: self, name: "Sandbox", summary: "AppArmor lets bubblewrap show ~/sftp as /",
            files: [
                ManagedFile(
                    path: path,
                    contents: """
                        # Written by kopnik.
                        abi <abi/4.0>,
                        include <tunables/global>
                        profile kopnik-bwrap /usr/bin/bwrap flags=(unconfined) {
                          userns,
                        }

                        """)
            ],
            load: [Command("apparmor_parser", ["--replace", root + path], timeLimit: .seconds(60))])
    }

    /// O9.
    var docker: ServiceSettings {
        ServiceSettings(
            server: self, name: "Docker", summary: "runs, and starts with the computer", units: ["docker.service"])
    }
}
