import Foundation
import Overview

/// Fifty tasks on five nodes, some of them in trouble, with everything a site may have: what no single test computer can run.
enum CrowdedSite {
    static var overview: SiteOverview {
        let now = Date()
        var overview = SiteOverview(site: "kopnik", address: "https://kopnik.localhost")
        let names = ["main", "second", "third", "fourth", "the-fifth-one-with-a-rather-long-name.example.org"]
        overview.nodes = names.enumerated().map { number, name in
            SiteOverview.Node(
                id: "node\(number)", name: name, role: number == 0 ? "leader" : number < 3 ? "manager" : "worker",
                state: number == 3 ? "down" : "ready", availability: number == 4 ? "drain" : "active", cores: 6,
                memory: 6 << 30, engine: "28.2.2")
        }
        let counts = [
            ("db", 1), ("mail", 1), ("crossbar", 1), ("nodejs", 20), ("files", 16), ("nginx", 5), ("keeper", 5),
            ("dashboard", 1),
        ]
        var number = 0
        for (name, count) in counts {
            overview.services.append(
                SiteOverview.Service(
                    name: name, image: "kopnik/\(name):710d5fe14497", replicas: count, running: count,
                    condition: name == "files" ? .down : .up))
            for slot in 1...count {
                let condition: SiteOverview.Condition =
                    name == "files" && slot == 3 ? .down : slot == 7 ? .coming : slot == 9 ? .going : .up
                overview.tasks.append(
                    SiteOverview.ServiceTask(
                        id: "\(name)\(slot)", service: name, slot: slot, node: "node\(number % 5)",
                        image: "kopnik/\(name):710d5fe14497", state: condition == .down ? "failed" : "running",
                        since: now.addingTimeInterval(Double(-number * 997)), created: now.addingTimeInterval(-90000),
                        condition: condition, error: condition == .down ? "task: non-zero exit (137)" : nil,
                        exitCode: condition == .down ? 137 : nil, memory: (number * 7 + 9) << 20, memoryLimit: 512 << 20
                    ))
                number += 1
            }
        }
        overview.links = [
            ("browser", "nginx"), ("nginx", "dist"), ("nginx", "nodejs"), ("nginx", "crossbar"), ("nginx", "files"),
            ("nodejs", "crossbar"), ("nodejs", "mail"), ("nodejs", "db"), ("files", "db"), ("files", "uploads"),
        ].map { from, to in
            SiteOverview.Link(
                from: from, to: to, condition: from == "files" ? .down : .up, milliseconds: from == "files" ? nil : 0.4)
        }
        overview.verification = SiteOverview.Verification(
            at: now.addingTimeInterval(-4000),
            rows: [
                .init(
                    number: "G3", title: "max_connections = 1000", outcome: "broken", evidence: "100",
                    because: "somebody changed it"),
                .init(
                    number: "S1", title: "One command raises an exact copy", outcome: "holds",
                    evidence: "all services run"),
            ])
        overview.certificate = SiteOverview.Certificate(
            issuer: "Let's Encrypt", end: now.addingTimeInterval(5e6), renewal: now)
        overview.disk = SiteOverview.Room(free: 20 << 30, total: 250 << 30)
        overview.memory = SiteOverview.Room(free: 3 << 30, total: 6 << 30)
        overview.mail = SiteOverview.Mail(waiting: 3, oldest: 4000, leaves: true)
        overview.standby = SiteOverview.Standby(name: "second", condition: .up, lag: 0.4, promise: "available")
        overview.mirror = SiteOverview.Mirror(at: now.addingTimeInterval(-7))
        overview.backup = SiteOverview.Backup(made: now.addingTimeInterval(-40000), proven: nil)
        overview.alarms = [
            "disk: the disk is 92 % full: 20480 MB are free; the database stops when there is nothing left"
        ]
        overview.events = [
            SiteOverview.Event(.ended, at: now, subject: "files", detail: "task: non-zero exit (137)", number: 137),
            SiteOverview.Event(.node, at: now.addingTimeInterval(-60), subject: "fourth", detail: "down"),
        ]
        return overview
    }
}
