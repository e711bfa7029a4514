import Foundation
import Machine
import Overview

/// The whole site as text, for `status --watch`: the same that the dashboard's page draws.
struct OverviewText {
    let overview: SiteOverview
    let terminal: Terminal
    let now: Date
    /// Seconds since the keeper last spoke; `nil` where it never did.
    let silence: Double?

    /// All of it.
    var lines: [String] {
        head + nodes.flatMap { [""] + $0 } + [""] + way + [""] + glance + broken + [""] + happenings
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text.count > width
            ? String(text.prefix(width - 1)) + "…" : text + String(repeating: " ", count: width - text.count)
    }

    private func mark(_ condition: SiteOverview.Condition) -> String {
        switch condition {
        case .up: Style.green("●", on: terminal)
        case .coming: Style.yellow("◐", on: terminal)
        case .going: Style.dim("◌", on: terminal)
        case .down: Style.red("✗", on: terminal)
        case .off: Style.dim("○", on: terminal)
        }
    }

    private var head: [String] {
        let verdict =
            switch overview.condition {
            case .up: Style.green("all is well", on: terminal)
            case .coming: Style.yellow("something changes or needs a look", on: terminal)
            default:
                Style.red(overview.services.isEmpty ? "the site is switched off" : "something is down", on: terminal)
            }
        var lines = [
            "  \(Style.bold(overview.site, on: terminal))  \(Style.cyan(overview.address, on: terminal))  \(verdict)"
        ]
        if let fence = overview.fence { lines.append("  \(Style.red("! \(fence)", on: terminal))") }
        if silence.map({ $0 > 20 }) ?? true {
            lines.append(
                "  \(Style.yellow("! the keeper is silent: this is asked of Docker itself (kopnik logs keeper)", on: terminal))"
            )
        }
        return lines + overview.alarms.map { "  \(Style.red("!", on: terminal)) \($0)" }
    }

    private var nodes: [[String]] {
        let known = overview.nodes.map { ($0.id, nodeLine($0)) }
        let homeless = overview.tasks.contains { task in !known.contains { $0.0 == task.node } }
        return (known + (homeless ? [("", "  \(mark(.coming)) no place yet")] : [])).map { id, line in
            let own = overview.tasks.filter { task in
                id.isEmpty ? !overview.nodes.contains { $0.id == task.node } : task.node == id
            }
            return [line] + own.flatMap(taskLines)
        }
    }

    private func nodeLine(_ node: SiteOverview.Node) -> String {
        let facts = [
            node.role, node.condition == .up ? nil : "\(node.state), \(node.availability)",
            node.cores.map { "\($0) core\($0 == 1 ? "" : "s")" }, node.memory.map(Self.size),
            node.engine.isEmpty ? nil : "Docker \(node.engine)",
        ].compactMap(\.self)
        return
            "  \(mark(node.condition)) \(Style.bold(node.name, on: terminal))  \(Style.dim(facts.joined(separator: ", "), on: terminal))"
    }

    private func taskLines(_ task: SiteOverview.ServiceTask) -> [String] {
        let replicas = overview.services.first { $0.name == task.service }?.replicas ?? 1
        let name = replicas > 1 ? "\(task.service) \(task.slot)" : task.service
        let words = task.condition == .up ? "runs" : task.condition == .going ? "stopping" : task.state
        let memory =
            task.memory.map { use in Self.size(use) + (task.memoryLimit.map { " of \(Self.size($0))" } ?? "") } ?? ""
        let line =
            "    \(mark(task.condition)) \(padded(name, 13))\(padded(words, 11))\(padded(Self.age(of: task.since, at: now), 8))"
            + padded(memory, 19)
        // What is left of the line is the image's; it is cut rather than broken.
        let room = max(0, terminal.width - 57)
        let image = room > 8 ? Style.dim(padded(task.image, min(room, 48)).trimmed, on: terminal) : ""
        guard task.condition == .down else { return [line + image] }
        let code = task.exitCode.map { "ended with code \($0)" }
        let why = [code, task.error].compactMap(\.self).joined(separator: ": ")
        return [
            line + image, "      \(Style.red(why.isEmpty ? "ended" : why, on: terminal))   kopnik logs \(task.service)",
        ]
    }

    private var way: [String] {
        let links = overview.links.map { link in
            let time = link.milliseconds.map { link.condition == .up ? String(format: " %.1f ms", $0) : "" } ?? ""
            return (
                plain: "x \(link.from) → \(link.to)\(time)", "\(mark(link.condition)) \(link.from) → \(link.to)\(time)"
            )
        }
        // As many in a line as fit, in columns.
        let column = (links.map(\.plain.count).max() ?? 0) + 2
        let count = max(1, min(4, (terminal.width - 2) / max(1, column)))
        return stride(from: 0, to: links.count, by: count).map { start in
            "  "
                + links[start..<min(start + count, links.count)].map {
                    $0.1 + String(repeating: " ", count: column - $0.plain.count)
                }.joined().trimmedEnd
        }
    }

    private var glance: [String] {
        func row(_ name: String, _ text: String) -> String { "  \(Style.dim(padded(name, 14), on: terminal))\(text)" }
        func room(_ room: SiteOverview.Room) -> String {
            "\(Self.size(room.free)) free of \(Self.size(room.total)), \(room.percent) % used"
        }
        var rows: [String] = []
        if let proof = overview.verification {
            rows.append(
                row(
                    "requirements",
                    "\(proof.count("holds")) hold, \(proof.count("differs")) differ, \(proof.count("broken")) broken, "
                        + "\(proof.count("notApplicable")) not applicable; proven \(Self.age(of: proof.at, at: now)) ago"
                ))
        } else {
            rows.append(row("requirements", "never proven yet: kopnik verify"))
        }
        if let certificate = overview.certificate {
            let days = Int((certificate.end.timeIntervalSince(now) / 86400).rounded(.down))
            rows.append(row("certificate", "\(certificate.issuer), \(days < 0 ? "expired" : "\(days) days left")"))
        }
        if let disk = overview.disk { rows.append(row("disk", room(disk))) }
        if let memory = overview.memory { rows.append(row("memory", room(memory))) }
        let letters = overview.mail.map { mail in
            mail.waiting == 0
                ? "none waits" : "\(mail.waiting) wait, the oldest for \(Self.words(seconds: Double(mail.oldest)))"
        }
        rows.append(row("letters", letters ?? "the mail service does not answer"))
        rows.append(
            row(
                "standby",
                overview.standby.map { standby in
                    "\(standby.name): \(standby.condition == .up ? "streams" : standby.condition.rawValue), "
                        + (standby.lag.map { String(format: "%.1f s behind", $0) } ?? "not known how far behind")
                        + ", \(standby.promise)"
                } ?? "no standby is set up"))
        rows.append(
            row(
                "uploads",
                overview.mirror.map { "mirrored, last the same \(Self.age(of: $0.at, at: now)) ago" }
                    ?? "no mirror is set up"))
        rows.append(
            row(
                "backup",
                overview.backup.map { backup in
                    (backup.made.map { "made \(Self.age(of: $0, at: now)) ago" } ?? "none made") + ", "
                        + (backup.proven.map { "proven by a restore \(Self.age(of: $0, at: now)) ago" } ?? "unproven")
                } ?? "no backup is set up"))
        return rows
    }

    private var broken: [String] {
        (overview.verification?.rows ?? []).filter { $0.outcome == "broken" }.map {
            "  \(Style.red("✗", on: terminal)) \(padded($0.number, 5))\($0.title): \($0.evidence)"
        }
    }

    private var happenings: [String] {
        overview.events.prefix(8).map { event in
            "  \(Style.dim(padded("\(Self.age(of: event.at, at: now)) ago", 11), on: terminal))\(EventWords.tell(event))"
        }
    }

    static func age(of moment: Date, at now: Date) -> String { words(seconds: now.timeIntervalSince(moment)) }

    private static func words(seconds: Double) -> String {
        let whole = max(0, Int(seconds))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min" }
        return whole < 172_800 ? "\(whole / 3600) h" : "\(whole / 86400) d"
    }

    private static func size(_ bytes: Int) -> String {
        let (value, unit) =
            bytes >= 1 << 30
            ? (Double(bytes) / Double(1 << 30), "GB") : (Double(bytes) / Double(1 << 20), "MB")
        return value < 10 ? String(format: "%.1f \(unit)", value) : "\(Int(value.rounded())) \(unit)"
    }
}

/// What happened, in English; the page has the same in two languages.
enum EventWords {
    static func tell(_ event: SiteOverview.Event) -> String {
        let subject = event.subject ?? ""
        let detail = event.detail ?? ""
        return switch event.kind {
        case .started: "\(subject) runs" + (event.number.map { $0 > 0 ? ", after \($0) s" : "" } ?? "")
        case .ended:
            "\(subject) ended" + (event.number.map { " with code \($0)" } ?? "") + (detail.isEmpty ? "" : ": \(detail)")
        case .refused: "\(subject) cannot start: \(detail)"
        case .stopped: "\(subject) is being stopped, another takes its place"
        case .added: "\(subject) was added"
        case .removed: "\(subject) was removed"
        case .switchedOff: "\(subject) was switched off"
        case .node: "node \(subject) is \(detail)"
        case .verified: event.number ?? 0 > 0 ? "verify: \(event.number ?? 0) broken" : "verify: nothing is broken"
        case .alarm: "needs a look: \(detail)"
        case .relieved: "no longer: \(detail)"
        case .certificate: "a new certificate of \(detail)"
        case .linkBroke: "broken: \(subject)"
        case .linkMended: "works again: \(subject)"
        case .keeper: "the keeper began to watch"
        case .fenced: detail
        }
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
