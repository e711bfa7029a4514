extension Site {
    /// Where the two parts of the application come from.
    public struct Sources: Sendable, Equatable {
        /// kp-server, the application's server.
        public var server: Source
        /// kp-client, the pages people see.
        public var client: Source

        /// The defaults are the application's own repositories, each at the branch `master`.
        public init(
            server: Source = .git(url: "https://github.com/alexey-baranov/kp-server"),
            client: Source = .git(url: "https://github.com/alexey-baranov/kp-client")
        ) {
            self.server = server
            self.client = client
        }
    }

    /// Where one part of the application comes from.
    public enum Source: Sendable, Equatable {
        /// The small stand-in that comes with this program.
        case demo
        /// A repository git can clone, and a branch, tag or commit of it.
        case git(url: String, ref: String = "master")
        /// A folder of this computer; as written in the site file: absolute, or relative to the file's folder.
        case folder(String)
    }
}
