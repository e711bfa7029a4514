import Blueprint
import Foundation
import Machine

/// The generated files on the disk: which differ from what should be there, and whose doing that is.
struct SettingsFolder: Sendable {
    let layout: Layout
    let files: Files

    /// One file that is not as it should be.
    struct Difference: Sendable, Equatable {
        enum Cause: Sendable, Equatable {
            /// It is not there yet.
            case new
            /// What we wrote last is no longer what should be there.
            case outdated
            /// Somebody wrote something else than we did.
            case editedByHand
        }

        var path: String
        var cause: Cause
        var description: String
    }

    /// What we wrote: paths, and the digests of every text that may be ours.
    private var record: String { "\(layout.state)/written.json" }

    private func written() -> [String: [String]] {
        files.data(of: record).flatMap { try? JSONDecoder().decode([String: [String]].self, from: $0) } ?? [:]
    }

    private func remember(_ digests: [String: [String]]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try files.write(try encoder.encode(digests), to: record)
    }

    /// Compares the disk with what should be there.
    func differences(from wanted: [GeneratedFile]) -> [Difference] {
        let written = written()
        return wanted.compactMap { file -> Difference? in
            guard let data = files.data(of: "\(layout.settings)/\(file.path)") else {
                return Difference(path: file.path, cause: .new, description: "")
            }
            // Not UTF-8 is somebody's edit too.
            let found = String(decoding: data, as: UTF8.self)
            guard found != file.contents else { return nil }
            let isOurs = written[file.path]?.contains(Digest(found).description) ?? false
            return Difference(
                path: file.path, cause: isOurs ? .outdated : .editedByHand,
                description: LineDifference.describe(from: found, to: file.contents))
        }
    }

    /// Writes what should be there. First both the old and the new text are noted as ours, in the end the new one alone:
    /// killed anywhere in between, no file of ours is taken for somebody's edit.
    func write(_ wanted: [GeneratedFile]) throws {
        let before = written()
        let after = Dictionary(uniqueKeysWithValues: wanted.map { ($0.path, [Digest($0.contents).description]) })
        try remember(before.merging(after) { $0 + $1 })
        for file in wanted {
            let path = "\(layout.settings)/\(file.path)"
            guard files.text(of: path) != file.contents else { continue }
            try files.write(file.contents, to: path)
        }
        try remember(after)
    }
}
