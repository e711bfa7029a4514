import Blueprint
import Engine
import Foundation
import Machine
import Site

extension Requirements {
    static let server: [Requirement] =
        [
            Requirement("O1", "Ubuntu Server, latest LTS", at: [.computer]) { sightings in
                let latest = latestLTS(sightings.now)
                return sightings.computer.judged { seen in
                    let computer = seen.computer
                    if computer.distribution == "ubuntu", computer.version == latest { return .holds(computer.name) }
                    let because =
                        computer.distribution == "ubuntu"
                        ? "Ubuntu \(latest) is the latest LTS"
                        : "the computer is the person's own; everything runs in containers, the same everywhere"
                    return .differs(computer.name, because: because)
                }
            },
            desktop,
            Requirement("O3", "Let's Encrypt certificates", services: [.nginx], at: [.outside]) { sightings in
                sightings.outside.judged {
                    $0.certificate.judged("no certificate is served") {
                        certificate(sightings.site, $0, refusal: sightings.certificateRefusal)
                    }
                }
            },
            Requirement("O4", "Clock synchronised", at: [.computer]) { sightings in
                sightings.computer.judged { seen in
                    switch seen.clock {
                    case .synchronised: .holds("the kernel says that its clock is synchronised")
                    case .unknown:
                        .differs(
                            "the kernel does not tell",
                            because: "this computer does not let programs ask for its clock's state")
                    case .unsynchronised:
                        .differs(
                            "the kernel says that its clock is not synchronised",
                            because:
                                "no time service of this system sets it (on a virtual machine the host may do so unseen)",
                            fix: seen.computer.hasSystemd
                                ? "sudo timedatectl set-ntp true" : "sudo apt-get install chrony")
                    }
                }
            },
        ] + people + [
            Requirement("O9", "Docker", at: [.docker]) { sightings in
                sightings.stack.judged { stack in
                    guard stack.info.swarm == .manager else {
                        return .broken(
                            "Docker \(stack.info.version), not in a swarm that it manages",
                            because: "`docker stack deploy` needs one")
                    }
                    let nodes = stack.info.nodes
                    return .holds("Docker \(stack.info.version), swarm of \(nodes) node\(nodes == 1 ? "" : "s")")
                }
            },
            Requirement("O10", "Everything runs in containers", services: ServiceKind.allCases) { sightings in
                sightings.stack.judged { stack in
                    .holds("\(Set(stack.containers.map(\.service)).count) services, each in a container of its own")
                }
            },
        ]

    /// The latest long-term version at a date: April of each even year (ubuntu.com/about/release-cycle).
    static func latestLTS(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let year = calendar.component(.year, from: date)
        let isOut = year.isMultiple(of: 2) && calendar.component(.month, from: date) > 4
        let version = year.isMultiple(of: 2) ? (isOut ? year : year - 2) : year - 1
        return "\(version % 100).04"
    }

    private static func certificate(_ site: Site, _ seen: OutsideSighting.Certificate, refusal: String?) -> Judgement {
        let isStaging = site.certificate.issuer == .letsEncryptStaging && seen.issuer.contains("STAGING")
        if let refusal = seen.refusal, !isStaging {
            return .broken(
                "\(seen.daysLeft) days left, issued by \(seen.issuer)", because: "clients refuse it: \(refusal)")
        }
        let evidence = "fits \(site.domain), \(seen.daysLeft) days left"
        // It is renewed long before: 21 days, or a quarter of a shorter life.
        if seen.daysLeft < min(21, seen.lifeDays / 4) {
            return .broken(
                evidence, because: refusal ?? "it should have been renewed by now",
                fix: site.certificate.isPublic ? "kopnik certificate issue" : "kopnik up")
        }
        if isStaging {
            return .differs(evidence, because: "the site file asks for Let's Encrypt's staging certificates")
        }
        if seen.issuer.contains("Let's Encrypt") { return .holds(evidence) }
        if site.certificate.server != nil, refusal == nil {
            return .differs(
                "\(evidence), issued by \(seen.issuer)", because: "the site file names another ACME server")
        }
        let own = "the site's own local authority issued it"
        return .differs(
            "\(evidence), issued by \(seen.issuer)",
            because: site.isLocal
                ? "nobody issues public certificates for a name that exists on this computer only: the site has an authority of its own"
                : site.certificate.isPublic ? "\(own): \(refusal ?? "Let's Encrypt was not asked yet")" : own,
            fix: site.certificate.isPublic ? "kopnik certificate issue" : nil)
    }
}
