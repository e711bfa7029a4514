import Foundation

/// What the other end of a stream can show.
public struct Terminal: Sendable, Equatable {
    public var isInteractive: Bool
    public var hasColour: Bool
    /// Columns.
    public var width: Int

    public init(isInteractive: Bool, hasColour: Bool, width: Int) {
        self.isInteractive = isInteractive
        self.hasColour = hasColour
        self.width = width
    }

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
    case green = "32", red = "31", yellow = "33", dim = "2", bold = "1", cyan = "36"

    /// The text in this style where the terminal has colours, else as it is.
    public func callAsFunction(_ text: String, on terminal: Terminal) -> String {
        terminal.hasColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
