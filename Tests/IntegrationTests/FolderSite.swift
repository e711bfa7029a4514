import Foundation
import Machine
import Testing

/// A suite about sites whose file lies in a folder of a computer of their own, named as a person would who typed no option.
protocol FolderSite {}

extension FolderSite {
    /// Where a person types.
    static var folder: String { "/srv/site" }
    /// Where the site lies.
    static var root: String { "/root/.local/share/kopnik/kopnik" }

    func kopnik(_ host: BareHost, _ line: String, input: String? = nil, within limit: Duration = .seconds(900))
        async throws -> CommandOutput
    {
        try await host.run(["sh", "-euc", "cd \(Self.folder); exec kopnik \(line)"], input: input, within: limit)
    }

    /// Whether the site answers.
    func health(_ host: BareHost) async throws -> Bool? {
        let answer = try await host.net([
            "curl", "--silent", "--fail", "--insecure", "--max-time", "5", "--resolve",
            "kopnik.localhost:443:127.0.0.1",
            "https://kopnik.localhost/api/health",
        ])
        return answer.succeeded
    }
}
