import Site

/// The compose file: all services and all links between them (requirement D1).
struct Compose: Sendable {
    let plan: StackPlan
    /// A digest of each service's settings, for those that read them only when they start.
    let settings: [ServiceKind: String]

    init(_ plan: StackPlan, settings: [ServiceKind: String]) {
        self.plan = plan
        self.settings = settings
    }

    /// The file's text.
    func rendered() throws -> String {
        let document: ComposeValue = [
            "version": "3.9",
            "services": .map(ServiceKind.allCases.map { ($0.rawValue, service($0)) }),
            "networks": [
                "internal": [
                    "driver": "overlay",
                    "labels": labels,
                ]
            ],
            "volumes": .map(
                ["database", "mail-queue", "mail-caught"].map { ($0, ["labels": labels]) }),
            "secrets": .map(
                SecretKind.all(of: plan.site).map { kind in
                    (
                        kind.rawValue,
                        [
                            "external": true,
                            "name": .literal(plan.secrets[kind] ?? "\(plan.site.name)_\(kind.rawValue)"),
                        ]
                    )
                }),
        ]
        return """
            # All services of \(plan.site.domain) and all links between them. Written by kopnik: changes here are shown as a
            # difference by `kopnik plan` and not overwritten without --force.

            """ + (try document.rendered())
    }

    private var labels: ComposeValue {
        .map([(StackPlan.siteLabel, .string(plan.site.name)), (StackPlan.prefixLabel, .literal(plan.layout.prefix))])
    }

    private func service(_ kind: ServiceKind) -> ComposeValue {
        let shape = ServiceShape.shape(of: kind, in: plan)
        var pairs: [(String, ComposeValue)] = [
            (
                "image",
                .literal(
                    plan.images[kind.image(plan.server)] ?? "\(plan.site.name)/\(kind.image(plan.server).rawValue)")
            )
        ]
        if let user = shape.user { pairs.append(("user", .string(user))) }
        if let folder = shape.folder { pairs.append(("working_dir", .literal(folder))) }
        if !shape.command.isEmpty { pairs.append(("command", .list(shape.command.map(ComposeValue.literal)))) }
        if !shape.environment.isEmpty {
            pairs.append(("environment", .map(shape.environment.map { ($0.0, .literal($0.1)) })))
        }
        if let digest = settings[kind] { pairs.append(("labels", .map([("org.kopnik.settings", .string(digest))]))) }
        pairs.append(("init", true))
        if shape.isReadOnly { pairs.append(("read_only", true)) }
        pairs.append(("cap_drop", ["ALL"]))
        if !shape.capabilities.isEmpty { pairs.append(("cap_add", .list(shape.capabilities.map { .string($0) }))) }
        pairs.append(("networks", ["internal"]))
        // Without it a name that Docker does not know at the moment, such as `mail`, is looked for in the computer's own domain:
        // a stranger's mail server could answer (resolv.conf(5), search).
        pairs.append(("dns_search", ["."]))
        pairs.append(("volumes", .list(shape.mounts.map(mount))))
        if !shape.secrets.isEmpty { pairs.append(("secrets", .list(shape.secrets.map(secret)))) }
        if !shape.ports.isEmpty { pairs.append(("ports", .list(shape.ports.map(port)))) }
        pairs.append(("stop_grace_period", .string("\(shape.stopGraceSeconds)s")))
        pairs.append(("logging", ["driver": "json-file", "options": ["max-size": "10m", "max-file": "5"]]))
        pairs.append(("deploy", deploy(shape, replicas: replicas(kind))))
        return .map(pairs)
    }

    /// A standby's site is all there and switched off, but for the database and who keeps watch.
    private func replicas(_ kind: ServiceKind) -> Int {
        plan.pair?.leads == false && kind != .db && kind != .keeper ? 0 : 1
    }

    private func deploy(_ shape: ServiceShape, replicas: Int) -> ComposeValue {
        [
            "replicas": .integer(replicas),
            // A VIP's IPVS table drops idle connections after 900 s (moby#31208) and keeps routing to tasks that stop
            // (moby#38841); DNS names healthy tasks only.
            "endpoint_mode": "dnsrr",
            "labels": .map([
                (StackPlan.siteLabel, .string(plan.site.name)), (StackPlan.prefixLabel, .literal(plan.layout.prefix)),
            ]),
            "restart_policy": ["condition": "any", "delay": "1s"],
            "update_config": [
                "parallelism": 1, "order": .string(shape.mayOverlap ? "start-first" : "stop-first"),
                "failure_action": "pause",
                "monitor": "2s",
            ],
            "resources": [
                "limits": ["memory": .string("\(shape.memoryMegabytes)M"), "pids": .integer(shape.processLimit)],
                "reservations": ["memory": .string("\(shape.reservedMegabytes)M")],
            ],
        ]
    }

    private func mount(_ mount: ServiceShape.Mount) -> ComposeValue {
        switch mount {
        case .folder(let source, let target, let isWritable):
            var pairs: [(String, ComposeValue)] = [
                ("type", "bind"), ("source", .literal(source)), ("target", .literal(target)),
            ]
            if !isWritable { pairs.append(("read_only", true)) }
            return .map(pairs)
        case .volume(let name, let target):
            return ["type": "volume", "source": .string(name), "target": .string(target)]
        case .memory(let target, let megabytes):
            // The short `tmpfs:` form is dropped in silence by `docker stack deploy`.
            return ["type": "tmpfs", "target": .string(target), "tmpfs": ["size": .integer(megabytes << 20)]]
        }
    }

    private func secret(_ grant: ServiceShape.SecretGrant) -> ComposeValue {
        [
            "source": .string(grant.kind.rawValue), "target": .literal(grant.target),
            "uid": .string("\(grant.owner.user)"),
            "gid": .string("\(grant.owner.group)"), "mode": .integer(0o400),
        ]
    }

    private func port(_ port: ServiceShape.Port) -> ComposeValue {
        // Host mode: nginx sees who really calls, and no IPVS is needed.
        ["target": .integer(port.container), "published": .integer(port.host), "protocol": "tcp", "mode": "host"]
    }
}
