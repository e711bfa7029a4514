import Blueprint
import Engine
import Foundation
import Machine
import Site

extension Deployment {
    /// Stops every service and keeps all data.
    /// - Returns: how many services were stopped.
    public func down() async throws -> Int {
        let services = try await docker.services(of: stack)
        try refuseForeign(services)
        // A run before this one may have been killed between the services and their networks.
        let networks = try await networks()
        if !(services.isEmpty && networks.isEmpty) { try await removeStack() }
        // Also where a run before this one was killed after its `stack rm`.
        try await waitUntilGone()
        return services.count
    }

    /// `docker stack rm` removes the networks while the services it removed just before still end: for as long as Docker then
    /// says that a network "is in use by task" (moby/swarmkit, `manager/controlapi/network.go`), asking again is all it takes.
    private func removeStack() async throws {
        let (docker, stack) = (docker, stack)
        let last = try await poll(for: .seconds(180)) { () -> CommandOutput? in
            let output = try await docker.run(["stack", "rm", stack], timeLimit: .seconds(180))
            return !output.succeeded && output.standardError.contains("in use by task") ? nil : output
        }
        guard let last else {
            throw Failure(
                "the networks of '\(stack)' could not be removed within three minutes",
                because: "Docker says that ended services still use them", fix: "the same command again in some minutes"
            )
        }
        guard last.succeeded else {
            throw Failure("could not stop the stack", because: last.lastWords, fix: "kopnik doctor")
        }
    }

    private func networks() async throws -> [String] {
        try await docker.run(["network", "ls", "--quiet"] + stackFilter).lines
    }

    private var stackFilter: [String] { ["--filter", "label=com.docker.stack.namespace=\(stack)"] }

    /// `docker stack rm` returns before the containers have ended and the network is gone.
    private func waitUntilGone() async throws {
        let gone = try await poll(for: .seconds(180)) { () -> Bool? in
            let containers = try await docker.run(["ps", "--all", "--quiet"] + stackFilter)
            let networks = try await networks()
            return containers.lines.isEmpty && networks.isEmpty ? true : nil
        }
        if gone == nil {
            throw Failure(
                "some containers of '\(stack)' did not end within three minutes", because: "Docker still lists them",
                fix: "docker ps --filter label=com.docker.stack.namespace=\(stack)")
        }
    }

    /// What `destroy` did, for the person to read.
    public struct Leftovers: Sendable, Equatable {
        /// Packages that `up` installed and that stay.
        public var packages: [String]
        /// What could not be removed, and why.
        public var kept: [String]
    }

    /// Removes everything that `up` made and nothing else.
    public func destroy(_ detail: @escaping @Sendable (String) async -> Void) async throws -> Leftovers {
        let manifest = Manifest.read(layout.manifest, files: world.files)
        guard world.person.isRoot || manifest.trustedCertificate == nil else {
            throw Failure(
                "nothing was removed: this takes administrator rights",
                because: "the site's authority is among those that all of this computer trusts (--trust)",
                fix: "sudo kopnik destroy")
        }
        var kept: [String] = []
        switch await docker.presence() {
        case .answers(let info):
            // Another site of this name, in another folder: this one never ran, and its stack and images are not ours.
            let foreign = try await foreignPrefix()
            // Broken off after it had left the swarm, the rest is still to do.
            let hasSwarm = info.swarm == .manager
            let services = try await hasSwarm ? docker.services(of: stack) : []
            let isOthers = services.contains { !isOurs($0) } || foreign != nil
            if hasSwarm, !isOthers {
                await detail("stopping the services")
                _ = try await down()
            }
            kept += try await removeFromDocker(manifest, images: !isOthers, detail)
        case .silent(let reason):
            throw Failure(
                "nothing was removed: Docker does not answer", because: reason,
                fix: "sudo kopnik destroy; if Docker is stopped, 'kopnik up' starts it")
        case .notInstalled:
            guard !world.files.exists(DeployedStack.path(layout)) else {
                throw Failure(
                    "nothing was removed: there is no 'docker' command", because: "the site was raised with it",
                    fix: "install Docker again (sudo apt-get install docker.io), then the same command")
            }
        }
        // What names the rest stays, so that the same command can be given again.
        guard kept.isEmpty else { return Leftovers(packages: manifest.packages, kept: kept) }
        try await Trust(deployment: self).takeBack(manifest)
        if manifest.startedDaemon {
            if try await !isDockerInUse() {
                await detail("stopping Docker's daemon")
                try await stopDaemon()
            }
        }
        try Task.checkCancellation()
        await detail("removing the files")
        try removeFiles()
        return Leftovers(packages: manifest.packages, kept: kept)
    }

    private func removeFromDocker(
        _ manifest: Manifest, images: Bool, _ detail: @Sendable (String) async -> Void
    ) async throws -> [String] {
        await detail("removing volumes, secrets and images")
        for container in try await docker.run(["ps", "--all", "--quiet"] + filterWords).lines {
            _ = try await docker.run(["rm", "--force", container])
        }
        var kept: [String] = []
        for volume in try await docker.run(["volume", "ls", "--quiet"] + filterWords).lines {
            let output = try await docker.run(["volume", "rm", volume])
            if !output.succeeded { kept.append("volume \(volume): \(output.lastWords)") }
        }
        // Without a swarm there are none.
        try await docker.removeSecrets((try? await docker.secretNames(labels: labels)) ?? [])
        if images { kept += try await removeImages(manifest) }
        if kept.isEmpty, manifest.madeSwarm, try await isSwarmEmpty() {
            _ = try await docker.run(["swarm", "leave", "--force"])
            // The swarm's own bridge stays behind otherwise.
            _ = try await docker.run(["network", "rm", "docker_gwbridge"])
        }
        return kept
    }

    private func removeImages(_ manifest: Manifest) async throws -> [String] {
        // Ours by label too: somebody's own images may begin with the same name.
        let built = try await docker.imageTags(withPrefix: ImagePlan.repository(site.name), label: "org.kopnik.image")
        let roots = try await docker.imageTags(of: ImagePlan.repository(site.name) + "root")
        let images =
            built + Set(roots + [ImagePlan.repository(site.name) + "root:trixie"]).sorted() + manifest.pulledImages
        let kept = try await docker.removeImages(images).map { "image \($0.key): \($0.value)" }.sorted()
        let others = try await docker.run([
            "image", "ls", "--quiet", "--filter", "label=org.kopnik.image", "--filter", "dangling=false",
        ])
        if others.lines.isEmpty {
            // What the builder made on the way and gave no name.
            _ = try await docker.run(
                ["image", "prune", "--force", "--filter", "label=org.kopnik.image"], timeLimit: .seconds(180))
        }
        return kept
    }

    /// Whether nobody else keeps anything in the swarm.
    private func isSwarmEmpty() async throws -> Bool {
        for kind in ["service", "secret", "config"] {
            let list = try await docker.run([kind, "ls", "--quiet"])
            guard list.succeeded, list.lines.isEmpty else { return false }
        }
        return true
    }

    /// Whether somebody else's containers run; a daemon that does not answer runs none.
    private func isDockerInUse() async throws -> Bool { try await !docker.run(["ps", "--quiet"]).lines.isEmpty }

    private func stopDaemon() async throws {
        // The number may be another process's by now.
        guard let process = world.files.text(of: "/var/run/docker.pid")?.trimmed, Int(process) != nil,
            world.files.text(of: "/proc/\(process)/comm")?.trimmed == "dockerd"
        else { return }
        _ = try await world.commands.run(Command("kill", [process]))
        let files = world.files
        _ = try await poll(for: .seconds(60)) { files.exists("/proc/\(process)/exe") ? nil : true }
    }

    /// Ours end in a time, whatever the domain was then; certbot's own in a short number or nothing.
    private static func isOurArchive(_ name: String) -> Bool { name.contains(#/-[0-9]{9,}$/#) }

    /// Those of certbot's certificates that were asked for by us.
    private func isOurLineage(_ name: String) -> Bool {
        // Under a prefix of our own all are, whatever the domain was then; on a server others may have such names.
        layout.prefix.isEmpty
            ? ["acme-\(site.domain)", "acme-staging-\(site.domain)"].contains(name) : name.hasPrefix("acme-")
    }

    /// Our certificates in certbot's folder; and, under a prefix, certbot's own files where no other certificate is left.
    private func certbotFiles() -> [String] {
        let root = layout.letsEncrypt
        var paths = ["live", "archive"].flatMap { folder in
            world.files.names(in: "\(root)/\(folder)").filter(isOurLineage).map { "\(root)/\(folder)/\($0)" }
        }
        let certificates = world.files.names(in: "\(root)/renewal").filter { $0.hasSuffix(".conf") }
        let ours = certificates.filter { isOurLineage(String($0.dropLast(".conf".count))) }
        paths += ours.map { "\(root)/renewal/\($0)" }
        guard !layout.prefix.isEmpty, ours.count == certificates.count else { return paths }
        return paths
            + ["accounts", "renewal", "renewal-hooks", "csr", "keys", "live/README", ".certbot.lock"].map {
                "\(root)/\($0)"
            }
    }

    /// Removes what is ours by name, then the folders above it that are empty: the prefix may hold other people's files.
    private func removeFiles() throws {
        let archive = "\(layout.letsEncrypt)/archive"
        // A real folder in the place of a link is somebody else's: `up` refused to touch it too.
        let links = [layout.home, layout.sftp].flatMap { ["\($0)/kp-server", "\($0)/kp-client"] }
        let live = world.files.names(in: "\(layout.letsEncrypt)/live").map { "\(layout.letsEncrypt)/live/\($0)" }
        var paths = (links + live).filter { path in
            world.files.link(at: path).map {
                links.contains(path) || Self.isOurArchive($0) || isOurLineage($0)
            } ?? false
        }
        paths += world.files.names(in: archive).filter(Self.isOurArchive).map { "\(archive)/\($0)" }
        paths += certbotFiles()
        // The state last: while it is there, the same command can be given again.
        paths += [layout.releases, layout.uploads, layout.settings, layout.logs, layout.state]
        for path in paths { try world.files.remove(path) }
        guard !layout.prefix.isEmpty else { return }
        // The folder of all sites goes with the last of them, if it is ours by name.
        let parent = (layout.prefix as NSString).deletingLastPathComponent
        let top = (parent as NSString).lastPathComponent == "kopnik" ? parent : layout.prefix
        for path in paths + links + ["\(layout.letsEncrypt)/live/x", "\(archive)/x"] {
            world.files.removeEmptyFolders(above: path, upTo: top)
        }
    }
}
