/// Something that happened in Docker, as `docker events` tells it.
struct DockerEvent: Sendable, Equatable {
    /// `container`, `service` or `node`.
    var kind: String
    /// Such as `die` or `health_status: healthy`.
    var action: String
    var id: String
    /// The service it is about: a container's is in the label that Swarm gives it. Empty: it belongs to none.
    var service: String
    /// With what a container ended.
    var exitCode: Int?

    /// How Docker is to tell it, for `init`.
    static let format = [
        "{{.Type}}", "{{.Action}}", "{{.Actor.ID}}",
        #"{{if eq .Type "container"}}{{index .Actor.Attributes "com.docker.swarm.service.name"}}{{else}}{{index .Actor.Attributes "name"}}{{end}}"#,
        #"{{index .Actor.Attributes "exitCode"}}"#,
    ].joined(separator: "\t")

    /// Reads a line; `nil`: it is none.
    init?(_ line: String) {
        // What the line ends with may have been trimmed off.
        let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 3, !words[0].isEmpty else { return nil }
        (kind, action, id) = (words[0], words[1], words[2])
        service = words.count > 3 ? words[3] : ""
        exitCode = words.count > 4 ? Int(words[4]) : nil
    }

    /// Whether it is about a stack or about the swarm's computers; another site's, or a container that somebody just runs, is not.
    func concerns(_ stack: String) -> Bool { kind == "node" || service.hasPrefix("\(stack)_") }
}
