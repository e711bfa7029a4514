public import Machine

extension VerificationReport {
    /// The report for a person: a table grouped by letter, then what is broken and what to type.
    public func text(on terminal: Terminal) -> String {
        var lines: [String] = []
        let titleWidth = results.map(\.title.count).max() ?? 0
        for (letter, heading) in Requirements.chapters {
            let rows = results.filter { $0.number.first == letter }
            guard !rows.isEmpty else { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append(Style.bold(heading, on: terminal))
            for row in rows { lines += Self.lines(row, titleWidth: titleWidth, on: terminal) }
        }
        lines += closing(terminal)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ row: RequirementResult, titleWidth: Int, on terminal: Terminal) -> [String] {
        let number = row.number + String(repeating: " ", count: max(0, 3 - row.number.count))
        let title = row.title + String(repeating: " ", count: max(0, titleWidth - row.title.count))
        let text: String
        switch row.outcome {
        case .holds, .broken: text = row.evidence
        case .differs: text = [row.evidence, row.because].compactMap { $0 }.joined(separator: ": ")
        case .notApplicable: text = row.because ?? row.evidence
        }
        let style: Style? = row.outcome == .broken ? .red : row.outcome == .notApplicable ? .dim : nil
        func shown(_ part: String) -> String { style.map { $0(part, on: terminal) } ?? part }
        let head = "  \(mark(row.outcome, on: terminal)) \(number) "
        // A row a line for other programs.
        guard terminal.isInteractive else { return ["\(head)\(title)  \(text)"] }
        // Mark, number, title and the blanks around them.
        let indent = 2 + 2 + 4 + titleWidth + 2
        let room = terminal.width - indent - 1
        if room >= 40 {
            return text.wrapped(to: room).enumerated().map { index, part in
                index == 0 ? "\(head)\(title)  \(shown(part))" : String(repeating: " ", count: indent) + shown(part)
            }
        }
        return [head + row.title] + text.wrapped(to: max(24, terminal.width - 9)).map { "        " + shown($0) }
    }

    private static func mark(_ outcome: Outcome, on terminal: Terminal) -> String {
        switch outcome {
        case .holds: Style.green("✓", on: terminal)
        case .broken: Style.red("✗", on: terminal)
        case .differs: Style.yellow("≠", on: terminal)
        case .notApplicable: Style.dim("·", on: terminal)
        }
    }

    private func closing(_ terminal: Terminal) -> [String] {
        var lines: [String] = []
        for row in broken {
            lines += ["", Style.red("\(row.number) \(row.title): \(row.evidence)", on: terminal)]
            if let because = row.because { lines.append("  because: \(because)") }
            if let fix = row.fix { lines.append("  fix:     \(fix)") }
        }
        return lines + ["", Style.bold(summary, on: terminal)]
    }
}

extension String {
    /// Lines of at most so many characters, broken between words.
    fileprivate func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(word)
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return lines + [line]
    }
}
