/// All requirements of the specification, in its order. The numbers are stable.
enum Requirements {
    static let all: [Requirement] =
        simplicity + hardware + origin + server + client + stack + postgres + mail + crossbar + nodejs + nginx
        + visualizer + standby + disaster

    /// The letters in the order of the specification, with their headings.
    static let chapters: [(letter: Character, heading: String)] = [
        ("S", "Simplicity"), ("H", "Hardware"), ("P", "Where servers come from"), ("O", "On the server itself"),
        ("C", "The client"),
        ("D", "The stack"), ("G", "Postgres"), ("M", "Mail"), ("B", "Crossbar"), ("N", "nodejs"), ("W", "nginx"),
        ("V", "Visualizer"),
        ("A", "Main and standby"), ("Z", "Disaster"),
    ]
}
