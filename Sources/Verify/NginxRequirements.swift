import Blueprint
import Machine
import Site

extension Requirements {
    static let nginx: [Requirement] = [
        Requirement("W1", "nginx on ports 80 and 443", services: [.nginx], at: [.outside]) { sightings in
            let ports = sightings.site.ports
            return sightings.outside.judged { outside in
                outside.plain.judged("port \(ports.http) does not answer") { plain in
                    guard (301...308).contains(plain.status),
                        (plain.location ?? "").hasPrefix("https://\(sightings.site.domain)")
                    else {
                        return .broken(
                            "port \(ports.http) answers \(plain.status)",
                            because: "it should lead to https://\(sightings.site.domain)")
                    }
                    return outside.certificate.judged("port \(ports.https) does not answer") { _ in
                        let evidence = "\(ports.http) leads to https, \(ports.https) answers"
                        if ports.http == 80, ports.https == 443 { return .holds(evidence) }
                        return .differs(
                            evidence,
                            because:
                                "the site has other ports on this computer; inside the container they are 80 and 443")
                    }
                }
            }
        },
        Requirement("W2", "HTTP/2", services: [.nginx], at: [.outside]) { sightings in
            sightings.outside.judged { outside in
                outside.http2.judged("no answer over HTTP/2") { seen in
                    guard let status = seen.status else {
                        return .broken(
                            "\(seen.agreed ?? "nothing") was agreed on in the handshake, not h2",
                            because: "nginx offers no HTTP/2")
                    }
                    return status < 500
                        ? .holds("h2 was agreed on, a request was answered with \(status)")
                        : .broken("an HTTP/2 request was answered with \(status)")
                }
            }
        },
        Requirement("W3", "/ws leads to Crossbar", services: [.nginx, .crossbar], at: [.outside]) { sightings in
            sightings.outside.judged { outside in
                outside.session.judged("no WAMP session over wss://\(sightings.site.domain)/ws") { seen in
                    .holds(
                        "a WAMP session over wss (\(seen.subprotocol ?? "no subprotocol")) is welcomed as \(seen.role)")
                }
            }
        },
        Requirement("W4", "/api leads to nodejs", services: [.nginx, .nodejs], at: [.outside, .nodejs]) { sightings in
            sightings.outside.judged { outside in
                outside.answers.judged("/api does not answer") { through in
                    guard sightings.server.port != nil else { return withoutHTTP(through, sightings.server) }
                    if let bad = through.first(where: { (502...504).contains($0.status) }) {
                        return .broken("\(bad.path) answers \(bad.status)", because: "nginx does not reach nodejs")
                    }
                    return sightings.inside.judged { inside in
                        inside.answers.judged("port 80 does not answer inside nodejs") { sameAnswers(through, $0) }
                    }
                }
            }
        },
        Requirement("W5", "The rest: files of kp-client/dist", services: [.nginx], at: [.outside]) { sightings in
            sightings.outside.judged { outside in
                outside.pages.judged("no file could be fetched") { pages in
                    guard pages.compared > 0 else {
                        return .broken(
                            "dist has no files", because: "the client was not built, or its dist was emptied")
                    }
                    guard pages.different.isEmpty else {
                        return .broken(
                            "\(pages.different.count) of \(pages.compared) files differ: \(list(pages.different, limit: 3))",
                            because: "nginx does not serve what lies in /home/ubuntu/kp-client/dist")
                    }
                    return .holds("\(pages.compared) files, \(max(pages.bytes >> 10, 1)) kB, byte for byte as in dist")
                }
            }
        },
        Requirement("W6", "The computer's certificates, mounted", services: [.nginx], at: [.outside, .sources]) {
            sightings in
            let mounts = sightings.stack.value?.container(.nginx)?.mounts ?? []
            let wanted = sightings.sources.value?.letsEncrypt ?? ""
            guard let mount = mounts.first(where: { $0.Destination == "/etc/letsencrypt" }) else {
                return .broken("/etc/letsencrypt is not mounted", because: "the running container has no such volume")
            }
            guard SourceFolder.real(mount.Source) == wanted else {
                return .broken("\(mount.Source) is mounted", because: "the certificates lie in \(wanted)")
            }
            return sightings.outside.judged { outside in
                outside.certificate.judged("no certificate is served") { certificate in
                    switch certificate.isTheFile {
                    case true?: .holds("the certificate served is the one in \(wanted)")
                    case false?:
                        .broken(
                            "another certificate is served than the one in \(wanted)",
                            because: "nginx has not read it since it was changed")
                    case nil: .broken("there is no certificate of \(sightings.site.domain) in \(wanted)")
                    }
                }
            }
        },
    ]

    /// A kp-server that serves no HTTP has nothing behind `/api`; nginx itself must say so.
    private static func withoutHTTP(_ through: [HTTPAnswer], _ server: ServerProfile) -> Judgement {
        let statuses = through.map { "\($0.status)" }
        guard through.allSatisfy({ $0.status == 503 && $0.shape == "error" }) else {
            return .broken(
                "/api answers \(list(statuses))",
                because: "\(server.title) serves no HTTP: the answer should be 503 and say so")
        }
        return .differs(
            "/api answers 503 and says why", because: "\(server.title) serves no HTTP: it talks over WAMP alone, at /ws"
        )
    }

    private static func sameAnswers(_ through: [HTTPAnswer], _ inside: [HTTPAnswer]) -> Judgement {
        for (outer, inner) in zip(through, inside) where outer != inner {
            return .broken(
                "\(outer.path) answers \(outer.status) from outside and \(inner.status) inside nodejs",
                because: "nginx leads /api somewhere else")
        }
        return .holds(
            "\(through.count) requests below /api get the answers that nodejs gives: \(list(through.map { "\($0.status)" }))"
        )
    }
}
