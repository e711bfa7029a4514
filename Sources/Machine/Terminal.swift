import Foundation

/// What the other end of a stream can show.
public struct Terminal: Sendable, Equatable {
    /// Whether lines can be drawn over: it is a terminal, and not a dumb one.
    public var isInteractive: Bool
    /// Whether text may be coloured.
    public var hasColour: Bool
    /// Columns.
    public var width: Int

    /// Makes one from its parts; `read` asks a file descriptor.
    public init(isInteractive: Bool, hasColour: Bool, width: Int) {
        self.isInteractive = isInteractive
        self.hasColour = hasColour
        self.width = width
    }

    /// What a person wants: `auto` colours on a terminal only.
    public enum Colour: String, Sendable, CaseIterable { case auto, always, never }

    /// Reads a file descriptor's terminal. Honours NO_COLOR (no-color.org) and TERM=dumb.
    public static func read(_ descriptor: Int32, colour: Colour, environment: [String: String]) -> Terminal {
        let isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        var size = winsize()
        // A file or a pipe has no edge at which a line would have to end.
        let fallback = isTerminal ? 80 : 500
        let width = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : fallback
        let wantsColour =
            switch colour {
            case .always: true
            case .never: false
            case .auto: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
            }
        return Terminal(isInteractive: isTerminal, hasColour: wantsColour, width: width)
    }
}

/// Text in a terminal's colours.
public enum Style: String, Sendable {
    /// The numbers are those of SGR, Select Graphic Rendition (ECMA-48, 8.3.117).
    case green = "32", red = "31", yellow = "33", dim = "2", bold = "1", cyan = "36"

    /// The text in this style where the terminal has colours, else as it is.
    public func callAsFunction(_ text: String, on terminal: Terminal) -> String {
        terminal.hasColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
