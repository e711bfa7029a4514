import Foundation
import Overview
import Testing

private let now = Date(timeIntervalSince1970: 1_795_000_000)

private func overview(_ services: [(String, SiteOverview.Condition)]) -> SiteOverview {
    var overview = SiteOverview(site: "kopnik", address: "https://kopnik.localhost")
    overview.services = services.map {
        SiteOverview.Service(
            name: $0.0, image: "kopnik/\($0.0):1", replicas: $0.1 == .off ? 0 : 1, running: $0.1 == .up ? 1 : 0,
            condition: $0.1)
    }
    overview.tasks = services.map { task($0.0, $0.0, $0.1) }
    return overview
}

private func task(_ id: String, _ service: String, _ condition: SiteOverview.Condition, state: String = "running")
    -> SiteOverview.ServiceTask
{
    SiteOverview.ServiceTask(
        id: id, service: service, slot: 1, node: "n", image: "kopnik/\(service):1", state: state,
        since: now.addingTimeInterval(-5), created: now.addingTimeInterval(-12), condition: condition,
        error: condition == .down ? "task: non-zero exit (137)" : nil, exitCode: condition == .down ? 137 : nil)
}

@Suite struct `What happened` {
    private func kinds(_ before: SiteOverview, _ after: SiteOverview) -> [SiteOverview.Event.Kind] {
        after.happenings(since: before, at: now).map(\.kind)
    }

    @Test func `is nothing where nothing changed`() {
        let one = overview([("db", .up), ("mail", .coming), ("files", .down), ("nginx", .off)])
        #expect(kinds(one, one) == [])
    }

    @Test func `is an end with its code, and a start with the time that it took`() throws {
        var ended = overview([("db", .down)])
        let before = overview([("db", .up)])
        let end = try #require(ended.happenings(since: before, at: now).first)
        #expect(
            end
                == SiteOverview.Event(
                    .ended, at: now, subject: "db", detail: "task: non-zero exit (137)", number: 137, task: "db"))
        ended.tasks.append(task("db2", "db", .coming))
        var again = overview([("db", .up)])
        again.tasks = [task("db2", "db", .up)]
        #expect(
            again.happenings(since: ended, at: now) == [
                SiteOverview.Event(.started, at: now, subject: "db", number: 12, task: "db2")
            ])
    }

    @Test func `is told once of each task, however it looked in between`() {
        var ended = overview([("db", .down)])
        let before = overview([("db", .up)])
        ended.events = ended.happenings(since: before, at: now)
        var again = before
        again.events = ended.events
        #expect(ended.happenings(since: again, at: now) == [])
    }

    @Test func `is a refusal where a task was rejected`() {
        var after = overview([("db", .down)])
        after.tasks = [task("x", "db", .down, state: "rejected")]
        #expect(kinds(overview([("db", .up)]), after) == [.refused])
    }

    @Test func `are services that come, go and are switched off`() {
        #expect(kinds(overview([("mail", .up)]), overview([("mail", .up), ("db", .coming)])) == [.added])
        #expect(kinds(overview([]), overview([("db", .coming)])) == [])
        var empty = overview([])
        #expect(kinds(overview([("db", .up)]), empty) == [.removed])
        empty = overview([("db", .off)])
        empty.tasks = [task("db", "db", .going)]
        #expect(kinds(overview([("db", .up)]), empty) == [.switchedOff])
        var replaced = overview([("db", .coming)])
        replaced.tasks = [task("db", "db", .going), task("db2", "db", .coming)]
        #expect(kinds(overview([("db", .up)]), replaced) == [.stopped])
        empty.tasks = []
        #expect(kinds(overview([("db", .up)]), empty).contains(.switchedOff))
    }

    @Test func `are alarms, once, and their end`() {
        var alarmed = overview([("db", .up)])
        alarmed.alarms = ["disk: 91 % full"]
        #expect(kinds(overview([("db", .up)]), alarmed) == [.alarm])
        #expect(kinds(alarmed, alarmed) == [])
        #expect(kinds(alarmed, overview([("db", .up)])) == [.relieved])
    }

    @Test func `is a broken link only where both its ends are well`() {
        var before = overview([("nodejs", .up), ("db", .up)])
        before.links = [SiteOverview.Link(from: "nodejs", to: "db", condition: .up)]
        var after = before
        after.links[0].condition = .down
        #expect(kinds(before, after) == [.linkBroke])
        after.events = after.happenings(since: before, at: now)
        #expect(kinds(after, before) == [.linkMended])
        var fallen = overview([("nodejs", .up), ("db", .down)])
        fallen.links = after.links
        #expect(!kinds(before, fallen).contains(.linkBroke))
    }

    @Test func `are a proof, a new certificate, a node that went away and a fence`() {
        var after = overview([("db", .up)])
        let before = { () -> SiteOverview in
            var before = after
            before.certificate = SiteOverview.Certificate(issuer: "A", end: now, renewal: now)
            before.nodes = [
                SiteOverview.Node(id: "n", name: "one", role: "leader", state: "ready", availability: "active")
            ]
            return before
        }()
        after.certificate = SiteOverview.Certificate(issuer: "B", end: now.addingTimeInterval(9), renewal: now)
        after.nodes = [SiteOverview.Node(id: "n", name: "one", role: "leader", state: "down", availability: "active")]
        after.verification = SiteOverview.Verification(
            at: now, rows: [.init(number: "G3", title: "t", outcome: "broken", evidence: "e")])
        after.fence = "another server was made the main one"
        #expect(Set(kinds(before, after)) == [.node, .certificate, .verified, .fenced])
        #expect(after.happenings(since: before, at: now).first { $0.kind == .verified }?.number == 1)
    }
}

@Suite struct `An overview` {
    @Test func `is read back as it was written, and from nothing else`() throws {
        var full = overview([("db", .up), ("mail", .down)])
        full.standby = SiteOverview.Standby(name: "b", condition: .up, lag: 0.5, promise: "strict")
        full.backup = SiteOverview.Backup(made: now, proven: nil)
        full.mirror = SiteOverview.Mirror(at: now)
        full.disk = SiteOverview.Room(free: 1, total: 4)
        full.events = full.happenings(since: overview([]), at: now)
        let data = try full.encoded()
        #expect(SiteOverview(data) == full)
        // One line: it is sent as one event (HTML, 9.2.5).
        #expect(!data.contains(10) && !data.contains(13))
        #expect(SiteOverview(Data("{}".utf8)) == nil && SiteOverview(Data()) == nil)
    }

    @Test func `says the worst of what a person who glances has to know`() {
        #expect(overview([("db", .up)]).condition == .up)
        #expect(overview([]).condition == .down)
        #expect(overview([("db", .up), ("mail", .coming)]).condition == .coming)
        #expect(overview([("db", .down), ("mail", .coming)]).condition == .down)
        #expect(overview([("db", .up), ("files", .off)]).condition == .up)
        var alarmed = overview([("db", .up)])
        alarmed.alarms = ["x"]
        #expect(alarmed.condition == .coming)
        alarmed.fence = "fenced"
        #expect(alarmed.condition == .down)
        var broken = overview([("db", .up)])
        broken.verification = SiteOverview.Verification(
            at: now, rows: [.init(number: "G3", title: "t", outcome: "broken", evidence: "e")])
        #expect(broken.condition == .down)
    }
}
