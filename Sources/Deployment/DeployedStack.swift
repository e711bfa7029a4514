import Blueprint
import Engine
import Foundation
import Machine

/// The last deployment that got healthy: enough to tell what somebody changed since, and to go back to it as a whole.
struct DeployedStack: Codable, Sendable, Equatable {
    var release: SourceRelease
    /// The site file it was made from, complete.
    var site: String
    /// Every generated file as it was.
    var files: [String: String]
    /// The digest of each service's specification as Docker held it.
    var services: [String: String]

    static func path(_ layout: Layout) -> String { "\(layout.deployed)/last.json" }

    static func read(_ layout: Layout, files: Files) -> DeployedStack? {
        files.record(DeployedStack.self, at: path(layout))
    }

    func write(_ layout: Layout, files: Files) throws {
        try files.write(record: self, to: Self.path(layout))
    }

    /// Services that are no longer as they were deployed.
    func changedByHand(_ now: [ServiceState]) -> [String] {
        now.filter { state in services[state.name].map { $0 != Digest(state.specification).short } ?? false }.map(
            \.name)
    }

    var generated: [GeneratedFile] {
        files.sorted { $0.key < $1.key }.map { GeneratedFile(path: $0.key, contents: $0.value) }
    }
}
