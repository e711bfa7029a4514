/// What Swarm has to replace after a stack was handed over: a pure judgement.
///
/// A service's own `UpdateStatus` is no answer at first: it is cleared when the change is taken and set a moment later, when somebody
/// begins with it (swarmkit, manager/controlapi and orchestrator/update). What each task was made from always tells.
public struct Replacement: Sendable, Equatable {
    /// Tasks that were there before and are not what is wanted now: they count neither as running nor as failed.
    public var known: Set<String>
    /// The services whose tasks are being replaced, by name.
    public var services: Set<String>

    /// Compares.
    /// - Parameters:
    ///   - tasks: those before the stack was handed over.
    ///   - made: what the wanted ones of them were made from, by task.
    ///   - before: what made each service's tasks then, by the service's name.
    ///   - wanted: what makes them now. It may be as before and still not run: a change that was broken off is under way.
    public init(tasks: [TaskState], made: [String: String], before: [String: String], wanted: [String: String]) {
        known = Set(tasks.filter { made[$0.id] == nil || made[$0.id] != wanted[$0.service] }.map(\.id))
        let changed = wanted.filter { name, now in before[name].map { $0 != now } ?? false }.keys
        let late = tasks.filter { task in made[task.id].map { $0 != wanted[task.service] } ?? false }.map(\.service)
        services = Set(changed).union(late)
    }
}
