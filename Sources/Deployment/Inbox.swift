import Blueprint
import Bundled
import Engine
public import Foundation
import Machine

/// The letters that a copy which sends none has caught.
public struct Inbox: Codable, Sendable, Equatable {
    /// One letter, decoded.
    public struct Letter: Codable, Sendable, Equatable {
        /// The file's name in the mailbox.
        public var id: String
        /// When it came.
        public var time: Date
        /// The header's sender.
        public var from: String
        /// Whom it was for.
        public var to: String
        /// Its subject.
        public var subject: String
        /// Its text; HTML where it has no plain one.
        public var text: String
        /// The names of files that came with it.
        public var attached: [String]
    }

    /// All there are.
    public var count: Int
    /// The newest, at most 200, the newest first.
    public var letters: [Letter]
}

extension Deployment {
    /// Reads the caught letters, whether the site runs or not.
    /// - Throws: `Failure` where Docker or the crossbar image is not there.
    public func inbox() async throws -> Inbox {
        let image = try await images.plan(self).tags[.crossbar] ?? ""
        let output = try await docker.require(
            ["run", "--rm", "--interactive", "--network", "none", "--read-only", "--user", "0:0"] + labelWords + [
                "--cap-drop", "ALL", "--cap-add", "DAC_READ_SEARCH", "--pull", "never", "--mount",
                "type=volume,source=\(stack)_mail-caught,target=/mailbox,readonly", "--entrypoint",
                "/opt/crossbar/bin/python", image, "-",
            ], toDo: "read the letters",
            standardInput: BundledFile.text(at: "probes/inbox.py"), timeLimit: .seconds(60), fix: "kopnik up")
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return try decoder.decode(Inbox.self, from: Data(output.text.utf8))
    }
}
