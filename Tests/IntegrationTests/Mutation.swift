/// One real component broken on purpose, and the rows of `kopnik verify` that must turn red for it: no more and no less.
///
/// Commands are shell lines, run by `sh -eu` with `DOCKER_HOST` set and these variables: `STACK` (the stack's name),
/// `PREFIX` (the site's folder), `DOMAIN`, `HTTPS` (its port) and `KOPNIK` (the program
/// with its name and prefix); the functions are in `MutationPrelude.swift`.
struct Mutation: Sendable, CustomStringConvertible {
    /// The row it is about.
    var number: String
    /// The real thing that is broken.
    var component: String
    /// How.
    var breaking: String
    /// How it becomes whole again.
    var mending: String
    /// Rows that are red with it, because they stand on the same thing.
    var follows: Set<String> = []
    /// What must succeed for it to be possible on this computer at all.
    var needs: String?

    var description: String { "\(number): \(component)" }
    /// All rows that must be red.
    var red: Set<String> { follows.union([number]) }

    init(
        _ number: String, _ component: String, follows: Set<String> = [], needs: String? = nil, breaking: String,
        mending: String
    ) {
        self.number = number
        self.component = component
        self.follows = follows
        self.needs = needs
        self.breaking = breaking
        self.mending = mending
    }
}
