import Foundation

/// Draws steps on standard error: in place on a terminal, else one line at the start and the end of each.
public actor ProgressRenderer: ProgressSink {
    private let terminal: Terminal
    private let write: @Sendable (String) -> Void
    private var running: [(step: String, detail: String, since: ContinuousClock.Instant)] = []
    private var ticker: Task<Void, Never>?
    private var drawn = 0

    /// - Parameter write: takes what is to be shown, line ends included; `nil` is standard error.
    public init(
        terminal: Terminal, write: (@Sendable (String) -> Void)? = nil
    ) {
        self.terminal = terminal
        self.write = write ?? { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) }
    }

    /// Shows an event at once; on a terminal, what runs is drawn anew every 120 ms.
    public func report(_ event: ProgressEvent) {
        switch event {
        case .started(let step):
            running.append((step, "", .now))
            if terminal.isInteractive { startTicking() } else { write("  … \(step)\n") }
        case .detail(let step, let text):
            if let index = running.firstIndex(where: { $0.step == step }) { running[index].detail = text }
        case .finished(let step, let summary, let changed, let took):
            running.removeAll { $0.step == step }
            line(ProgressLine.finished(step: step, summary: summary, changed: changed, took: took, on: terminal))
        case .failed(let step, let took):
            running.removeAll { $0.step == step }
            line(ProgressLine.failed(step: step, took: took, on: terminal))
        case .note(let text):
            line("  " + text)
        }
        if running.isEmpty { stopTicking() }
    }

    private func line(_ text: String) {
        write(erasing() + text + "\n")
        draw()
    }

    private func erasing() -> String {
        defer { drawn = 0 }
        return drawn == 0 ? "" : "\u{1B}[\(drawn)A\u{1B}[J"
    }

    private func draw() {
        guard terminal.isInteractive, !running.isEmpty else { return }
        let now = ContinuousClock.now
        let lines = running.map {
            ProgressLine.running(step: $0.step, detail: $0.detail, elapsed: $0.since.duration(to: now), on: terminal)
        }
        write(erasing() + lines.joined(separator: "\n") + "\n")
        drawn = lines.count
    }

    private func startTicking() {
        draw()
        guard ticker == nil else { return }
        ticker = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(120))
                await self?.draw()
            }
        }
    }

    private func stopTicking() {
        ticker?.cancel()
        ticker = nil
        if drawn > 0 { write(erasing()) }
    }
}

/// One line about a step, as a pure value.
public enum ProgressLine {
    private static let labelWidth = 20
    private static let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

    /// A mark for changed or unchanged, the step, its summary, and the time if it took a second or more.
    public static func finished(step: String, summary: String, changed: Bool, took: Duration, on terminal: Terminal)
        -> String
    {
        let mark = changed ? Style.cyan("↻", on: terminal) : Style.green("✓", on: terminal)
        let time = took >= .seconds(1) ? time(took) : ""
        let text = label(step) + clipped(summary, to: terminal.width - labelWidth - 14)
        let gap = max(2, min(terminal.width, 78) - 4 - text.count - time.count)
        return "  \(mark) \(text)"
            + (time.isEmpty ? "" : String(repeating: " ", count: gap) + Style.dim(time, on: terminal))
    }

    /// A cross, the step, and how long it took to fail.
    public static func failed(step: String, took: Duration, on terminal: Terminal) -> String {
        "  \(Style.red("✗", on: terminal)) \(label(step))\(Style.red("failed", on: terminal)) after \(time(took))"
    }

    /// A turning mark, the step, what it is doing now, and for how long it has run.
    public static func running(step: String, detail: String, elapsed: Duration, on terminal: Terminal) -> String {
        let frame = frames[Int(elapsed / .milliseconds(120)) % frames.count]
        let shown = time(elapsed)
        let text = label(step) + clipped(detail, to: terminal.width - labelWidth - shown.count - 8)
        return "  \(Style.cyan(frame, on: terminal)) \(text)  \(Style.dim(shown, on: terminal))"
    }

    /// A duration as people say it: `0.4s`, `14s`, `1m12s`.
    public static func time(_ duration: Duration) -> String {
        let tenths = Int(duration / .milliseconds(100))
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10)s" }
        let seconds = tenths / 10
        guard seconds >= 60 else { return "\(seconds)s" }
        let rest = seconds % 60
        return "\(seconds / 60)m\(rest < 10 ? "0" : "")\(rest)s"
    }

    private static func label(_ step: String) -> String {
        step + String(repeating: " ", count: max(1, labelWidth - step.count))
    }

    private static func clipped(_ text: String, to width: Int) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count <= max(width, 10) ? line : line.prefix(max(width, 10) - 1) + "…"
    }
}
