import Blueprint
import Engine
import Foundation
import Machine
import Site

/// The few packages of the distribution that the site needs on the computer itself.
struct PackagesStep: Step {
    let deployment: Deployment
    let name = "Packages"

    private struct Need {
        var program: String
        var packages: [String]
        var purpose: String
    }

    func inspect() async throws -> Inspection {
        let missing = await missing()
        guard !missing.isEmpty else { return Inspection("all there") }
        return Inspection(
            "\(missing.count) to install",
            changes: missing.map { Change("install \($0.packages.joined(separator: ", ")): \($0.purpose)") })
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let world = deployment.world
        let missing = await missing()
        let packages = missing.flatMap(\.packages)
        guard isInstalled("apt-get") else {
            throw Failure(
                "these programs are missing: \(missing.map(\.program).joined(separator: ", "))",
                because: "kopnik installs packages with apt-get, which this system does not have",
                fix: "install them with this system's own package manager, then run the same command again")
        }
        guard world.person.isRoot else {
            throw Failure(
                "kopnik may not install packages",
                because: "that takes administrator rights, and this was started without them",
                fix: "sudo ./kopnik up")
        }
        let apt = Apt(commands: world.commands, log: deployment.log("packages"))
        await detail("reading the list of packages")
        let unread = try await apt.readList()
        let toDo = "install \(packages.joined(separator: ", "))"
        await detail("installing \(packages.joined(separator: ", "))")
        // Those that were not there before us: `destroy` names them as ours, and somebody will type that they be removed.
        let installed = try await apt.installed(of: packages)
        let new = packages.filter { !installed.contains($0) }
        try Manifest.change(deployment.layout.manifest) {
            $0.packages = Array(Set($0.packages + new)).sorted()
            $0.unfinishedPackages = packages
        }
        // Those that are there are not asked for: apt would note that a person wants them (apt-mark(8), manual).
        try await apt.install(new.isEmpty ? packages : new, toDo: toDo, unread: unread)
        try Manifest.change(deployment.layout.manifest) { $0.unfinishedPackages = nil }
    }

    private func missing() async -> [Need] {
        let unfinished =
            Manifest.read(deployment.layout.manifest, files: deployment.world.files).unfinishedPackages ?? []
        let dockerAnswers = isInstalled("dockerd") ? false : await deployment.docker.presence().isThere
        let usesGit = [deployment.site.sources.server, deployment.site.sources.client].contains { source in
            if case .git = source { true } else { false }
        }
        let computer = Computer.read()
        // From Debian 13 on the command is a package of its own; Ubuntu's docker.io still brings it.
        let client = computer.distribution == "debian" && (Double(computer.version) ?? 0) >= 13 ? ["docker-cli"] : []
        let needs = [
            Need(program: "dockerd", packages: ["docker.io"], purpose: "runs the containers"),
            Need(program: "docker", packages: ["docker.io"] + client, purpose: "talks to Docker"),
            Need(
                program: "mmdebstrap", packages: ["mmdebstrap", "debian-archive-keyring"],
                purpose: "makes the base image where no image registry answers"),
            Need(program: "openssl", packages: ["openssl"], purpose: "makes the local certificates"),
            Need(program: "git", packages: ["git", "ca-certificates"], purpose: "fetches the sources"),
            Need(
                program: "certutil", packages: ["libnss3-tools"],
                purpose: "tells Chrome and Chromium of the local authority"),
            // Without it every container fails where the kernel has AppArmor switched on.
            Need(program: "apparmor_parser", packages: ["apparmor"], purpose: "Docker needs it with this kernel"),
        ]
        var seen: Set<String> = []
        return needs.filter { need in
            if need.program == "git", !usesGit { return false }
            if need.program == "certutil", !deployment.options.trust { return false }
            if need.program == "apparmor_parser",
                deployment.world.files.text(of: "/sys/module/apparmor/parameters/enabled")?.trimmed != "Y"
            {
                return false
            }
            // A daemon of another machine or another packaging (Docker Desktop) needs no dockerd here.
            if need.program == "dockerd", dockerAnswers || deployment.world.environment["DOCKER_HOST"] != nil {
                return false
            }
            // It works as root only; everybody else has a registry, or is told when it comes to that.
            if need.program == "mmdebstrap", !deployment.world.person.isRoot || !isInstalled("apt-get") { return false }
            return (!isInstalled(need.program) || need.packages.contains(where: unfinished.contains))
                && seen.insert(need.packages.joined()).inserted
        }
    }

    private func isInstalled(_ program: String) -> Bool {
        let path = deployment.world.environment["PATH"] ?? ""
        // sudo's and a user's PATH may lack the folders where daemons are.
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin"]
        return folders.contains { FileManager.default.isExecutableFile(atPath: $0 + "/" + program) }
    }
}
