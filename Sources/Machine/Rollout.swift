/// Steps in their order, planned together and applied one after the other.
public struct Rollout: Sendable {
    let steps: [any Step]
    let world: World
    /// Whether what somebody changed by hand may be overwritten.
    let force: Bool
    let verb: Verb
    /// Whether a plan looks at everything at once: only where no step's looking is in another's way.
    let looksAtOnce: Bool

    /// What a person types for it.
    public struct Verb: Sendable {
        /// The command that applies, such as `kopnik up`.
        public var apply: String
        /// The command that only looks.
        public var plan: String
        /// What else may be done than to overwrite what somebody did by hand, in words that follow "or".
        public var otherwise: String?

        /// Without another way there is only `--force`.
        public init(apply: String, plan: String, otherwise: String? = nil) {
            self.apply = apply
            self.plan = plan
            self.otherwise = otherwise
        }

        /// The refusal to undo what somebody did by hand.
        public func refusal(_ conflicts: [String]) -> Failure {
            let name = apply.split(separator: " ").dropFirst().joined(separator: " ")
            return Failure(
                conflicts.joined(separator: "\n"),
                because: "'\(name)' would undo that ('\(plan)' shows the difference)",
                fix: "\(apply) --force (that change is lost)" + (otherwise.map { ", or \($0)" } ?? ""))
        }
    }

    /// In this order; what somebody did by hand stays unless forced.
    public init(steps: [any Step], world: World, verb: Verb, force: Bool = false, looksAtOnce: Bool = false) {
        self.looksAtOnce = looksAtOnce
        self.steps = steps
        self.world = world
        self.verb = verb
        self.force = force
    }

    /// A step and what it found.
    public struct Finding: Sendable {
        /// The step's name.
        public var step: String
        /// What is, and what would be changed.
        public var inspection: Inspection

        /// Makes one from its parts.
        public init(step: String, inspection: Inspection) {
            self.step = step
            self.inspection = inspection
        }
    }

    /// Inspects every step and changes nothing.
    /// - Throws: what the first step says that cannot be inspected, in the order of the steps.
    public func plan() async throws -> [Finding] {
        guard looksAtOnce else {
            var findings: [Finding] = []
            for step in steps { findings.append(Finding(step: step.name, inspection: try await step.inspect())) }
            return findings
        }
        // Their results are taken in order, so that an earlier step's word comes first; the rest of the looking ends with it.
        let looks = steps.map { step in Task { try await step.inspect() } }
        @Sendable func end() { for look in looks { look.cancel() } }
        return try await withTaskCancellationHandler {
            do {
                var findings: [Finding] = []
                for (step, look) in zip(steps, looks) {
                    findings.append(Finding(step: step.name, inspection: try await look.value))
                }
                return findings
            } catch {
                end()
                for look in looks { _ = await look.result }
                throw error
            }
        } onCancel: {
            end()
        }
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
                let conflicts = inspection.changes.compactMap(\.conflict)
                if !force, !conflicts.isEmpty { throw verb.refusal(conflicts) }
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
