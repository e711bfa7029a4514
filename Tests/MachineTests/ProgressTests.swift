import Machine
import Synchronization
import Testing

private let plain = Terminal(isInteractive: false, hasColour: false, width: 80)

@Suite struct `A progress line` {
    @Test(arguments: [
        (Duration.milliseconds(0), "0.0s"), (.milliseconds(449), "0.4s"), (.milliseconds(9990), "9.9s"),
        (.seconds(10), "10s"),
        (.milliseconds(59_999), "59s"), (.seconds(60), "1m00s"), (.seconds(72), "1m12s"), (.seconds(3600), "60m00s"),
    ])
    func `tells time as people do`(duration: Duration, text: String) { #expect(ProgressLine.time(duration) == text) }

    @Test func `of a finished step puts the time in one column, and leaves out what is under a second`() {
        #expect(
            ProgressLine.finished(
                step: "Docker", summary: "20.10.24", changed: false, took: .milliseconds(300), on: plain)
                == "  ✓ Docker              20.10.24")
        let lines = [("Images", "7 of 7 built", 72), ("Stack", "7 services healthy", 14)].map {
            ProgressLine.finished(step: $0, summary: $1, changed: true, took: .seconds($2), on: plain)
        }
        #expect(lines[0] == "  ↻ Images              7 of 7 built" + String(repeating: " ", count: 37) + "1m12s")
        #expect(lines.map(\.count) == [78, 78])
    }

    @Test func `of a failed step says after how long`() {
        #expect(
            ProgressLine.failed(step: "Stack", took: .seconds(14), on: plain)
                == "  ✗ Stack               failed after 14s")
    }

    @Test func `of a running step turns its sign`() {
        let lines = [0, 120, 1200].map {
            ProgressLine.running(step: "Images", detail: "base", elapsed: .milliseconds($0), on: plain)
        }
        #expect(
            lines == [
                "  ⠋ Images              base  0.0s", "  ⠙ Images              base  0.1s",
                "  ⠋ Images              base  1.2s",
            ])
    }

    @Test(arguments: 44...140) func `never runs over the terminal's edge, nor over a line's end`(width: Int) {
        let terminal = Terminal(isInteractive: true, hasColour: false, width: width)
        let long = String(repeating: "слово ", count: 60)
        let lines = [
            ProgressLine.running(step: "Dependencies", detail: long, elapsed: .seconds(700), on: terminal),
            ProgressLine.finished(
                step: "Dependencies", summary: long + "\nsecond", changed: true, took: .seconds(700), on: terminal),
        ]
        for line in lines {
            #expect(line.count <= width)
            #expect(line.contains("…") && !line.contains("\n"))
        }
    }

    @Test func `has colours only where the terminal has`() {
        let coloured = Terminal(isInteractive: false, hasColour: true, width: 80)
        let line = ProgressLine.finished(step: "A", summary: "b", changed: false, took: .seconds(2), on: coloured)
        #expect(line.hasPrefix("  \u{1B}[32m✓\u{1B}[0m A"))
        #expect(
            line.replacing("\u{1B}[32m", with: "").replacing("\u{1B}[2m", with: "").replacing("\u{1B}[0m", with: "")
                == ProgressLine.finished(step: "A", summary: "b", changed: false, took: .seconds(2), on: plain))
    }
}

@Suite struct `The progress renderer` {
    private final class Screen: Sendable {
        let text = Mutex("")
        var shown: String { text.withLock { $0 } }
        func write(_ more: String) { text.withLock { $0 += more } }
    }

    @Test func `without a terminal writes a line at the start and the end of each step`() async {
        let screen = Screen()
        let renderer = ProgressRenderer(terminal: plain) { screen.write($0) }
        await renderer.report(.started(step: "Images"))
        await renderer.report(.detail(step: "Images", "base"))
        await renderer.report(.finished(step: "Images", summary: "7 of 7 built", changed: false, took: .zero))
        await renderer.report(.started(step: "Stack"))
        await renderer.report(.failed(step: "Stack", took: .seconds(3)))
        await renderer.report(.note("read this"))
        #expect(
            screen.shown == """
                  … Images
                  ✓ Images              7 of 7 built
                  … Stack
                  ✗ Stack               failed after 3.0s
                  read this

                """)
        #expect(!screen.shown.contains("\u{1B}"))
    }

    @Test func `on a terminal draws in place, and leaves only the finished line`() async {
        let screen = Screen()
        let terminal = Terminal(isInteractive: true, hasColour: false, width: 80)
        let renderer = ProgressRenderer(terminal: terminal) { screen.write($0) }
        await renderer.report(.started(step: "Images"))
        #expect(screen.shown.hasPrefix("  ⠋ Images              "))
        await renderer.report(.finished(step: "Images", summary: "built", changed: true, took: .zero))
        #expect(screen.shown.hasSuffix("\u{1B}[1A\u{1B}[J  ↻ Images              built\n"))
        #expect(!screen.shown.contains("…"))
    }
}

@Suite struct `A terminal` {
    @Test func `that is none is not drawn on, and has no edge to clip at`() {
        // Whatever runs these tests, a closed descriptor is no terminal.
        let terminal = Terminal.read(-1, colour: .auto, environment: [:])
        #expect(terminal == Terminal(isInteractive: false, hasColour: false, width: 500))
    }
    @Test func `has colours when they are asked for, whatever it is`() {
        #expect(Terminal.read(-1, colour: .always, environment: ["NO_COLOR": "1"]).hasColour)
        #expect(!Terminal.read(-1, colour: .never, environment: [:]).hasColour)
    }
}
