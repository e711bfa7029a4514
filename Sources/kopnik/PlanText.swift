import Deployment
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
                let body = (differences ? change.difference : nil).map { text in
                    text.split(separator: "\n").map { "        " + coloured(String($0), on: terminal) }
                }
                return ["  \(mark) \(label)\(change.summary)"] + (body ?? [])
            }
        }.joined(separator: "\n")
    }

    private static func coloured(_ line: String, on terminal: Terminal) -> String {
        if line.hasPrefix("+") { return Style.green(line, on: terminal) }
        return line.hasPrefix("-") ? Style.red(line, on: terminal) : line
    }
}
