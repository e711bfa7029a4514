import Engine
import Foundation
import Overview

/// What Docker says of the stack, and how that is shown: a pure judgement.
struct StackLook: Sendable, Equatable {
    var services: [ServiceState] = []
    var tasks: [TaskDetail] = []
    /// The containers of this computer, by id.
    var containers: [String: ContainerState] = [:]

    /// The services and tasks to draw.
    /// - Parameter memory: bytes that containers use, by id.
    func drawn(memory: [String: Int]) -> (services: [SiteOverview.Service], tasks: [SiteOverview.ServiceTask]) {
        var drawnServices: [SiteOverview.Service] = []
        var drawnTasks: [SiteOverview.ServiceTask] = []
        for service in services {
            let slots = Dictionary(grouping: tasks.filter { $0.service == service.id }, by: \.slot)
            let own = slots.sorted { $0.key < $1.key }.flatMap { _, tasks in shown(tasks, of: service) }
            let running = own.filter { $0.1 == .up }.count
            let condition: SiteOverview.Condition =
                service.replicas == 0
                ? .off
                : running >= service.replicas ? .up : own.contains { $0.1 == .down } ? .down : .coming
            drawnServices.append(
                SiteOverview.Service(
                    name: service.name, image: Self.short(service.image), replicas: service.replicas,
                    running: running, condition: condition))
            drawnTasks += own.map { task, condition in
                SiteOverview.ServiceTask(
                    id: task.id, service: service.name, slot: task.slot, node: task.node,
                    image: Self.short(task.image), state: task.state, since: task.since, created: task.created,
                    condition: condition, error: task.error.isEmpty || condition != .down ? nil : task.error,
                    // The container's own comes first: the swarm takes a moment to write it down.
                    exitCode: condition == .down ? containers[task.container]?.exitCode ?? task.exitCode : nil,
                    memory: condition == .up || condition == .coming ? memory[task.container] : nil,
                    memoryLimit: task.memoryLimit)
            }
        }
        return (drawnServices, drawnTasks)
    }

    private static let past: Set<String> = ["complete", "shutdown", "failed", "rejected", "orphaned", "remove"]

    /// Of one slot: what runs or is on its way in or out; and what failed last, where nothing has taken its place yet.
    private func shown(_ tasks: [TaskDetail], of service: ServiceState) -> [(TaskDetail, SiteOverview.Condition)] {
        var shown: [(TaskDetail, SiteOverview.Condition)] = []
        var last: TaskDetail?
        for task in tasks.sorted(by: { $0.created > $1.created }) {
            let isWanted = !["shutdown", "remove"].contains(task.desired)
            if Self.past.contains(task.state) {
                // The swarm takes a moment to notice that its own wish and what is differ.
                if isWanted { shown.append((task, .down)) } else { last = last ?? task }
                continue
            }
            let container = containers[task.container]
            let hasEnded = container.map { $0.state != "running" && $0.state != "created" } ?? false
            if !isWanted {
                // Also where its container has ended already: that was asked of it.
                if task.state == "running" || task.state == "starting" { shown.append((task, .going)) }
            } else if hasEnded || container?.isUnhealthy == true {
                shown.append((task, .down))
            } else {
                shown.append((task, task.state == "running" ? .up : .coming))
            }
        }
        if let last, service.replicas > 0, ["failed", "rejected", "orphaned", "complete"].contains(last.state),
            shown.allSatisfy({ $0.1 == .coming })
        {
            shown.append((last, .down))
        }
        return shown
    }

    /// Whether something is on its way.
    var isUnsettled: Bool { drawn(memory: [:]).services.contains { $0.condition == .coming || $0.condition == .down } }

    /// An image's name without the registry and without a digest.
    static func short(_ image: String) -> String {
        let name = image.split(separator: "@").first ?? ""
        return name.split(separator: "/").suffix(2).joined(separator: "/")
    }
}
