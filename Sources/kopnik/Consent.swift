import Foundation
import Machine

/// What is asked of a person before something is changed.
struct Consent: Sendable {
    /// What asks.
    var verb: Rollout.Verb
    /// What would be changed, in a word.
    var changed = "this computer"
    /// Whether what somebody did by hand may be overwritten.
    var force = false
    /// Whether the plan can be looked at by a command of its own.
    var hasPlan = true

    /// What somebody did by hand is never undone unasked.
    func refuseConflicts(_ findings: [Rollout.Finding]) throws {
        let conflicts = findings.flatMap(\.inspection.changes).compactMap(\.conflict)
        guard !conflicts.isEmpty, !force else { return }
        throw verb.refusal(conflicts)
    }

    /// Only says it, where no more was asked for; asks, unless the answer was given already.
    /// - Throws: `ExitStatus.changes` in the first case; what `confirm` throws.
    func settle(_ what: String, isPlan: Bool, isGiven: Bool) throws {
        if isPlan {
            tell(what)
            throw ExitStatus.changes
        }
        if !isGiven { try confirm(what) }
    }

    /// - Throws: `UsageFailure` where nobody can be asked, or somebody said no.
    func confirm(_ what: String) throws {
        guard isatty(0) == 1 else {
            let look = hasPlan ? "\(verb.plan) (to see what), then " : ""
            throw UsageFailure(
                description:
                    "kopnik: this would change \(changed)\n  because: standard input is no terminal, so there is nobody to ask\n  fix:     \(look)\(verb.apply) --yes"
            )
        }
        tell(what)
        print("\nDo this? [y/N] ", terminator: "")
        fflush(nil)
        guard ["y", "yes", "д", "да"].contains((readLine() ?? "").trimmed.lowercased()) else {
            throw UsageFailure(description: "Nothing was done.")
        }
    }
}
