import Blueprint
import Engine

extension Requirements {
    static let simplicity: [Requirement] = [
        Requirement("S1", "One command raises an exact copy", services: ServiceKind.allCases) { sightings in
            sightings.stack.judged { stack in
                let sick = stack.containers.filter { $0.health == "unhealthy" }.map(\.service)
                guard sick.isEmpty else {
                    return .broken(
                        "not healthy: \(sick.joined(separator: ", "))", because: "the service's own check fails",
                        fix: "kopnik logs \(sick[0])")
                }
                return .holds("all \(ServiceKind.allCases.count) services run, raised by `kopnik up` alone")
            }
        },
        Requirement("S2", "Containers, and whatever makes it simpler", services: ServiceKind.allCases) { sightings in
            sightings.stack.judged { stack in
                let privileged = stack.containers.filter(\.isPrivileged).map(\.service)
                guard privileged.isEmpty else {
                    return .broken(
                        "privileged: \(privileged.joined(separator: ", "))",
                        because: "a privileged container is no separation at all")
                }
                return .holds("\(stack.containers.count) containers, none of them privileged")
            }
        },
    ]

    static let visualizer: [Requirement] = [
        Requirement(
            "V1", "A live page of nodes and containers", services: [.dashboard, .keeper], at: [.outside]
        ) { sightings in
            sightings.outside.judged { outside in
                outside.dashboard.judged("the page cannot be had") { page in
                    sightings.stack.judged { stack in judge(page, stack) }
                }
            }
        }
    ]

    private static func judge(_ page: OutsideSighting.Page, _ stack: StackSighting) -> Judgement {
        guard page.isPage else { return .broken("what is answered is not the page", fix: "kopnik logs dashboard") }
        guard let silence = page.silence, silence < 20 else {
            return .broken(
                "the page shows what is old",
                because: page.silence.map { "the keeper has said nothing for \($0) seconds" }
                    ?? "the keeper has not said anything yet", fix: "kopnik logs keeper")
        }
        guard page.nodes == stack.info.nodes else {
            return .broken(
                "the page draws \(page.nodes) nodes", because: "the swarm has \(stack.info.nodes)",
                fix: "kopnik logs keeper"
            )
        }
        // While a service is exchanged, two of it run: the one that ends is drawn as such.
        let well = Dictionary(grouping: stack.containers.filter { $0.isWell && $0.task != nil }, by: \.service)
        let missing = well.filter { !$0.value.contains { $0.task.map(page.tasks.contains) ?? false } }.map(\.key)
        guard missing.isEmpty else {
            return .broken("the page does not draw as running: \(list(missing.sorted()))", fix: "kopnik logs keeper")
        }
        guard page.strangerIs == 421 else {
            return .broken(
                "it answers under a name that is not its own", because: "a page of somebody else's could read it",
                fix: "kopnik logs dashboard")
        }
        return .holds(
            "live: \(page.nodes == 1 ? "1 node" : "\(page.nodes) nodes"), \(page.tasks.count) containers; strangers' names are refused"
        )
    }

    static let standby: [Requirement] = [
        standbyRow("A1", "The main server runs 24/7", \.leading),
        standbyRow("A2", "The standby is ready", \.readiness),
        standbyRow("A3", "The databases are replicated", \.replication),
        standbyRow("A4", "The attached files are replicated", \.files),
    ]

    private static func standbyRow(
        _ number: String, _ title: String, _ judge: @escaping @Sendable (TwoServers) -> Judgement
    ) -> Requirement {
        Requirement(number, title) { sightings in
            sightings.twoServers.map(judge)
                ?? .notApplicable(
                    "this site has one server, without a standby (docs/standby.md tells how to add one)")
        }
    }

    static let disaster: [Requirement] = [
        Requirement("Z1", "A working answer to disaster") { $0.recovery.judgement(at: $0.now) }
    ]
}
