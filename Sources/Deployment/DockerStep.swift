import Blueprint
import Engine
import Machine

/// Docker answers, and this computer is a swarm of one.
struct DockerStep: Step {
    let deployment: Deployment
    let name = "Docker"

    func inspect() async throws -> Inspection {
        switch await deployment.docker.presence() {
        case .notInstalled:
            return Inspection(
                "will be started", changes: [Change("start Docker"), Change("make a swarm of this one computer")])
        case .silent(let reason):
            if reason.contains("permission denied") {
                throw Failure(
                    "Docker does not let this user in",
                    because: "\(deployment.world.person.name) is not in the group 'docker'",
                    fix: "sudo ./kopnik up")
            }
            if let host = deployment.world.environment["DOCKER_HOST"] {
                throw Failure(
                    "Docker does not answer at \(host)", because: "DOCKER_HOST names that address, and: \(reason)",
                    fix: "start that daemon, or 'unset DOCKER_HOST' to use this computer's own")
            }
            return Inspection(
                "will be started",
                changes: [Change("start Docker"), Change("make a swarm of this one computer if it is in none")])
        case .answers(let info):
            return try inspect(info)
        }
    }

    private func inspect(_ info: DockerInfo) throws -> Inspection {
        switch info.swarm {
        case .manager: return Inspection("\(info.version), swarm of \(info.nodes) node\(info.nodes == 1 ? "" : "s")")
        case .inactive: return Inspection(info.version, changes: [Change("make a swarm of this one computer")])
        case .worker:
            throw Failure(
                "this computer belongs to a swarm that another one manages", because: "a stack is raised on a manager",
                fix: "run this on the manager, or 'docker swarm leave' to make this computer its own")
        case .unusable(let state):
            throw Failure(
                "Docker's swarm is in the state '\(state)'", because: "nothing can be deployed in it",
                fix: state == "locked"
                    ? "docker swarm unlock"
                    : "docker swarm leave --force (if no other stack runs in it), then the same command again")
        }
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        if case .answers = await deployment.docker.presence() {
        } else {
            await detail("starting Docker")
            try await start()
        }
        guard case .answers(let info) = await deployment.docker.presence(), info.swarm == .inactive else { return }
        await detail("making the swarm")
        try Manifest.change(deployment.layout.manifest) { $0.madeSwarm = true }
        // Loopback: a laptop's address changes with its network. Ten years: node certificates last 90 days otherwise,
        // and a computer that was off for longer would have lost its swarm.
        _ = try await deployment.docker.require(
            [
                "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1", "--cert-expiry",
                "87600h",
            ],
            toDo: "make the swarm", fix: "kopnik doctor")
    }

    private func start() async throws {
        let world = deployment.world
        guard world.person.isRoot else {
            throw Failure(
                "Docker does not run", because: "starting it takes administrator rights", fix: "sudo ./kopnik up")
        }
        let log = deployment.log("dockerd")
        if world.files.isFolder("/run/systemd/system") {
            _ = try await world.commands.require(
                Command("systemctl", ["enable", "--now", "docker"], timeLimit: .seconds(120), log: log),
                toDo: "start Docker",
                fix: "journalctl -u docker")
        } else {
            try await startDaemon(log: log)
        }
        let docker = deployment.docker
        let answer = try await poll(for: .seconds(60)) { () -> DockerInfo? in
            if case .answers(let info) = await docker.presence() { info } else { nil }
        }
        if answer == nil {
            let tail = world.files.text(of: log, from: 0, limit: 2000).split(whereSeparator: \.isNewline).last.map(
                String.init)
            throw Failure("Docker did not start within a minute", because: tail, fix: "kopnik doctor", log: log)
        }
    }

    /// Starts the daemon itself where nothing else would: it outlives us.
    private func startDaemon(log: String) async throws {
        try Manifest.change(deployment.layout.manifest) { $0.startedDaemon = true }
        try deployment.world.files.append("$ dockerd\n", to: log)
        // sudo's PATH may lack the folders where daemons are.
        let path = (deployment.world.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"
        _ = try await deployment.world.commands.require(
            Command(
                "setsid", ["--fork", "sh", "-c", "exec dockerd >>\"$0\" 2>&1 </dev/null", log],
                environment: ["PATH": path],
                timeLimit: .seconds(30)),
            toDo: "start Docker's daemon", fix: "kopnik doctor")
    }
}
