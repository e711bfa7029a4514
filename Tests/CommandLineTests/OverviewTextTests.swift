import Foundation
import Machine
import Overview
import Testing

@testable import kopnik

@Suite struct `The site in the terminal` {
    private let now = Date(timeIntervalSince1970: 1_795_000_000)
    private let terminal = Terminal(isInteractive: false, hasColour: false, width: 100)

    private var overview: SiteOverview {
        var overview = SiteOverview(site: "kopnik", address: "https://kopnik.localhost")
        overview.nodes = [
            SiteOverview.Node(
                id: "n", name: "main", role: "leader", state: "ready", availability: "active", cores: 2,
                memory: 24 << 30, engine: "20.10.24")
        ]
        overview.services = [
            SiteOverview.Service(name: "db", image: "kopnik/db:1", replicas: 1, running: 1, condition: .up),
            SiteOverview.Service(name: "web", image: "kopnik/web:1", replicas: 2, running: 1, condition: .down),
        ]
        overview.tasks = [
            task("db", 1, .up), task("web", 1, .up), task("web", 2, .down), task("web", 2, .coming, node: ""),
        ]
        overview.links = [
            SiteOverview.Link(from: "nodejs", to: "db", condition: .up, milliseconds: 0.4),
            SiteOverview.Link(from: "files", to: "db", condition: .down),
        ]
        overview.verification = SiteOverview.Verification(
            at: now.addingTimeInterval(-7300),
            rows: [.init(number: "G3", title: "max_connections = 1000", outcome: "broken", evidence: "100")])
        overview.certificate = SiteOverview.Certificate(
            issuer: "Let's Encrypt", end: now.addingTimeInterval(61 * 86400), renewal: now)
        overview.disk = SiteOverview.Room(free: 10 << 30, total: 40 << 30)
        overview.mail = SiteOverview.Mail(waiting: 2, oldest: 4000, leaves: true)
        overview.alarms = ["disk: full"]
        overview.events = [
            SiteOverview.Event(
                .ended, at: now.addingTimeInterval(-90), subject: "web", detail: "non-zero exit", number: 137)
        ]
        return overview
    }

    private func task(
        _ service: String, _ slot: Int, _ condition: SiteOverview.Condition, node: String = "n"
    ) -> SiteOverview.ServiceTask {
        SiteOverview.ServiceTask(
            id: "\(service)\(slot)\(condition)", service: service, slot: slot, node: node, image: "kopnik/\(service):1",
            state: condition == .down ? "failed" : condition == .up ? "running" : "pending",
            since: now.addingTimeInterval(-65), created: now, condition: condition,
            error: condition == .down ? "non-zero exit" : nil, exitCode: condition == .down ? 137 : nil,
            memory: condition == .up ? 9 << 20 : nil, memoryLimit: 64 << 20)
    }

    private func lines(_ overview: SiteOverview, silence: Double? = 1) -> [String] {
        OverviewText(overview: overview, terminal: terminal, now: now, silence: silence).lines.map(\.trimmed)
    }

    @Test func `has nodes, tasks, links, what a glance tells, and what happened`() {
        let lines = lines(overview)
        for line in [
            "kopnik  https://kopnik.localhost  something is down", "! disk: full",
            "● main  leader, 2 cores, 24 GB, Docker 20.10.24",
            "● db           runs       1 min   9.0 MB of 64 MB    kopnik/db:1",
            "● web 1        runs       1 min   9.0 MB of 64 MB    kopnik/web:1",
            "ended with code 137: non-zero exit   kopnik logs web", "◐ no place yet",
            "● nodejs → db 0.4 ms  ✗ files → db",
            "requirements  0 hold, 0 differ, 1 broken, 0 not applicable; proven 2 h ago",
            "certificate   Let's Encrypt, 61 days left",
            "disk          10 GB free of 40 GB, 75 % used", "letters       2 wait, the oldest for 1 h",
            "standby       no standby is set up",
            "uploads       no mirror is set up", "backup        no backup is set up",
            "✗ G3   max_connections = 1000: 100",
            "1 min ago  web ended with code 137: non-zero exit",
        ] { #expect(lines.contains(line), "\(line)\n\(lines.joined(separator: "\n"))") }
    }

    @Test func `has standby, mirror and backup where there are`() {
        var full = overview
        full.standby = SiteOverview.Standby(name: "second", condition: .up, lag: 0.25, promise: "strict")
        full.mirror = SiteOverview.Mirror(at: now.addingTimeInterval(-7))
        full.backup = SiteOverview.Backup(made: now.addingTimeInterval(-7300), proven: nil)
        let lines = lines(full)
        #expect(lines.contains("standby       second: streams, 0.2 s behind, strict"))
        #expect(lines.contains("uploads       mirrored, last the same 7 s ago"))
        #expect(lines.contains("backup        made 2 h ago, unproven"))
    }

    @Test func `says where the keeper is silent, and where the server is fenced`() {
        #expect(lines(overview, silence: 21).contains { $0.hasPrefix("! the keeper is silent") })
        #expect(lines(overview, silence: nil).contains { $0.hasPrefix("! the keeper is silent") })
        #expect(!lines(overview).contains { $0.hasPrefix("! the keeper is silent") })
        var fenced = overview
        fenced.fence = "another server was made the main one"
        #expect(lines(fenced).contains("! another server was made the main one"))
    }

    @Test func `keeps to the width of the terminal`() {
        for width in [60, 80, 120] {
            let narrow = Terminal(isInteractive: true, hasColour: false, width: width)
            let text = OverviewText(overview: overview, terminal: narrow, now: now, silence: 1)
            for line in text.lines where line.contains("●") && line.contains("runs") {
                #expect(line.count <= width, "\(line)")
            }
        }
    }
}
