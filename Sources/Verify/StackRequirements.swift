import Blueprint
import Engine
import Site

extension Requirements {
    static let stack: [Requirement] = [
        Requirement("D1", "One compose file, all services and links", services: ServiceKind.allCases) { sightings in
            sightings.stack.judged { stack in
                guard let network = stack.networks.first, stack.networks.count == 1 else {
                    return .broken(
                        "the stack has \(stack.networks.count) networks", because: "all services meet in one")
                }
                let unasked = stack.services.filter { $0.networks != [network.ID] }.map(\.name)
                let apart = stack.containers.filter { !$0.networks.contains(network.Name) }.map(\.service)
                let foreign = Set(stack.services.map(\.name)).subtracting(ServiceKind.allCases.map(\.rawValue)).sorted()
                guard unasked.isEmpty, apart.isEmpty else {
                    return .broken(
                        "not in the network \(network.Name) alone: \(list(Array(Set(unasked + apart)).sorted()))",
                        because: "somebody changed these services after the compose file was deployed")
                }
                guard foreign.isEmpty else {
                    return .broken(
                        "services of no compose file: \(list(foreign))", because: "somebody added them by hand")
                }
                return .holds("\(stack.services.count) services, all of them in the one network \(network.Name)")
            }
        },
        Requirement("D2", "Raised by docker stack deploy", at: [.docker]) { sightings in
            sightings.stack.judged { stack in
                let missing = ServiceKind.allCases.filter { stack.service($0) == nil }.map(\.rawValue)
                guard missing.isEmpty else {
                    return .broken("no service \(list(missing))", because: "Docker has no such service in the stack")
                }
                let strange = stack.services.filter { !$0.isOfStack }.map(\.name)
                guard strange.isEmpty else { return .broken("not deployed as a stack: \(list(strange))") }
                return .holds(
                    "all \(stack.services.count) services carry the mark of the stack '\(sightings.site.name)'")
            }
        },
    ]
}
