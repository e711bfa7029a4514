import Blueprint
import Machine
import Site

/// Both sources lie in `.releases`, whole and unchanged.
struct SourcesStep: Step {
    let deployment: Deployment
    let name = "Sources"

    func inspect() async throws -> Inspection {
        var changes: [Change] = []
        var titles: [String] = []
        for kind in SourceKind.allCases {
            let place = SourcePlace(deployment: deployment, kind: kind)
            if case .folder(let path) = kind.source(in: deployment.site) { try place.checkFolder(path) }
            if let placed = place.placed() {
                titles.append("\(kind.rawValue) \(placed.title)")
            } else {
                changes.append(Change("copy \(kind.rawValue) from \(place.describe())"))
            }
        }
        return Inspection(
            changes.isEmpty ? titles.joined(separator: ", ") : "\(changes.count) to copy", changes: changes)
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        for kind in SourceKind.allCases {
            let place = SourcePlace(deployment: deployment, kind: kind)
            if place.placed() == nil { try await place.place(detail) }
        }
    }
}

extension Deployment {
    /// The release that is asked for, if both sources were placed.
    func release() -> SourceRelease? {
        guard let server = SourcePlace(deployment: self, kind: .server).placed(),
            let client = SourcePlace(deployment: self, kind: .client).placed()
        else { return nil }
        return SourceRelease(server: server.folder, client: client.folder)
    }
}
