import Foundation
import Machine

/// The site's name, typed as a sign that somebody means it.
enum TypedName {
    /// - Throws: `UsageFailure` where it is another, or nobody can be asked.
    static func ask(_ name: String, given: String?, _ what: String, command: String) throws {
        if let given {
            guard given == name else {
                throw UsageFailure(
                    description:
                        "kopnik: nothing was done\n  because: the site is '\(name)', not '\(given)'\n  fix:     \(command) --confirm \(name)"
                )
            }
            return warn(what)
        }
        guard isatty(0) == 1 else {
            throw UsageFailure(
                description:
                    "kopnik: nothing was done\n  because: standard input is no terminal, so there is nobody to ask\n  fix:     \(command) --confirm \(name)"
            )
        }
        tell(what)
        print("\nType the site's name (\(name)) to go on: ", terminator: "")
        fflush(nil)
        guard (readLine() ?? "").trimmed == name else { throw UsageFailure(description: "Nothing was done.") }
    }
}
