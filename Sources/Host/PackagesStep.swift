import Machine

/// The distribution's packages that the other steps stand on.
struct PackagesStep: Step {
    let server: Server
    let name = "Packages"

    private struct Need {
        var package: String
        var purpose: String
    }

    private var needs: [Need] {
        let files = server.files
        func isThere(_ path: String) -> Bool { files.exists(server.root + path) }
        var needs = [
            Need(package: "openssh-server", purpose: "lets people log in"),
            Need(package: "sudo", purpose: "lets ubuntu administer"),
            Need(package: "bubblewrap", purpose: "shows ~/sftp as / to SFTP"),
            Need(package: "unattended-upgrades", purpose: "installs security updates"),
            Need(package: "logrotate", purpose: "keeps logs short"),
            Need(package: "nftables", purpose: "the firewall"),
            Need(package: "procps", purpose: "sets the kernel's settings"),
            Need(package: "ca-certificates", purpose: "knows other servers by their certificates"),
            Need(package: "curl", purpose: "downloads nvm and Node.js"),
        ]
        if server.wish.desktop {
            needs += DesktopStep.packages.map { Need(package: $0, purpose: "XFCE, started by startxfce4 alone") }
        }
        // Another time service would be thrown out by this one.
        if !["chrony", "ntpsec", "openntpd"].contains(where: { isThere("/usr/lib/systemd/system/\($0).service") }) {
            needs.append(Need(package: "systemd-timesyncd", purpose: "sets the clock"))
        }
        // Docker's own packages, if somebody chose them, do as well as the distribution's.
        if !isThere("/usr/bin/dockerd") || isThere("/usr/share/doc/docker.io") {
            needs.append(Need(package: "docker.io", purpose: "runs the containers"))
            // From Debian 13 on the command is a package of its own; Ubuntu's docker.io still brings it.
            if server.computer.distribution == "debian", server.computer.version != "12" {
                needs.append(Need(package: "docker-cli", purpose: "talks to Docker"))
            }
        }
        // Without it every container fails where the kernel has AppArmor switched on.
        if files.text(of: "\(server.root)/sys/module/apparmor/parameters/enabled")?.trimmed == "Y" {
            needs.append(Need(package: "apparmor", purpose: "Docker needs it with this kernel"))
        }
        return needs
    }

    private var apt: Apt { Apt(commands: server.world.commands, log: server.log("packages")) }

    private func missing() async throws -> [Need] {
        let needs = needs
        let installed = try await apt.installed(of: needs.map(\.package))
        return needs.filter { !installed.contains($0.package) }
    }

    func inspect() async throws -> Inspection {
        let missing = try await missing()
        guard !missing.isEmpty else { return Inspection("all there") }
        return Inspection(
            "\(missing.count) to install", changes: missing.map { Change("install \($0.package): \($0.purpose)") })
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let packages = try await missing().map(\.package)
        // A sentence of its own: it may take ten minutes, and a log without a terminal shows no details.
        func tell(_ text: String) async { await server.world.progress.report(.note(text)) }
        try await apt.waitForOthers { await tell($0) }
        await detail("reading the list of packages")
        let unread = try await apt.readList()
        try await apt.waitForOthers { await tell($0) }
        await detail("installing \(packages.joined(separator: ", "))")
        try await apt.install(packages, toDo: "install \(packages.joined(separator: ", "))", unread: unread)
    }
}
