import Blueprint
import Bundled
import Engine
import Machine
import Site

/// The images are built.
struct ImagesStep: Step {
    let deployment: Deployment
    let name = "Images"

    func inspect() async throws -> Inspection {
        let plan = try await deployment.images.plan(deployment)
        let missing = await missing(in: plan)
        let count = plan.kinds.count
        guard !missing.isEmpty else { return Inspection("\(count) of \(count) built") }
        return Inspection(
            "\(count - missing.count) of \(count) built",
            changes: missing.map { Change("build the image '\($0.rawValue)'") })
    }

    private func missing(in plan: ImagePlan) async -> [ImageKind] {
        // Without Docker yet, nothing is there.
        let present = (try? await deployment.docker.presentImages(Array(plan.tags.values))) ?? []
        return plan.kinds.filter { kind in plan.tags[kind].map { !present.contains($0) } ?? true }
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let plan = try await deployment.images.plan(deployment)
        let missing = await missing(in: plan)
        if missing.contains(.base) {
            try await RootImage(deployment: deployment, tag: plan.root, isRenewed: plan.stamp != nil).provide(detail)
            await detail("base")
            try await build(.base, plan)
        }
        // Two at a time: one downloads while the other unpacks.
        let rest = missing.filter { $0 != .base && $0 != .nodejs8 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = rest[...]
            var done = plan.kinds.count - rest.count
            func next() {
                guard let kind = waiting.popFirst() else { return }
                group.addTask { try await build(kind, plan) }
            }
            next()
            next()
            await detail("\(done) of \(plan.kinds.count)")
            while try await group.next() != nil {
                done += 1
                await detail("\(done) of \(plan.kinds.count)")
                next()
            }
        }
        if missing.contains(.nodejs8) {
            await detail("nodejs8")
            try await build(.nodejs8, plan)
        }
    }

    private func build(_ kind: ImageKind, _ plan: ImagePlan) async throws {
        guard let tag = plan.tags[kind] else { return }
        let folder = try await BuildContext(deployment: deployment, plan: plan).unpack(kind)
        let site = deployment.site
        let start =
            switch kind {
            case .base: ["ROOT": plan.root]
            case .nodejs8: ["NODEJS": plan.tags[.nodejs] ?? plan.root]
            default: ["BASE": plan.tags[.base] ?? plan.root]
            }
        var arguments = start.merging(["DEBIAN_MIRROR": site.mirrors.debian]) { first, _ in first }
        if kind == .db { arguments["POSTGRES"] = "\(site.postgres.version)" }
        let environment = deployment.world.environment
        if let index = site.mirrors.python ?? environment["PIP_INDEX_URL"] { arguments["PIP_INDEX_URL"] = index }
        for name in ["http_proxy", "https_proxy", "no_proxy"] {
            if let value = environment[name] ?? environment[name.uppercased()] { arguments[name] = value }
        }
        // Without the site's name: the images of two sites are the same, and the second takes no time.
        try await deployment.docker.build(
            tag, from: folder, arguments: arguments, labels: ["org.kopnik.image": kind.rawValue],
            // The registry may have nothing newer than we have; Debian's packages are newer all the same.
            isFresh: kind == .base && plan.stamp != nil, log: deployment.log("image-\(kind.rawValue)"))
    }
}

/// The folder that Docker builds an image from.
struct BuildContext: Sendable {
    let deployment: Deployment
    let plan: ImagePlan

    /// Unpacks the bundled files of a kind, with what has to be added to them.
    func unpack(_ kind: ImageKind) async throws -> String {
        let files = deployment.world.files
        let folder = "\(deployment.layout.unpacked)/images/\(kind.rawValue)"
        try files.remove(folder)
        for file in BundledFile.files(under: "images/\(kind.rawValue)") {
            try files.write(
                file.contents, to: "\(deployment.layout.unpacked)/\(file.path)", mode: file.isExecutable ? 0o755 : 0o644
            )
        }
        if kind == .base {
            try files.write("", to: "\(folder)/trusted/.keep")
            for certificate in plan.trusted {
                try files.write(certificate.contents, to: "\(folder)/trusted/\(certificate.name)")
            }
        }
        if kind == .keeper || kind == .dashboard {
            let copy = Command("cp", ["--reflink=auto", deployment.world.program, "\(folder)/kopnik"])
            _ = try await deployment.world.commands.require(
                copy, toDo: "put this program into the image '\(kind.rawValue)'")
        }
        return folder
    }
}
