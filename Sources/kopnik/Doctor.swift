import ArgumentParser
import Deployment
import Machine

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks over this computer and the site, and says how to mend what is wrong.",
        discussion: "Changes nothing.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    func run() async throws {
        let findings = await (try site.deployment(World.live())).examine()
        if json { try printJSON(findings) } else { tell(DoctorText.render(findings, on: site.standardOutput)) }
        if findings.contains(where: { $0.level == .problem }) { throw ExitStatus.failed }
    }
}

/// Findings as a person reads them.
enum DoctorText {
    static func render(_ findings: [Finding], on terminal: Terminal) -> String {
        let lines = findings.flatMap { finding -> [String] in
            let mark =
                switch finding.level {
                case .good: Style.green("✓", on: terminal)
                case .warning: Style.yellow("!", on: terminal)
                case .problem: Style.red("✗", on: terminal)
                }
            let name = finding.subject + String(repeating: " ", count: max(1, 16 - finding.subject.count))
            var lines = ["  \(mark) \(name)\(finding.what)"]
            if let because = finding.because { lines.append("      because: \(because)") }
            if let fix = finding.fix { lines.append("      fix:     \(fix)") }
            return lines
        }
        let problems = findings.count { $0.level == .problem }
        let warnings = findings.count { $0.level == .warning }
        let end =
            problems > 0
            ? "\(problems) to mend" : warnings > 0 ? "It works; \(warnings) to know about." : "All is well."
        return (lines + ["", "  \(end)"]).joined(separator: "\n")
    }
}
