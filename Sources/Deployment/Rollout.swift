import Machine

/// Steps in their order, planned together and applied one after the other.
public struct Rollout: Sendable {
    let steps: [any Step]
    let world: World
    /// Whether what somebody changed by hand may be overwritten.
    let force: Bool

    init(steps: [any Step], world: World, force: Bool = false) {
        self.steps = steps
        self.world = world
        self.force = force
    }

    /// A step and what it found.
    public struct Finding: Sendable {
        /// The step's name.
        public var step: String
        /// What is, and what would be changed.
        public var inspection: Inspection
    }

    /// Inspects every step and changes nothing.
    public func plan() async throws -> [Finding] {
        var findings: [Finding] = []
        for step in steps { findings.append(Finding(step: step.name, inspection: try await step.inspect())) }
        return findings
    }

    /// Applies what has to be, in order; each step is inspected again before (an earlier one may have changed its world)
    /// and after it was applied.
    /// - Returns: how many steps changed something.
    /// - Throws: a step's `Failure`, or one that names a step which did not converge.
    public func apply() async throws -> Int {
        var changed = 0
        for step in steps {
            let start = ContinuousClock.now
            await world.progress.report(.started(step: step.name))
            do {
                try Task.checkCancellation()
                var inspection = try await step.inspect()
                let hadChanges = !inspection.isClean
                // Somebody may have changed something since the plan was made.
                if !force, let conflict = inspection.changes.compactMap(\.conflict).first {
                    throw Failure(
                        conflict, because: "'up' would undo that ('kopnik plan' shows the difference)",
                        fix: "kopnik up --force (that change is lost), or put it into the site file")
                }
                if hadChanges {
                    changed += 1
                    try await step.apply { text in await world.progress.report(.detail(step: step.name, text)) }
                    inspection = try await step.inspect()
                    if let left = inspection.changes.first {
                        throw Failure(
                            "'\(step.name)' is not as it should be after it was done",
                            because: "still to do: \(left.summary)",
                            fix:
                                "run the same command again; if it says this twice, it is a fault of kopnik: please report it"
                        )
                    }
                }
                await world.progress.report(
                    .finished(
                        step: step.name, summary: inspection.summary, changed: hadChanges,
                        took: start.duration(to: .now)))
            } catch {
                await world.progress.report(.failed(step: step.name, took: start.duration(to: .now)))
                throw error
            }
        }
        return changed
    }
}
