import Blueprint
import Engine
import Machine
import Site

extension Requirements {
    static let mail: [Requirement] = [
        Requirement("M1", "Mail only sends: nothing comes in", services: [.mail], at: [.outside, .nodejs]) {
            sightings in
            let published =
                (sightings.stack.value?.service(.mail)?.ports ?? [])
                + (sightings.stack.value?.container(.mail)?.ports ?? [])
            guard published.isEmpty else {
                let ports = Set(published).sorted().map { "\($0)" }.joined(separator: ", ")
                return .broken("Docker publishes port \(ports) of mail", because: "somebody changed the service")
            }
            switch sightings.foreignLetters {
            case .unseen(let judgement): return judgement
            case .seen(let letters):
                if let letter = letters.first(where: \.isTaken) {
                    return .broken(
                        "a stranger's letter is taken at \(letter.address), in the network \(letter.network)",
                        because: "somebody put the mail service into a network that is not the stack's")
                }
            }
            return sightings.outside.judged { outside in
                outside.mailPort.judged("port 25 of this computer could not be tried") { port in
                    outside.relay.judged("the mail service could not be asked") {
                        mailPort(port, $0, inside: sightings.inside.value)
                    }
                }
            }
        },
        Requirement("M2", "Port 25, reachable from nodejs", services: [.mail, .nodejs], at: [.nodejs, .world]) {
            sightings in
            sightings.inside.judged { inside in
                inside.mail.judged("mail:25 cannot be reached from inside nodejs") { port in
                    guard let greeting = port.greeting else {
                        return .broken("mail:25 said '\(port.said)'", because: "that is no SMTP greeting")
                    }
                    let evidence = "mail:25 says '\(greeting)' inside nodejs"
                    guard sightings.site.mail.delivery == .send else { return .holds(evidence) }
                    return sightings.world.judged { wayOut($0, evidence, sightings.site) }
                }
            }
        },
    ]

    /// The same port the other way: to the mail servers of the world, or to the one that passes letters on.
    private static func wayOut(_ seen: MailSighting, _ evidence: String, _ site: Site) -> Judgement {
        if let reason = seen.way.error {
            guard seen.way.silent != true else {
                return .differs(
                    "\(evidence); whether letters get out is not known", because: reason, fix: "kopnik doctor")
            }
            return .broken(
                site.mail.smarthost.map { "\($0) does not answer" }
                    ?? "no mail server of the world can be reached on port 25",
                because: site.mail.smarthost == nil ? "\(reason); many providers block it" : reason,
                fix: "kopnik doctor")
        }
        let whole = "\(evidence); \(seen.way.host ?? "the world") answers"
        guard site.mail.smarthost == nil else { return .holds(whole) }
        if let complaint = seen.complaint {
            return .differs(
                "\(whole), but \(seen.own ?? "this server") is on a block list (\(complaint))",
                because: "many receivers refuse letters from there", fix: "kopnik doctor")
        }
        guard seen.agrees(host: site.domain) else {
            return .differs(
                "\(whole), but the name and the address of this server do not lead to each other",
                because: "many receivers refuse letters for that", fix: "kopnik mail records")
        }
        return .holds("\(whole), and \(site.domain) is the name of \(seen.own ?? "its address")")
    }

    /// Another program of this computer may have its own mail service; the stack's own must not be behind any address.
    private static func mailPort(
        _ seen: OutsideSighting.Listening, _ relay: OutsideSighting.Relay, inside: InsideSighting?
    ) -> Judgement {
        guard let answer = seen.answering.first else {
            let evidence = "port 25 is closed on all \(seen.tried) addresses of this computer"
            guard relay.accepted else {
                return .holds(relay.asked ? "\(evidence); a stranger's letter is refused" : evidence)
            }
            return .broken(
                "\(evidence); but a stranger's letter from this computer itself is taken",
                because:
                    "somebody changed the running mail service: it listens outside the stack's network, on Docker's gateway bridge",
                fix: "kopnik restart mail")
        }
        if case .seen(let own)? = inside?.mail, answer.said.hasPrefix(own.said.prefix(40)) {
            return .broken(
                "the stack's mail service answers on \(answer.address):25",
                because: "some program of this computer passes connections on to it",
                fix: "sudo ss -ltnp 'sport = :25'")
        }
        return .differs(
            "\(answer.address):25 says '\(answer.said)'",
            because: "another program of this computer listens there, not the stack's mail service",
            fix: "sudo ss -ltnp 'sport = :25'")
    }

    static let crossbar: [Requirement] = [
        Requirement(
            "B1", "Crossbar on kp-client's .crossbar/config.json", services: [.crossbar, .nginx], at: [.outside]
        ) { sightings in
            sightings.outside.judged { outside in
                outside.router.judged("the router could not be asked") { router in
                    router.differences.isEmpty
                        ? .holds(
                            "\(router.asked) questions about realms, logins and roles, all answered as the file says")
                        : .broken(
                            list(router.differences, limit: 2),
                            because: "the running router does not follow kp-client's .crossbar/config.json")
                }
            }
        },
        Requirement("B2", "Port 8080, reachable from nodejs", services: [.crossbar, .nodejs], at: [.nodejs]) {
            sightings in
            sightings.inside.judged { inside in
                inside.crossbar.judged("crossbar:8080 cannot be reached from inside nodejs") { port in
                    guard let greeting = port.greeting else {
                        return .broken(
                            "crossbar:8080 said '\(port.said)'", because: "it did not take a WebSocket on /ws")
                    }
                    return .holds("crossbar:8080/ws says '\(greeting)' inside nodejs")
                }
            }
        },
    ]

    static let nodejs: [Requirement] = [
        Requirement("N1", "Source of kp-server, mounted", services: [.nodejs], at: [.sources]) { sightings in
            sightings.sources.judged { sources in
                guard let folder = sources.server else {
                    return .broken(
                        "no package.json in /home/ubuntu/sftp/kp-server",
                        because: "the source is not there, or the link to it leads nowhere")
                }
                let mount = sightings.stack.value?.container(.nodejs)?.mounts.first {
                    $0.Destination == "/home/ubuntu/sftp/kp-server"
                }
                guard let mount else {
                    return .broken(
                        "/home/ubuntu/sftp/kp-server is not mounted",
                        because: "the running container has no such volume")
                }
                guard SourceFolder.real(mount.Source) == folder.path else {
                    return .broken("\(mount.Source) is mounted", because: "sftp/kp-server leads to \(folder.path)")
                }
                return source(folder, wanted: "alexey-baranov/kp-server", choice: sightings.site.sources.server)
            }
        },
        Requirement("N2", "npm install in kp-server", services: [.nodejs], at: [.nodejs]) { sightings in
            sightings.inside.judged { inside in
                inside.dependencies.judged("the dependencies could not be looked at") { seen in
                    seen.missing.isEmpty
                        ? .holds("\(seen.checked) packages, each with all that it depends on")
                        : .broken("not installed: \(list(seen.missing))", because: "node_modules does not have them")
                }
            }
        },
        Requirement("N3", "Ports 25, 5432, 8080 reachable inside", services: [.nodejs], at: [.nodejs]) { sightings in
            sightings.inside.judged { inside in
                let ports = [("mail:25", inside.mail), ("db:5432", inside.db), ("crossbar:8080", inside.crossbar)]
                let closed = ports.compactMap { name, port in
                    if case .failed(let reason) = port { (name, reason) } else { nil }
                }
                guard let first = closed.first else { return .holds("mail:25, db:5432 and crossbar:8080 answer") }
                return .broken("not reachable: \(closed.map(\.0).joined(separator: ", "))", because: first.1)
            }
        },
        Requirement("N4", "Started by npm run server:production", services: [.nodejs], at: [.nodejs]) { sightings in
            sightings.inside.judged { inside in
                inside.process.judged("no program answers on port 80 inside") { process in
                    if let main = sightings.server.mainFile {
                        return process.command.contains(main)
                            ? .differs(
                                "'\(process.command)' runs",
                                because:
                                    "\(sightings.server.title) has no npm script 'server:production'; this does what it would"
                            )
                            : .broken(
                                "'\(process.command)' runs, not \(main)",
                                because: "somebody changed the service's command")
                    }
                    return process.script == "server:production"
                        ? .holds("npm's script server:production runs '\(process.command)' on port 80")
                        : .broken(
                            "'\(process.command)' was started by \(process.script.map { "npm's script \($0)" } ?? "no npm script")",
                            because: "somebody changed the service's command")
                }
            }
        },
    ]
}
