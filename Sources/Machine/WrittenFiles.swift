import Foundation

/// Files that this program writes and people may edit: which differ from what should be there, and whose doing that is.
/// What was written is remembered by its digest.
public struct WrittenFiles: Sendable {
    /// One file as it should be; its path is below the folder of all.
    public struct Wanted: Sendable, Equatable {
        /// Below the folder of all.
        public var path: String
        /// All of its text.
        public var contents: String

        /// Makes one from its parts.
        public init(path: String, contents: String) {
            self.path = path
            self.contents = contents
        }
    }

    /// One file that is not as it should be.
    public struct Difference: Sendable, Equatable {
        /// Why a file is not as it should be.
        public enum Cause: Sendable, Equatable {
            /// It is not there yet.
            case new
            /// What we wrote last is no longer what should be there.
            case outdated
            /// Somebody wrote something else than we did.
            case editedByHand
        }

        /// Below the folder of all.
        public var path: String
        /// Whose doing it is.
        public var cause: Cause
        /// Line by line.
        public var description: String

        /// Makes one from its parts.
        public init(path: String, cause: Cause, description: String) {
            self.path = path
            self.cause = cause
            self.description = description
        }
    }

    let folder: String
    let record: String
    let files: Files

    /// - Parameters:
    ///   - folder: what all paths are below.
    ///   - record: the file that keeps the digests.
    public init(folder: String, record: String, files: Files) {
        self.folder = folder
        self.record = record
        self.files = files
    }

    /// What we wrote: paths, and the digests of every text that may be ours.
    private func written() -> [String: [String]] {
        files.record([String: [String]].self, at: record) ?? [:]
    }

    /// Compares the disk with what should be there.
    public func differences(from wanted: [Wanted]) -> [Difference] {
        let written = written()
        return wanted.compactMap { file -> Difference? in
            guard let data = files.data(of: "\(folder)/\(file.path)") else {
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
    public func write(_ wanted: [Wanted]) throws {
        let before = written()
        let after = Dictionary(uniqueKeysWithValues: wanted.map { ($0.path, [Digest($0.contents).description]) })
        try files.write(record: before.merging(after) { $0 + $1 }, to: record)
        for file in wanted {
            let path = "\(folder)/\(file.path)"
            guard files.text(of: path) != file.contents else { continue }
            try files.write(file.contents, to: path)
        }
        try files.write(record: after, to: record)
    }
}
