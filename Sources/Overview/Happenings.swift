public import Foundation

extension SiteOverview {
    /// What happened between an earlier look and this one, the newest first.
    public func happenings(since before: SiteOverview, at now: Date) -> [Event] {
        (tasksHappened(before, now) + servicesHappened(before, now) + othersHappened(before, now)).reversed()
    }

    private func tasksHappened(_ before: SiteOverview, _ now: Date) -> [Event] {
        let earlier = Dictionary(before.tasks.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let services = Set(before.services.map(\.name))
        var events: [Event] = []
        for task in tasks {
            let was = earlier[task.id]?.condition
            guard was != task.condition else { continue }
            switch task.condition {
            case .up where was != nil || services.contains(task.service):
                let took = Int(now.timeIntervalSince(task.created).rounded())
                events.append(Event(.started, at: now, subject: task.service, number: max(0, took), task: task.id))
            case .down where task.state == "rejected":
                events.append(Event(.refused, at: now, subject: task.service, detail: task.error, task: task.id))
            case .down:
                events.append(
                    Event(
                        .ended, at: now, subject: task.service, detail: task.error, number: task.exitCode,
                        task: task.id))
            // Where the service is switched off, that is told, and nothing takes its place.
            case .going where self.services.contains { $0.name == task.service && $0.replicas == 0 }: break
            case .going: events.append(Event(.stopped, at: now, subject: task.service))
            default: break
            }
        }
        // A task begins once and ends once, however it looked in between.
        return events.filter { event in
            event.task == nil || !before.events.contains { $0.task == event.task && $0.kind == event.kind }
        }
    }

    private func servicesHappened(_ before: SiteOverview, _ now: Date) -> [Event] {
        let earlier = Dictionary(before.services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let present = Set(services.map(\.name))
        var events = before.services.filter { !present.contains($0.name) }.map {
            Event(.removed, at: now, subject: $0.name)
        }
        for service in services {
            guard let was = earlier[service.name] else {
                // Where there was none before, the whole site came up.
                guard !before.services.isEmpty else { continue }
                events.append(Event(.added, at: now, subject: service.name))
                continue
            }
            if service.replicas == 0, was.replicas > 0 {
                events.append(Event(.switchedOff, at: now, subject: service.name))
            }
        }
        return events
    }

    private func othersHappened(_ before: SiteOverview, _ now: Date) -> [Event] {
        var events: [Event] = []
        let nodesBefore = Dictionary(before.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for node in nodes where nodesBefore[node.id].map({ $0.state != node.state }) ?? !before.nodes.isEmpty {
            events.append(Event(.node, at: now, subject: node.name, detail: node.state))
        }
        if let fence, before.fence != fence { events.append(Event(.fenced, at: now, detail: fence)) }
        if let verification, verification.at != before.verification?.at {
            events.append(Event(.verified, at: verification.at, number: verification.count("broken")))
        }
        if let certificate, let old = before.certificate, certificate.end != old.end {
            events.append(Event(.certificate, at: now, detail: certificate.issuer))
        }
        for alarm in alarms where !before.alarms.contains(alarm) {
            events.append(Event(.alarm, at: now, detail: alarm))
        }
        for alarm in before.alarms where !alarms.contains(alarm) {
            events.append(Event(.relieved, at: now, detail: alarm))
        }
        // A link that fell with the service at its end is no news beside that service's own.
        let healthy = Set(services.filter { $0.condition == .up }.map(\.name) + ["browser", "dist", "uploads"])
        for link in links where healthy.contains(link.from) && healthy.contains(link.to) {
            let was = before.links.first { $0.from == link.from && $0.to == link.to }?.condition
            let words = "\(link.from) → \(link.to)"
            if link.condition == .down, was == .up { events.append(Event(.linkBroke, at: now, subject: words)) }
            if link.condition == .up, before.events.first(where: { $0.subject == words })?.kind == .linkBroke,
                was != .up
            {
                events.append(Event(.linkMended, at: now, subject: words))
            }
        }
        return events
    }
}
