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
            if let placed = place.placed(), let commit = try await place.newer(than: placed) {
                changes.append(
                    Change(
                        "fetch \(kind.rawValue) \(commit.prefix(7)), build it beside \(placed.title) and switch to it",
                        conflict: place.editedByHand()))
            } else if let placed = place.placed() {
                let age = try await deployment.facts(kind).flatMap { place.words($0) }
                titles.append("\(kind.rawValue) \(placed.title)" + (age.map { " (\($0))" } ?? ""))
            } else {
                changes.append(try await change(place))
            }
        }
        return Inspection(
            changes.isEmpty ? titles.joined(separator: ", ") : "\(changes.count) to copy", changes: changes)
    }

    /// What is copied, and what is known of it.
    private func change(_ place: SourcePlace) async throws -> Change {
        let from = "copy \(place.kind.rawValue) from \(place.describe())"
        guard let facts = try await deployment.facts(place.kind) else {
            return Change(from, difference: "what it needs is seen when git is there to fetch it")
        }
        let (title, rules) =
            try await place.kind == .server
            ? { ($0.title, $0.rules) }(deployment.serverProfile())
            : { ($0.title, $0.rules) }(deployment.clientProfile())
        let age = place.words(facts).map { ["· \($0): some of this may not fit it any more"] } ?? []
        let lines = rules.isEmpty ? [] : ["it is \(title):"] + age + rules.map { "· " + $0 }
        return Change(
            facts.title == "demo" ? from : "\(from) (\(facts.title))",
            difference: lines.isEmpty ? nil : lines.joined(separator: "\n"), conflict: place.editedByHand())
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        for kind in SourceKind.allCases {
            let place = SourcePlace(deployment: deployment, kind: kind)
            if let placed = place.placed(), try await place.newer(than: placed) == nil { continue }
            try await place.place(detail)
            await deployment.sources.forget(kind)
            await deployment.images.forget()
            // One more may have been pushed meanwhile: the next update takes that.
            await deployment.newest.forget(kind)
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
