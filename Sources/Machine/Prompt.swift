import Foundation

/// Asks whoever is at the terminal; where standard input is a pipe or a file, a line of it is the answer and nothing is asked.
public struct Prompt: Sendable {
    /// Whether somebody can be asked.
    public let isTerminal: Bool

    /// The one of standard input.
    public init() { isTerminal = isatty(0) == 1 }

    /// The answer without blanks around it; `nil` where the input has ended.
    /// - Parameter isHidden: not echoed, as a password is not.
    /// - Throws: `CancellationError` after Ctrl-C; the terminal echoes again by then.
    public func ask(_ label: String, isHidden: Bool = false) throws -> String? {
        guard isTerminal else { return try line() }
        try? FileHandle.standardError.write(contentsOf: Data("\(label): ".utf8))
        guard isHidden else { return try line() }
        var before = termios()
        tcgetattr(0, &before)
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        // The Enter key alone is shown (termios(3), ECHONL).
        hidden.c_lflag |= tcflag_t(ECHONL)
        tcsetattr(0, TCSAFLUSH, &hidden)
        defer { tcsetattr(0, TCSAFLUSH, &before) }
        return try line()
    }

    /// Byte by byte: what follows the line is another's. It looks up again and again, for a signal alone does not end a read: Ctrl-C is
    /// a cancellation here.
    private func line() throws -> String? {
        var bytes: [UInt8] = []
        while true {
            try Task.checkCancellation()
            var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard poll(&input, 1, 50) > 0 else { continue }
            var byte: UInt8 = 0
            guard read(0, &byte, 1) == 1 else { break }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self).trimmed }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self).trimmed
    }
}
