extension VerificationReport {
    /// The report as JUnit XML, which continuous integration shows. Only broken is a failure; what differs and what is not
    /// applicable are skipped with the reason.
    public func junit() -> String {
        let skipped = counts.differs + counts.notApplicable
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<testsuites name="kopnik verify" tests="\#(results.count)" failures="\#(counts.broken)" skipped="\#(skipped)" time="\#(Self.time(seconds))">"#,
            #"  <testsuite name="\#(Self.escaped(site))" tests="\#(results.count)" failures="\#(counts.broken)" skipped="\#(skipped)" time="\#(Self.time(seconds))">"#,
        ]
        for result in results { lines += Self.lines(result) }
        lines += ["  </testsuite>", "</testsuites>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ result: RequirementResult) -> [String] {
        let head =
            #"    <testcase classname="requirements.\#(result.number.prefix(1))" name="\#(escaped("\(result.number) \(result.title)"))" time="\#(time(result.seconds))">"#
        let reason = result.because ?? result.evidence
        var inner: [String] = []
        switch result.outcome {
        case .holds: break
        case .broken:
            let rest = [result.evidence, result.fix.map { "fix: \($0)" }].compactMap { $0 }.joined(separator: "\n")
            inner.append(#"      <failure message="\#(escaped(reason))">\#(escaped(rest))</failure>"#)
        case .differs: inner.append(#"      <skipped message="\#(escaped("differs: \(reason)"))"/>"#)
        case .notApplicable: inner.append(#"      <skipped message="\#(escaped("not applicable here: \(reason)"))"/>"#)
        }
        inner.append("      <system-out>\(escaped(result.evidence))</system-out>")
        return [head] + inner + ["    </testcase>"]
    }

    private static func time(_ seconds: Double) -> String {
        let thousandths = Int((seconds * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    /// XML 1.0, 2.4: the five characters; 2.2: other control characters cannot be written at all.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
