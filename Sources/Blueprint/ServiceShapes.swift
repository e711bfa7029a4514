import Site

extension ServiceShape {
    /// Users that the images create with these numbers: volumes and secrets must fit them on every machine.
    private static let postgres = Owner(user: 5432, group: 5432)
    private static let crossbar = Owner(user: 8080, group: 8080)
    private static let postfix = Owner(user: 2525, group: 2525)
    private static let signer = Owner(user: 2528, group: 2528)

    static func shape(of kind: ServiceKind, in plan: StackPlan) -> ServiceShape {
        switch kind {
        case .db: database(plan)
        case .mail: mail(plan)
        case .crossbar: crossbar(plan)
        case .nodejs: application(plan, plan.server.application, probe: plan.server.probe, port: plan.server.port)
        case .files: application(plan, plan.server.fileServer, probe: .http, port: 8484)
        case .nginx: nginx(plan)
        case .keeper: keeper(plan)
        case .dashboard: dashboard(plan)
        }
    }

    private static func database(_ plan: StackPlan) -> ServiceShape {
        var shape = ServiceShape(memoryMegabytes: max(1600, plan.site.postgres.sharedBuffers.bytes >> 20 + 1088))
        shape.environment = [("KOPNIK_DATABASES", plan.site.postgres.databases.joined(separator: " "))]
        shape.mounts = [
            .settings(.db, plan.layout), .permit(plan.layout), .volume("database", target: "/var/lib/postgresql"),
            .memory(target: "/run/postgresql", megabytes: 1), .memory(target: "/dev/shm", megabytes: 256),
            .memory(target: "/tmp", megabytes: 64),
        ]
        shape.secrets = [SecretKind.databasePassword, .crossbarPassword, .repository].map {
            SecretGrant(kind: $0, target: $0.rawValue, owner: postgres)
        }
        if plan.pair != nil {
            shape.mounts.append(
                .folder(source: plan.layout.pairDatabase, target: "/etc/kopnik/pair", isWritable: false))
            shape.secrets.append(SecretGrant(kind: .replication, target: "replication", owner: postgres))
            // For the other host alone: everybody else is turned away before Docker sees them.
            shape.ports = [Port(host: PairPlan.port, container: 5432)]
        }
        shape.reservedMegabytes = 700
        // A fast shutdown writes a checkpoint first: 512 MB of dirty buffers on a slow disk take their time.
        shape.stopGraceSeconds = 120
        // Each of 1000 connections is a process (max_connections).
        shape.processLimit = plan.site.postgres.maxConnections + 200
        return shape
    }

    private static func mail(_ plan: StackPlan) -> ServiceShape {
        var shape = ServiceShape(memoryMegabytes: 256)
        shape.mounts = [
            .settings(.mail, plan.layout), .permit(plan.layout), .volume("mail-queue", target: "/var/spool/postfix"),
            .volume("mail-caught", target: "/var/mail/caught"),
            // postfix writes its own configuration folder when it starts.
            .memory(target: "/etc/postfix", megabytes: 4), .memory(target: "/run", megabytes: 1),
            .memory(target: "/tmp", megabytes: 16), .memory(target: "/var/lib/postfix", megabytes: 1),
        ]
        shape.capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID", "KILL"]
        shape.secrets = [
            SecretGrant(kind: .dkimKey, target: "dkim-key", owner: signer),
            SecretGrant(kind: .mailLogin, target: "mail-login", owner: postfix),
        ]
        shape.stopGraceSeconds = 30
        return shape
    }

    private static func crossbar(_ plan: StackPlan) -> ServiceShape {
        var shape = ServiceShape(memoryMegabytes: 512)
        shape.environment = [("PYTHONUNBUFFERED", "1")]
        shape.mounts = [
            .settings(.crossbar, plan.layout), .permit(plan.layout), .memory(target: "/node", megabytes: 64),
            .memory(target: "/tmp", megabytes: 64),
        ]
        shape.reservedMegabytes = 256
        shape.secrets = [SecretGrant(kind: .authenticator, target: "authenticator.json", owner: crossbar)]
        shape.stopGraceSeconds = 15
        return shape
    }

    private static func application(
        _ plan: StackPlan, _ start: ServerProfile.Start, probe: ServerProfile.Probe, port: Int?
    ) -> ServiceShape {
        let root = "/home/ubuntu/sftp/kp-server"
        var shape = ServiceShape(memoryMegabytes: 512)
        shape.user = "\(plan.owner.user):\(plan.owner.group)"
        shape.folder = root
        shape.command =
            switch start {
            case .script(let name): ["npm", "run", name]
            case .words(let words): words
            }
        shape.environment = [("NODE_ENV", "production"), ("HOME", "/tmp")]
        switch probe {
        case .http: shape.environment.append(("PROBE_PORT", "\(port ?? 80)"))
        case .registration(let procedure): shape.environment.append(("PROBE_REGISTRATION", procedure))
        }
        shape.mayOverlap = plan.server.mayOverlap
        // nginx knows the old one's address for a second more (resolver valid=1s): until then it goes on answering.
        if shape.mayOverlap { shape.environment.append(("KOPNIK_DRAIN_SECONDS", "2")) }
        if plan.server.printsSettings {
            shape.environment.append(("NODE_OPTIONS", "--require /usr/local/lib/kopnik/silent-settings.js"))
        }
        // One of the two processes, not both at once.
        if port != 8484 {
            if plan.server.makesTables { shape.environment.append(("KOPNIK_MAKE_TABLES", "yes")) }
            if let folder = plan.server.logFolder { shape.environment.append(("KOPNIK_LOG_FOLDER", folder)) }
        }
        shape.mounts = [
            .folder(source: "\(plan.layout.releases)/\(plan.release.server)", target: root, isWritable: true),
            .folder(source: plan.layout.uploads, target: "\(root)/upload", isWritable: true), .permit(plan.layout),
            .memory(target: "/tmp", megabytes: 128),
        ]
        shape.reservedMegabytes = 96
        // Over the tracked file of that name: nothing is ever written into the checkout.
        shape.secrets = [SecretGrant(kind: .serverSettings, target: "\(root)/cfg/private.json", owner: plan.owner)]
        shape.stopGraceSeconds = 30
        return shape
    }

    private static func nginx(_ plan: StackPlan) -> ServiceShape {
        var shape = ServiceShape(memoryMegabytes: 192)
        shape.capabilities = ["CHOWN", "SETUID", "SETGID", "DAC_OVERRIDE", "NET_BIND_SERVICE"]
        shape.mounts = [
            .settings(.nginx, plan.layout), .permit(plan.layout),
            // The parents: a mounted folder keeps showing the old one after a rename.
            .folder(source: plan.layout.sftp, target: "/home/ubuntu/sftp", isWritable: false),
            .folder(source: plan.layout.letsEncrypt, target: "/etc/letsencrypt", isWritable: false),
            .folder(source: plan.layout.acme, target: "/var/www/acme", isWritable: false),
            .memory(target: "/var/cache/nginx", megabytes: 128), .memory(target: "/run", megabytes: 16),
            .memory(target: "/tmp", megabytes: 64),
        ]
        shape.ports = [
            Port(host: plan.site.ports.http, container: 80), Port(host: plan.site.ports.https, container: 443),
        ]
        shape.stopGraceSeconds = 30
        return shape
    }

    private static func keeper(_ plan: StackPlan) -> ServiceShape {
        var shape = ServiceShape(memoryMegabytes: 256)
        // It reads the site when it starts: another domain starts another.
        // Docker mounts by the computer's own paths, also for the containers that the keeper starts.
        shape.environment = [("KOPNIK_DOMAIN", plan.site.domain), ("KOPNIK_HOST_PREFIX", plan.layout.prefix)]
        if let port = plan.server.port { shape.environment.append(("KOPNIK_APPLICATION_PORT", "\(port)")) }
        shape.mounts = [
            .folder(source: plan.dockerSocket, target: "/var/run/docker.sock", isWritable: true),
            .folder(source: plan.layout.state, target: "/var/lib/kopnik", isWritable: true),
            .folder(source: plan.layout.letsEncrypt, target: "/etc/letsencrypt", isWritable: true),
            .folder(source: plan.layout.logs, target: "/var/log/kopnik", isWritable: true),
            // It looks for new files to keep, and puts those in their place that only the other server had.
            .folder(source: plan.layout.sftp, target: "/home/ubuntu/sftp", isWritable: plan.pair != nil),
            .memory(target: "/tmp", megabytes: 16),
        ]
        // The socket belongs to root's group or to `docker`, whose number differs; the state folder to the person, and certbot sets
        // the modes of what it finds there.
        shape.capabilities = ["DAC_OVERRIDE", "CHOWN", "FOWNER"]
        return shape
    }

    /// It sees one folder, which the keeper fills, and not Docker's socket.
    private static func dashboard(_ plan: StackPlan) -> ServiceShape {
        var shape = ServiceShape(memoryMegabytes: 64)
        shape.environment = [("KOPNIK_DOMAIN", plan.site.domain)]
        shape.mounts = [
            .folder(source: plan.layout.overview, target: "/run/kopnik/overview", isWritable: false)
        ]
        shape.reservedMegabytes = 16
        shape.processLimit = 50
        shape.mayOverlap = true
        return shape
    }
}
