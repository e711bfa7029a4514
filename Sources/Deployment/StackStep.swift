import Blueprint
import Engine
import Machine
import Site

/// The generated files are in place and the stack runs them, healthy.
struct StackStep: Step {
    let deployment: Deployment
    let name = "Stack"

    private var files: Files { deployment.world.files }
    private var folder: SettingsFolder { SettingsFolder(layout: deployment.layout, files: files) }

    func inspect() async throws -> Inspection {
        let services = (try? await deployment.docker.services(of: deployment.stack)) ?? []
        guard let plan = try await deployment.stackPlan() else {
            let (files, rules) = try await deployment.renderedWithRules()
            return Inspection(
                "to start",
                changes: [
                    Change(
                        "write \(files.count) files below \(deployment.layout.settings) ('kopnik render DIR' shows them)"
                    )
                ] + Self.crossbarChange(rules) + [
                    Change("start \(ServiceKind.allCases.count) services")
                ])
        }
        let blueprint = try deployment.blueprint(plan)
        var changes = fileChanges(blueprint)
        if changes.contains(where: { $0.summary.hasSuffix(" crossbar/config.json") }) {
            changes += Self.crossbarChange(blueprint.crossbarRules)
        }
        changes += linkChanges(plan.release)
        if services.isEmpty {
            changes.append(Change("start \(ServiceKind.allCases.count) services"))
            return Inspection("to start", changes: changes)
        }
        let tasks = try await deployment.docker.tasks(of: deployment.stack)
        changes += serviceChanges(services, Convergence(services: services, tasks: tasks))
        return Inspection("\(services.count) services healthy", changes: changes)
    }

    /// What today's Crossbar needs otherwise than the client's own file has it; the file itself is left alone.
    private static func crossbarChange(_ rules: [String]) -> [Change] {
        guard !rules.isEmpty else { return [] }
        return [
            Change(
                "adapt a copy of kp-client's .crossbar/config.json to today's Crossbar",
                difference: rules.map { "· " + $0 }.joined(separator: "\n"))
        ]
    }

    private func fileChanges(_ blueprint: Blueprint) -> [Change] {
        folder.differences(from: blueprint.files).map { difference in
            switch difference.cause {
            case .new: Change("write \(difference.path)")
            case .outdated: Change("change \(difference.path)", difference: difference.description)
            case .editedByHand:
                Change(
                    "overwrite \(difference.path), which somebody changed by hand", difference: difference.description,
                    conflict: "\(deployment.layout.settings)/\(difference.path) was changed by hand")
            }
        }
    }

    private func linkChanges(_ release: SourceRelease) -> [Change] {
        SourceLinks(layout: deployment.layout, release: release).missing(files).map {
            Change("switch \($0.path) to \($0.target)")
        }
    }

    private func serviceChanges(_ services: [ServiceState], _ convergence: Convergence) -> [Change] {
        var changes: [Change] = []
        let present = Set(services.map(\.name))
        for kind in ServiceKind.allCases where !present.contains(kind.rawValue) {
            changes.append(Change("start '\(kind.rawValue)'"))
        }
        guard let deployed = DeployedStack.read(deployment.layout, files: files) else {
            return changes + [Change("finish starting the stack")]
        }
        if deployed.services.isEmpty { changes.append(Change("finish the change that was broken off")) }
        for name in deployed.changedByHand(services) {
            changes.append(
                Change(
                    "set the service '\(name)' back, which somebody changed by hand",
                    conflict: "the service '\(name)' was changed by hand"))
        }
        for name in convergence.waiting { changes.append(Change("wait for or restart '\(name)'")) }
        return changes
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        // Docker may have been started only just now, and with it a stack that nobody could see before.
        try deployment.refuseForeign(try await deployment.docker.services(of: deployment.stack))
        try await deployment.refuseForeignData()
        try deployment.refuseOtherPostgres()
        guard let plan = try await deployment.stackPlan() else { return }
        let blueprint = try deployment.blueprint(plan)
        let before = DeployedStack.read(deployment.layout, files: files)
        let raising = StackRaising(deployment: deployment, detail: detail)
        let releases = Releases(deployment: deployment)
        // Raised by an older kopnik: what ran before is a release too.
        if before?.services.isEmpty == false { try await releases.adopt() }
        // What ran healthy, with the same images, was tried by running.
        if before?.generated != blueprint.files.sorted(by: { $0.path < $1.path }) {
            try await raising.validate(blueprint.files, nginx: plan.images[.nginx] ?? "")
        }
        do {
            try await raising.raise(
                files: blueprint.files, release: plan.release, site: deployment.site.completeYAML,
                for: deployment.options.patience)
        } catch let failure as Failure {
            guard let before else { throw failure }
            await detail("going back to what ran before")
            throw await raising.goBack(to: before, after: failure)
        }
        try await releases.record()
        try await raising.dropOldSecrets(keeping: Set(plan.secrets.values))
    }
}

/// The links by which both sources are reached: `sftp/kp-server` → the release, `kp-server` → `sftp/kp-server`.
struct SourceLinks: Sendable {
    let layout: Layout
    let release: SourceRelease

    private var wanted: [(path: String, target: String)] {
        [
            ("\(layout.sftp)/kp-server", ".releases/\(release.server)"),
            ("\(layout.sftp)/kp-client", ".releases/\(release.client)"),
            ("\(layout.home)/kp-server", "sftp/kp-server"), ("\(layout.home)/kp-client", "sftp/kp-client"),
        ]
    }

    func missing(_ files: Files) -> [(path: String, target: String)] {
        wanted.filter { files.link(at: $0.path) != $0.target }
    }

    func make(_ files: Files) throws {
        for link in wanted { try files.makeLink(at: link.path, to: link.target) }
    }
}

extension Deployment {
    /// All that the generated files depend on; `nil` before sources and secrets are there.
    func stackPlan() async throws -> StackPlan? {
        guard let release = release(), let secrets = try await Secrets(deployment: self).names() else { return nil }
        return StackPlan(
            site: site, layout: layout, images: try await images.plan(self).tags, secrets: secrets, release: release,
            owner: owner,
            crossbarOriginal: world.files.text(of: "\(layout.releases)/\(release.client)/.crossbar/config.json") ?? "",
            server: try await serverProfile(), dockerSocket: dockerSocket,
            dashboardLogin: site.dashboard.path == nil ? nil : DashboardLogin(deployment: self).line,
            pair: try Pair(deployment: self).plan())
    }

    func blueprint(_ plan: StackPlan) throws -> Blueprint {
        do { return try Blueprint(plan) } catch is CrossbarSettings.Problem {
            throw Failure(
                "kp-client has no usable .crossbar/config.json",
                because: "the specification takes Crossbar's configuration from there (B1)",
                fix: "check \(layout.releases)/\(plan.release.client)/.crossbar/config.json")
        }
    }

    private var dockerSocket: String {
        let host = world.environment["DOCKER_HOST"] ?? ""
        return host.hasPrefix("unix://") ? String(host.dropFirst("unix://".count)) : "/var/run/docker.sock"
    }
}
