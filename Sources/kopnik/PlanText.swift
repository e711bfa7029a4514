import Foundation
import Machine

/// A plan as a person reads it.
enum PlanText {
    static func render(_ findings: [Rollout.Finding], on terminal: Terminal, differences: Bool) -> String {
        findings.flatMap { finding -> [String] in
            let name = finding.step + String(repeating: " ", count: max(1, 20 - finding.step.count))
            guard !finding.inspection.isClean else {
                return ["  \(Style.green("✓", on: terminal)) \(name)\(finding.inspection.summary)"]
            }
            return finding.inspection.changes.enumerated().flatMap { index, change -> [String] in
                let label = index == 0 ? name : String(repeating: " ", count: 20)
                let mark = change.conflict == nil ? Style.cyan("+", on: terminal) : Style.yellow("!", on: terminal)
                let words = wrapped(change.summary, to: terminal.width - 25)
                let body = (differences ? change.difference : nil).map { text in
                    text.split(separator: "\n").map { "        " + coloured(String($0), on: terminal) }
                }
                let rest = words.dropFirst().map { String(repeating: " ", count: 24) + $0 }
                return ["  \(mark) \(label)\(words.first ?? "")"] + rest + (body ?? [])
            }
        }.joined(separator: "\n")
    }

    private struct Entry: Encodable {
        var step: String
        var summary: String
        var changes: [Change]
    }

    /// Prints a plan.
    /// - Throws: `ExitStatus.changes` where there is something to do.
    static func show(_ findings: [Rollout.Finding], apply: String, json: Bool, on terminal: Terminal) throws {
        let count = findings.map(\.inspection.changes.count).reduce(0, +)
        if json {
            try printJSON(
                findings.map { Entry(step: $0.step, summary: $0.inspection.summary, changes: $0.inspection.changes) })
        } else {
            tell(render(findings, on: terminal, differences: true))
            tell(
                count == 0
                    ? "\n  Nothing to do." : "\n  \(count) change\(count == 1 ? "" : "s"); to make them:  \(apply)")
        }
        if count > 0 { throw ExitStatus.changes }
    }

    /// Broken between words, so that a narrow terminal does not break it in the middle of one.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        text.split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= max(width, 20) {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
    }

    private static func coloured(_ line: String, on terminal: Terminal) -> String {
        if line.hasPrefix("+") { return Style.green(line, on: terminal) }
        return line.hasPrefix("-") ? Style.red(line, on: terminal) : line
    }
}
