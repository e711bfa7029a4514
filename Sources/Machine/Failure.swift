/// An error that a person reads: what failed, why, and what to do now.
public struct Failure: Error, Sendable, Equatable {
    /// What happened, in one sentence without a capital or a full stop.
    public var what: String
    /// Why, in one sentence.
    public var because: String?
    /// What to type or do now.
    public var fix: String?
    /// The file that holds everything the failing program said.
    public var log: String?

    /// Whether a program could not be run because it is not installed.
    public var isMissingProgram = false

    /// Only what happened has to be said.
    public init(_ what: String, because: String? = nil, fix: String? = nil, log: String? = nil) {
        self.what = what
        self.because = because
        self.fix = fix
        self.log = log
    }
}

extension Failure {
    /// What happened and why, where there is room for one line.
    public var inOneLine: String { [what, because].compactMap { $0 }.joined(separator: ": ") }
}

extension Failure: CustomStringConvertible {
    /// As it is printed: what happened, then `because`, `fix` and `log`, each on lines of its own.
    public var description: String {
        var lines = [what]
        if let because { lines.append("  because: " + because.indentedAfterFirstLine(by: 11)) }
        if let fix { lines.append("  fix:     " + fix.indentedAfterFirstLine(by: 11)) }
        if let log { lines.append("  log:     \(log)") }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func indentedAfterFirstLine(by count: Int) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(
            separator: "\n" + String(repeating: " ", count: count))
    }
}
