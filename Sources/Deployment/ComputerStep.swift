import Blueprint
import Engine
import Machine
import Site

/// Whether this computer can hold the site. Changes nothing.
struct ComputerStep: Step {
    let deployment: Deployment
    let name = "Computer"

    func inspect() async throws -> Inspection {
        // Without Docker yet, nothing runs.
        let running = (try? await deployment.docker.services(of: deployment.stack)) ?? []
        try deployment.refuseForeign(running)
        try await deployment.refuseForeignData()
        try deployment.refuseOtherPostgres()
        let check = await deployment.checkComputer(running)
        if let obstacle = check.obstacle { throw obstacle }
        let ports = deployment.site.ports
        return Inspection(
            check.summary + ", ports \(ports.http) and \(ports.https) \(check.holdsPorts ? "ours" : "free")")
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {}
}

extension Deployment {
    /// Reads this computer, and judges.
    func checkComputer(_ running: [ServiceState]) async -> ComputerCheck {
        let own = Set(running.first { $0.name == ServiceKind.nginx.rawValue && isOurs($0) }?.ports ?? [])
        // A published port is held by Docker's own program; one that the service wants, somebody else may have taken meanwhile.
        let taken = [site.ports.http, site.ports.https].compactMap { ListeningPort.find($0) }.filter { listener in
            !own.contains(listener.port) || !["docker-proxy", "dockerd", nil].contains(listener.program)
        }
        var dockerSpace: Int?
        if case .answers(let info) = await docker.presence() { dockerSpace = Computer.freeSpace(at: info.root) }
        var check = ComputerCheck(
            computer: Computer.read(), freeSpace: Computer.freeSpace(at: layout.state), freeDockerSpace: dockerSpace,
            takenPorts: taken, httpsPort: site.ports.https,
            isRaised: !own.isEmpty || world.files.exists(DeployedStack.path(layout)))
        check.holdsPorts = !own.isEmpty
        return check
    }

    /// A stack of this name that another site, or somebody else, made is left alone.
    func refuseForeign(_ services: [ServiceState]) throws {
        guard let foreign = services.first(where: { !isOurs($0) }) else { return }
        let other =
            foreign.labels[StackPlan.siteLabel] == site.name ? foreign.labels[StackPlan.prefixLabel] : nil
        throw Failure(
            "there is a stack named '\(stack)' already that this site did not make",
            because: other.map { "it belongs to the site of that name in \($0.isEmpty ? "/" : $0)" }
                ?? "its service '\(foreign.name)' does not carry kopnik's mark",
            fix: "give this copy another name: kopnik up --name \(site.name)2")
    }

    /// The data of a site that is down have no service to tell whose they are: their volume does.
    func refuseForeignData() async throws {
        guard let prefix = try await foreignPrefix() else { return }
        throw Failure(
            "there is a database of a site named '\(site.name)' already that this site did not make",
            because: prefix.isEmpty
                ? "its volume '\(stack)_database' does not carry kopnik's mark"
                : "it belongs to the site of that name in \(prefix)",
            fix: "give this copy another name: kopnik up --name \(site.name)2")
    }

    /// Where the site of this name lies that owns the database's volume, if it is not this one; empty where it says nothing.
    func foreignPrefix() async throws -> String? {
        let format = "{{index .Labels \"\(StackPlan.prefixLabel)\"}}"
        do {
            let volume = try await docker.run(["volume", "inspect", "--format", format, databaseVolume])
            return volume.succeeded && volume.text != layout.prefix ? volume.text : nil
        } catch let failure as Failure where failure.isMissingProgram { return nil }
    }

    /// Whether a service carries this site's marks.
    func isOurs(_ service: ServiceState) -> Bool {
        service.labels[StackPlan.siteLabel] == site.name && service.labels[StackPlan.prefixLabel] == layout.prefix
    }
}
