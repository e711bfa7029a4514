import Blueprint
import Engine
import Foundation
import Machine
import Site

/// One `npm` run in a container of its own, on the sources of a release; a mark is left when it ended well.
struct NodeTask: Sendable {
    let deployment: Deployment
    let kind: SourceKind
    /// For the mark and the log, such as `install`.
    let name: String
    let arguments: [String]

    private var files: Files { deployment.world.files }
    private var folder: String? { SourcePlace(deployment: deployment, kind: kind).placed()?.folder }
    private func markPath(_ folder: String) -> String { "\(deployment.layout.sources)/\(folder).\(name)" }

    /// What the source needs of the container it is installed or built in.
    private struct Needs {
        var image: String
        var environment: [String: String]
        var program = "npm"
        var words: [String]
    }

    private func needs() async throws -> Needs {
        let tags = try await deployment.images.plan(deployment).tags
        var environment = ["HOME": "/tmp", "KOPNIK_DOMAIN": deployment.site.domain]
        let (node, takesAll): (Site.Node.Release, Bool)
        var newer: [NewerPackage] = []
        switch kind {
        case .server:
            let profile = try await deployment.serverProfile()
            (node, takesAll) = (profile.node, profile.needsDevelopmentPackages)
            newer = profile.newerPackages
        case .client:
            let profile = try await deployment.clientProfile()
            (node, takesAll) = (profile.node, profile.needsDevelopmentPackages)
            // An old Node knows neither the option nor the need for it.
            if node == .newest { environment.merge(profile.environment) { $1 } }
        }
        // The image sets it, for running; npm leaves devDependencies out where it is set (npm-install(1), --omit).
        environment["NODE_ENV"] = takesAll ? "" : "production"
        var needs = Needs(image: tags[ImageKind.node(node)] ?? "", environment: environment, words: arguments)
        if name == "install", !newer.isEmpty {
            (needs.program, needs.words) = (
                "node", ["/usr/local/lib/kopnik/install-packages.js"] + newer.flatMap(\.words)
            )
        }
        return needs
    }

    /// What the mark says if the task was done on just these inputs.
    private func expectedMark(_ folder: String) async throws -> String {
        let release = "\(deployment.layout.releases)/\(folder)"
        let needs = try await needs()
        var inputs = [needs.image, deployment.site.domain] + needs.environment.map { "\($0)=\($1)" }.sorted()
        if needs.program != "npm" { inputs += needs.words }
        inputs += ["package.json", "package-lock.json"].map { files.text(of: "\(release)/\($0)") ?? "" }
        // What somebody changed in the sources is built too.
        if name == "build" {
            inputs.append(SourcePlace(deployment: deployment, kind: kind).treeDigest(of: release).short)
            inputs.append(files.text(of: "\(release)/cfg/private.js") ?? "")
        }
        return Digest(inputs.joined(separator: "\n")).short
    }

    func isDone() async throws -> Bool {
        guard let folder, name != "install" || missingPackages(folder).isEmpty else { return false }
        return files.text(of: markPath(folder))?.trimmed == (try await expectedMark(folder))
    }

    /// Packages that package.json names and that are not in `node_modules`: somebody removed them, or `npm` was cut off.
    private func missingPackages(_ folder: String) -> [String] {
        let release = "\(deployment.layout.releases)/\(folder)"
        let package = files.data(of: "\(release)/package.json").flatMap {
            try? JSONDecoder().decode(PackageFacts.self, from: $0)
        }
        return (package?.dependencies ?? [:]).keys.filter { !files.exists("\(release)/node_modules/\($0)") }
    }

    /// - Throws: `Failure` with npm's last words.
    func run() async throws {
        guard let folder else { return }
        let target = "/home/ubuntu/sftp/\(kind.rawValue)"
        let container = "\(deployment.site.name)-npm-\(kind.rawValue)"
        let needs = try await needs()
        // One that a killed run left behind.
        _ = try await deployment.docker.run(["rm", "--force", container])
        let log = deployment.log("npm-\(kind.rawValue)")
        let output = try await withTaskCancellationHandler {
            try await deployment.docker.run(
                // The image's health check looks at a server, which npm is not, and costs a slow computer much of its time.
                ["run", "--rm", "--init", "--no-healthcheck", "--name", container] + deployment.labelWords
                    + needs.environment.sorted { $0.key < $1.key }.flatMap { ["--env", "\($0.key)=\($0.value)"] } + [
                        "--user", "\(deployment.owner.user):\(deployment.owner.group)", "--mount",
                        Self.bind("\(deployment.layout.releases)/\(folder)", to: target), "--workdir", target,
                        "--entrypoint", needs.program, needs.image,
                    ] + needs.words, timeLimit: .seconds(1800), log: log)
        } onCancel: {
            // The container outlives the command that started it.
            let docker = deployment.docker
            Task.detached { _ = try? await docker.run(["rm", "--force", container]) }
        }
        // webpack 2 says so and ends well (kp-client's build/build.js looks at one kind of error only).
        let isBroken = name == "build" && output.lines.contains { $0.hasPrefix("ERROR in ") }
        guard output.succeeded, !isBroken else {
            throw Failure(
                "'npm \(arguments.joined(separator: " "))' failed for \(kind.rawValue)",
                because: Self.reason(in: output.standardOutput),
                fix: "read the log below, then run the same command again", log: log)
        }
        try files.write(try await expectedMark(folder), to: markPath(folder))
    }

    /// The line in which npm says why, and not those that name its error codes and its own log.
    static func reason(in text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        let errors = lines.compactMap { line -> String? in
            ["npm error ", "npm ERR! "].first { line.hasPrefix($0) }.map { line.dropFirst($0.count).trimmed }
        }
        let labels = ["code", "syscall", "path", "errno", "dest", "command", "A complete log"]
        let wanted = errors.first { error in error.count > 10 && !labels.contains { error.hasPrefix($0) } }
        let plain = lines.last { !$0.trimmed.isEmpty && !$0.hasPrefix("npm ") && !$0.hasPrefix("$ ") }
        return wanted ?? plain?.trimmed ?? "it said nothing"
    }

    /// A value of `--mount`: comma-separated, quoted as in CSV (docker run reference).
    static func bind(_ source: String, to target: String, isReadOnly: Bool = false) -> String {
        let fields = ["type=bind", "source=\(source)", "target=\(target)"] + (isReadOnly ? ["readonly"] : [])
        return fields.map { field in
            field.contains(",") || field.contains("\"") ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }.joined(separator: ",")
    }
}

/// `npm install` of both sources (requirements N2, C2).
struct DependenciesStep: Step {
    let deployment: Deployment
    let name = "Dependencies"

    func inspect() async throws -> Inspection {
        var changes: [Change] = []
        for task in tasks where try await !task.isDone() {
            changes.append(Change("npm install in \(task.kind.rawValue)"))
        }
        return Inspection("npm install done for both", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        for task in tasks where try await !task.isDone() {
            await detail("npm install in \(task.kind.rawValue)")
            try await SourcePlace(deployment: deployment, kind: task.kind).copyApart(withPackages: false)
            try await task.run()
        }
    }

    private var tasks: [NodeTask] {
        SourceKind.allCases.map { NodeTask(deployment: deployment, kind: $0, name: "install", arguments: ["install"]) }
    }
}

/// `npm run build` of the client (requirement C3).
struct ClientStep: Step {
    let deployment: Deployment
    let name = "Client"

    private var task: NodeTask {
        NodeTask(deployment: deployment, kind: .client, name: "build", arguments: ["run", "build"])
    }
    private var files: Files { deployment.world.files }
    private var dist: String? { deployment.release().map { "\(deployment.layout.releases)/\($0.client)/dist" } }

    /// `cfg/private.js`, for a client that asks for one and is placed: git does not bring it. Its path, and what it should say.
    private func privateSettings() async throws -> (path: String, text: String)? {
        guard try await deployment.clientProfile().readsPrivateSettings, let release = deployment.release() else {
            return nil
        }
        let text = try ClientProfile.privateSettings(
            deployment.site, captchaKey: Keys(deployment: deployment).value(.captchaKey))
        return ("\(deployment.layout.releases)/\(release.client)/cfg/private.js", text)
    }

    private func hasPrivateSettings() async throws -> Bool {
        try await privateSettings().map { files.text(of: $0.path) == $0.text } ?? true
    }

    func inspect() async throws -> Inspection {
        guard try await task.isDone(), try await hasPrivateSettings(), let dist, files.exists("\(dist)/index.html")
        else {
            return Inspection("to build", changes: [Change("npm run build in kp-client")])
        }
        let bytes = files.tree(of: dist).compactMap { files.size(of: "\(dist)/\($0)") }.reduce(0, +)
        let size =
            bytes >= 1 << 20 ? "\(bytes >> 20).\((bytes >> 10) % 1024 * 10 / 1024) MB" : "\(max(bytes >> 10, 1)) kB"
        return Inspection("built, \(size) in dist")
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        await detail("npm run build")
        try await SourcePlace(deployment: deployment, kind: .client).copyApart(withPackages: true)
        if try await !hasPrivateSettings(), let settings = try await privateSettings() {
            try files.write(settings.text, to: settings.path)
        }
        try await task.run()
        if let dist, !files.exists("\(dist)/index.html") {
            throw Failure(
                "'npm run build' of kp-client made no dist/index.html",
                because: "the specification serves the site from there (W5)",
                fix: "check the build script of kp-client", log: deployment.log("npm-kp-client"))
        }
    }
}
