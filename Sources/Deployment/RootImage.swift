import Blueprint
import Engine
import Machine
import Site

/// The image that all others start from: Debian as its registry has it, or made on the spot from a Debian mirror.
struct RootImage: Sendable {
    let deployment: Deployment
    let tag: String
    /// Whether the newest is wanted, and not the one that is here.
    let isRenewed: Bool

    func provide(_ detail: @Sendable (String) async -> Void) async throws {
        if try await deployment.docker.presentImages([tag]).contains(tag) { return }
        if !isRenewed, try await reuse() { return }
        await detail("asking the registry for \(ImagePlan.rootSource)")
        if try await pull() { return }
        await detail("no registry answers: making Debian from its packages")
        try await bootstrap()
    }

    /// Another site on this computer may have it already. (The label alone will not do: all images built on it inherit it.)
    private func reuse() async throws -> Bool {
        let output = try await deployment.docker.run(
            ["image", "ls", "--filter", "label=org.kopnik.root=trixie", "--format", "{{.Repository}}:{{.Tag}}"])
        guard let other = output.lines.first(where: { $0.hasSuffix("/root:trixie") }) else { return false }
        return try await deployment.docker.run(["image", "tag", other, tag]).succeeded
    }

    private func pull() async throws -> Bool {
        let docker = deployment.docker
        let source = ImagePlan.rootSource
        let isHere = try await docker.presentImages([source]).contains(source)
        if !isHere || isRenewed {
            if !isHere {
                try Manifest.change(deployment.layout.manifest) {
                    $0.pulledImages = Array(Set($0.pulledImages + [source]))
                }
            }
            let output = try await docker.run(
                ["pull", "--quiet", source], timeLimit: .seconds(300), log: deployment.log("image-root"))
            guard output.succeeded else {
                if !isHere {
                    try Manifest.change(deployment.layout.manifest) { $0.pulledImages.removeAll { $0 == source } }
                }
                return false
            }
        }
        return try await docker.run(["image", "tag", source, tag]).succeeded
    }

    private func bootstrap() async throws {
        let files = deployment.world.files
        guard deployment.world.person.isRoot else {
            throw Failure(
                "the base image cannot be made without administrator rights",
                because: "no image registry answers, and mmdebstrap makes Debian's files as root",
                fix: "sudo ./kopnik up")
        }
        let work = "\(deployment.layout.state)/work"
        // The mmdebstrap of an `up` that was killed may still be writing there: what does not go yet goes the next time.
        try? files.remove(work)
        let folder = "\(work)/\(UInt32.random(in: 1 ... .max))"
        try files.makeFolder(folder, mode: 0o700)
        let archive = "\(folder)/root.tar"
        let log = deployment.log("image-root")
        let made = try await deployment.world.commands.run(
            // It mounts /proc and /sys below that folder: nobody else may see them, least of all who removes the folder.
            Command(
                "unshare",
                [
                    "--mount", "--propagation", "private", "mmdebstrap", "--variant=minbase",
                    "--include=ca-certificates", "--aptopt=Acquire::Retries \"3\"",
                    "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
                    "--dpkgopt=path-exclude=/usr/share/locale/*", "trixie", archive, deployment.site.mirrors.debian,
                ], environment: ["TMPDIR": folder], timeLimit: .seconds(1200), log: log),
            disk: folder, untilStandstillOf: .seconds(60))
        guard made.succeeded else {
            throw Failure(
                "could not make the base image from Debian's packages", because: made.lastWords,
                fix:
                    "check the network: '\(deployment.site.mirrors.debian)' must answer; then run the same command again",
                log: log)
        }
        _ = try await deployment.docker.require(
            ["import", "--change", "LABEL org.kopnik.root=trixie", "--change", "CMD [\"/bin/sh\"]", archive, tag],
            toDo: "hand the base image to Docker", timeLimit: .seconds(300), log: log)
        try? files.remove(work)
    }
}
