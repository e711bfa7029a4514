import Blueprint
import Engine
import Foundation
import Machine
import Site

extension Deployment {
    /// Looks this computer and the site over without changing anything.
    public func examine() async -> [Finding] {
        var findings = await checkComputer((try? await docker.services(of: stack)) ?? []).findings
        findings += HardwareCheck(storage: Storage.read(at: layout.prefix), link: NetworkLink.read()).findings
        findings += await examineDocker() + (await examineKeys()) + (await examinePeople())
        if case .answers(let info) = await docker.presence() {
            findings += examineDisks(dockerRoot: info.root)
        } else {
            findings += examineDisks(dockerRoot: nil)
        }
        guard world.files.exists(layout.rememberedSite) else { return findings }
        async let updates = SecurityUpdates(deployment: self).findings()
        findings +=
            examineDatabaseFolders() + (await examineCertificate()) + (await examineServices()) + (await examineMail())
            + examineFiles() + examineBackups() + examineAlerts()
        return findings + (await updates)
    }

    private func examineDatabaseFolders() -> [Finding] {
        guard let record = databaseRecord else { return [] }
        if let pending = record.pending {
            return [
                Finding(
                    .problem, "Database", "an exchange of Postgres was broken off",
                    because: "the services are still to be started on the other data", fix: "kopnik database \(pending)"
                )
            ]
        }
        return [
            Finding(
                .warning, "Database",
                "the data of Postgres \(record.kept) are kept since \(record.at.universalMinute)",
                because: "they take as much room as the database itself", fix: "kopnik database confirm, if all is well"
            )
        ]
    }

    private func examineDocker() async -> [Finding] {
        switch await docker.presence() {
        case .notInstalled:
            return [
                Finding(
                    .warning, "Docker", "is not installed", because: "the services run in its containers",
                    fix: "kopnik up installs it")
            ]
        case .silent(let reason) where reason.contains("permission denied"):
            return [
                Finding(
                    .problem, "Docker", "does not let this user in",
                    because: "\(world.person.name) is not in the group 'docker'", fix: "sudo kopnik doctor")
            ]
        case .silent(let reason):
            let fix =
                world.files.isFolder("/run/systemd/system") ? "sudo systemctl start docker" : "kopnik up starts it"
            return [Finding(.problem, "Docker", "does not answer", because: reason, fix: fix)]
        case .answers(let info):
            switch info.swarm {
            case .manager: return [Finding(.good, "Docker", "\(info.version), swarm of \(info.nodes)")]
            case .inactive: return [Finding(.good, "Docker", "\(info.version), no swarm yet: kopnik up makes it")]
            case .worker:
                return [
                    Finding(
                        .problem, "Docker", "this computer is a worker of another's swarm",
                        because: "a stack is raised on a manager", fix: "docker swarm leave")
                ]
            case .unusable(let state):
                return [
                    Finding(
                        .problem, "Docker", "its swarm is in the state '\(state)'",
                        because: "nothing can be deployed in it",
                        fix: "docker swarm leave --force, if no other stack runs in it: that removes them all")
                ]
            }
        }
    }

    private func examineCertificate() async -> [Finding] {
        guard site.certificate.isPublic else { return await examineLocalCertificate() }
        let certificate = PublicCertificate(deployment: self)
        if let complaint = try? await certificateComplaint() {
            return [
                Finding(
                    .problem, "Certificate", complaint.what, because: complaint.because ?? "", fix: complaint.fix ?? "")
            ]
        }
        switch try? await certificate.state() {
        case .valid(let facts), .due(let facts):
            return [Finding(.good, "Certificate", "\(facts.issuerName), \(facts.timeLeft(at: world.now()))")]
        case .unfit, .missing, nil:
            guard let refusal = certificate.history.refusal else {
                return [
                    Finding(
                        .warning, "Certificate", "\(certificate.authority) was not asked yet",
                        because: "browsers warn of the local authority's", fix: "kopnik certificate issue")
                ]
            }
            return [Finding(.warning, "Certificate", refusal.what, because: refusal.because, fix: refusal.fix)]
        }
    }

    private func examineLocalCertificate() async -> [Finding] {
        switch try? await LocalAuthority(deployment: self).certificate() {
        case .valid(let days) where days > 21: return [Finding(.good, "Certificate", "\(days) days left")]
        case .valid(let days):
            return [
                Finding(
                    .warning, "Certificate", "only \(days) days left",
                    because: "the keeper renews it 30 days ahead, and has not", fix: "kopnik up")
            ]
        case .unfit(let reason):
            return [Finding(.problem, "Certificate", "is not usable", because: reason, fix: "kopnik up")]
        case .missing, nil:
            return [
                Finding(
                    .problem, "Certificate", "there is none", because: "nginx cannot serve https without it",
                    fix: "kopnik up")
            ]
        }
    }

    private func examineServices() async -> [Finding] {
        guard let now = try? await docker.convergence(of: stack) else { return [] }
        guard !now.verdicts.isEmpty else {
            return [
                Finding(
                    .warning, "Services", "the site is down", because: "its stack is not deployed", fix: "kopnik up")
            ]
        }
        guard !now.isComplete else { return [Finding(.good, "Services", "\(now.healthy.count) healthy")] }
        return now.waiting.map {
            Finding(
                .problem, "Service \($0)", "is not healthy", because: describe(now.verdicts[$0]),
                fix: "kopnik logs \($0)")
        }
    }

    private func describe(_ verdict: Convergence.Verdict?) -> String {
        switch verdict {
        case .coming(let doing): "it is \(doing)"
        case .failed(let reason): reason
        case .healthy, nil: "its state is unknown"
        }
    }

    /// Keys that only the person can supply, for sources that ask for them.
    private func examineKeys() async -> [Finding] {
        guard let profile = try? await serverProfile(), profile.settings != .plain else { return [] }
        let keys = Keys(deployment: self)
        return Keys.Name.allCases.filter { $0.isOfApplication && !$0.isMade && keys.value($0) == nil }.map { name in
            Finding(
                .warning, "Key", "'\(name.rawValue)' is not given", because: name.meaning,
                fix: "kopnik key set \(name.rawValue)")
        }
    }

    private func examineFiles() -> [Finding] {
        guard let deployed = DeployedStack.read(layout, files: world.files) else { return [] }
        let edited = SettingsFolder(layout: layout, files: world.files).differences(from: deployed.generated)
        return edited.map {
            Finding(
                .warning, "Settings", "\($0.path) was changed by hand", because: "'up' will not overwrite it unasked",
                fix: "kopnik plan shows the difference; kopnik up --force undoes it")
        }
    }
}
