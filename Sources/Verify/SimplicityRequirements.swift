import Blueprint

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
        Requirement("V1", "A live page of nodes and containers") { _ in
            .differs(
                "there is no such page",
                because: "it is not in this version yet; `kopnik status --watch` shows the same in the terminal",
                fix: "kopnik status --watch")
        }
    ]

    static let standby: [Requirement] = [
        ("A1", "The main server runs 24/7"), ("A2", "The standby is ready"), ("A3", "The databases are replicated"),
        ("A4", "The attached files are replicated"),
    ].map { number, title in
        Requirement(number, title) { _ in
            .notApplicable("a copy on a person's own computer is one host, without a standby")
        }
    }

    static let disaster: [Requirement] = [
        Requirement("Z1", "A working answer to disaster") { _ in
            .differs("there are no backups", because: "backup, restore and drill are not in this version yet")
        }
    ]
}
