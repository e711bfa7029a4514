import Blueprint
import Engine
import Foundation
import Machine
import Site

/// Hands generated files to Docker and follows them until every service is healthy.
struct StackRaising: Sendable {
    let deployment: Deployment
    let detail: @Sendable (String) async -> Void

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }
    private var docker: Docker { deployment.docker }
    private var stack: String { deployment.stack }

    /// Tries the generated settings with the real programs before any of them is put in place.
    func validate(_ generated: [GeneratedFile], nginx image: String) async throws {
        let candidate = "\(layout.state)/candidate"
        try files.remove(candidate)
        for file in generated where file.path.hasPrefix("nginx/") {
            try files.write(file.contents, to: "\(candidate)/\(file.path)")
        }
        let output = try await docker.run(
            ["run", "--rm"] + deployment.labelWords + [
                "--network", "none", "--entrypoint", "nginx",
                "--mount", NodeTask.bind("\(candidate)/nginx", to: "/etc/kopnik/nginx", isReadOnly: true),
                "--mount", NodeTask.bind(layout.letsEncrypt, to: "/etc/letsencrypt", isReadOnly: true),
                "--tmpfs", "/var/cache/nginx", image, "-t", "-q", "-e", "stderr", "-c",
                "/etc/kopnik/nginx/nginx.conf",
            ], timeLimit: .seconds(60))
        try files.remove(candidate)
        guard output.succeeded else {
            throw Failure(
                "nginx refuses its new settings",
                because: output.standardError.split(whereSeparator: \.isNewline).first { $0.contains("[emerg]") }.map(
                    String.init) ?? output.lastWords,
                fix: "this is a fault of kopnik: please report it; what ran before goes on running")
        }
    }

    /// Puts the files in place, deploys, waits, and remembers what got healthy.
    func raise(files generated: [GeneratedFile], release: SourceRelease, site: String, for patience: Duration)
        async throws
    {
        try makeFolders()
        let settings = SettingsFolder(layout: layout, files: files)
        let before = DeployedStack.read(layout, files: files)
        let nginxChanges =
            generated.contains { $0.path.hasPrefix("nginx/") && before?.files[$0.path] != $0.contents }
            || settings.differences(from: generated).contains { $0.path.hasPrefix("nginx/") }
        if var before {
            // From here to the end the services are neither as before nor as wanted: nobody changed them by hand.
            before.services = [:]
            try before.write(layout, files: files)
        }
        let present = try await docker.services(of: stack)
        // A stack that is not there yet has nothing to be asked for.
        let nginx = present.isEmpty ? nil : try await docker.container(of: ServiceKind.nginx.rawValue, in: stack)
        try settings.write(generated)
        // The keeper reads it when it starts, other verbs from now on.
        try files.write(site, to: layout.rememberedSite)
        // nginx serves the client's files by this link: what runs is exchanged only when all that stands behind it is healthy.
        let links = SourceLinks(layout: layout, release: release)
        if before == nil { try links.make(files) }
        let tasks = present.isEmpty ? [] : try await docker.tasks(of: stack)
        let templates = Self.templates(present)
        let compose = generated.first { $0.path == "compose.yaml" }?.contents ?? ""
        try await docker.deploy(stack, compose: compose, log: deployment.log("stack"))
        let services = try await docker.services(of: stack)
        let made = try await docker.templates(ofTasks: tasks.filter(\.isWanted).map(\.id))
        let replacement = Replacement(
            tasks: tasks, made: made, before: templates, wanted: Self.templates(services))
        try await follow(services, replacement, for: patience)
        if nginxChanges, let nginx { _ = try await docker.run(["kill", "--signal", "HUP", nginx]) }
        try EarlierAssets(deployment: deployment).keep(besides: release)
        try links.make(files)
        let deployed = DeployedStack(
            release: release, site: site,
            files: Dictionary(uniqueKeysWithValues: generated.map { ($0.path, $0.contents) }),
            services: Dictionary(uniqueKeysWithValues: services.map { ($0.name, Digest($0.specification).short) }))
        try deployed.write(layout, files: files)
    }

    /// What makes each service's tasks, by the service's name.
    private static func templates(_ services: [ServiceState]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0.template) })
    }

    /// What others stand on: while one of these is not healthy, an application that gives up is no failure of its own.
    private static let foundation = [ServiceKind.db, .crossbar, .mail, .keeper].map(\.rawValue)

    /// Waits until every service is healthy, or one will not get there.
    /// - Parameter deployed: the services as they were handed over. Only how far Swarm is with replacing something changes of them: where it
    ///   has nothing to replace they are not asked for again, for each question takes from the time in which they could start.
    private func follow(_ deployed: [ServiceState], _ replacement: Replacement, for patience: Duration) async throws {
        let (docker, stack, detail) = (docker, stack, detail)
        // One that was broken off may be at it still.
        let isStill =
            replacement.services.isEmpty && deployed.allSatisfy { [nil, "completed"].contains($0.updateState) }
        var last: Convergence?
        var forgiven = replacement.known
        let end = try await poll(for: patience, every: .milliseconds(300)) { () -> Convergence? in
            async let services = isStill ? deployed : docker.services(of: stack)
            let tasks = try await docker.tasks(of: stack)
            let now = Convergence(
                services: try await services, tasks: tasks, known: forgiven, replaced: replacement.services)
            last = now
            if now.waiting.contains(where: Self.foundation.contains) {
                forgiven.formUnion(tasks.filter { $0.hasFailed && !Self.foundation.contains($0.service) }.map(\.id))
            }
            let waiting = now.waiting.joined(separator: ", ")
            await detail(
                "\(now.healthy.count) of \(now.verdicts.count) healthy"
                    + (waiting.isEmpty ? "" : ", waiting for \(waiting)"))
            return now.isComplete || !now.failures.isEmpty ? now : nil
        }
        if let end, end.failures.isEmpty {
            if !isStill { try await letOldOnesEnd() }
            return
        }
        let failure =
            end?.failures.first
            ?? last?.waiting.first.map {
                ($0, "it is not healthy after \(patience.components.seconds) seconds")
            }
        guard let (service, reason) = failure else { return }
        throw await unhealthy(service, reason)
    }

    /// A process that may run beside its successor goes on for some seconds: whoever looks afterwards is to see the successor alone.
    private func letOldOnesEnd() async throws {
        let (docker, stack) = (docker, stack)
        _ = try await poll(for: .seconds(20), every: .milliseconds(300)) { () -> Bool? in
            try await docker.tasks(of: stack).contains { $0.desired == "Shutdown" && $0.current == "Running" }
                ? nil : true
        }
    }

    private func unhealthy(_ service: String, _ reason: String) async -> Failure {
        let lines = (try? await docker.lastLines(of: service, in: stack, count: 12)) ?? []
        let said =
            lines.isEmpty
            ? "it said nothing"
            : "its last lines:\n"
                + lines.map { "  " + deployment.world.redaction.apply(to: $0.text) }.joined(separator: "\n")
        return Failure(
            "the service '\(service)' does not get healthy", because: "\(reason)\n\(said)",
            fix: "kopnik logs \(service)",
            log: deployment.log("stack"))
    }

    /// Brings the whole stack back to what ran before (one service at a time is not enough, docker/cli#595).
    func goBack(to before: DeployedStack, after failure: Failure) async -> Failure {
        var failure = failure
        do {
            // A short patience with the new is none with the old.
            let patience = max(deployment.options.patience, Deployment.Options().patience)
            try await raise(
                files: before.generated, release: before.release, site: before.site, for: patience)
            failure.because = (failure.because ?? "") + "\nthe site runs on as it was before"
        } catch {
            failure.because =
                (failure.because ?? "") + "\ngoing back failed too: \((error as? Failure)?.what ?? "\(error)")"
        }
        return failure
    }

    /// Docker refuses to start a task whose mounted folder is missing.
    private func makeFolders() throws {
        let owner = deployment.owner
        for path in [
            layout.uploads, layout.acme, layout.permit, layout.keeper, layout.overview, layout.letsEncrypt,
            layout.deployed,
            layout.logs,
        ] {
            try files.makeFolder(path)
        }
        if deployment.site.hosts.isPair { try files.makeFolder(layout.pairDatabase) }
        for kind in ServiceKind.allCases { try files.makeFolder("\(layout.settings)/\(kind.rawValue)") }
        if deployment.world.person.isRoot { try files.setOwner(layout.uploads, user: owner.user, group: owner.group) }
    }

    func dropOldSecrets(keeping wanted: Set<String>) async throws {
        let kept = wanted.union(Releases(deployment: deployment).all.flatMap(\.secrets))
        let stored = try await docker.secretNames(labels: deployment.labels)
        try await docker.removeSecrets(stored.filter { !kept.contains($0) })
    }
}
