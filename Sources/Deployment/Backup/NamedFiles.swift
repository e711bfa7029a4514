import Blueprint
public import Foundation
import Machine

/// The uploaded files that rows of the database name, compared with those that came back.
public struct NamedFiles: Sendable, Codable, Equatable {
    /// A file that is not there with the size that its row says.
    public struct Missing: Sendable, Codable, Equatable {
        /// Its name below the folder of uploads.
        public var name: String
        /// The size that its row says, in bytes.
        public var size: Int?
        /// The size it has; `nil`: it is not there.
        public var found: Int?
        /// When its row was written.
        public var written: Date?

        /// Whether its row was written after the newest files were kept: it follows within the minute.
        public func isYounger(than keptAt: Date) -> Bool {
            written.map { $0 >= keptAt.addingTimeInterval(-10) } ?? false
        }

        /// Its name as it may be shown: whoever uploaded it chose it.
        public var shown: String { name.shown(instead: "?") }
    }

    /// The tables that name files; empty: of these sources nobody knows which do.
    public var tables: [String] = []
    /// How many files they name.
    public var named = 0
    /// The first thousand that are missing.
    public var missing: [Missing] = []
    /// How many are.
    public var missingCount = 0

    /// Reads what `compare-files` says; `nil`: it did not come to its end.
    init?(_ text: String) {
        var isWhole = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            switch words.first {
            case "TABLE": tables.append(String(line.dropFirst("TABLE ".count)))
            case "MISSING" where words.count == 5:
                missing.append(
                    Missing(
                        name: Self.text(hexadecimal: words[1]), size: Int(words[2]), found: Int(words[3]),
                        written: Double(words[4]).map { Date(timeIntervalSince1970: $0) }))
            case "COMPARED" where words.count == 3:
                named = Int(words[1]) ?? 0
                missingCount = Int(words[2]) ?? 0
                isWhole = true
            default: break
            }
        }
        guard isWhole else { return nil }
    }

    private static func text(hexadecimal: String) -> String {
        let digits = Array(hexadecimal.utf8)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In a few words.
    public var words: String {
        guard !tables.isEmpty else { return "which files the rows name is not known for these sources" }
        return missingCount == 0
            ? "each of the \(named) files that rows name is there with its size"
            : "\(missingCount) of the \(named) files that rows name \(missingCount == 1 ? "is" : "are") missing"
    }

    /// The first names, in one line.
    static func names(_ missing: [Missing]) -> String {
        let shown = missing.prefix(5).map { file in
            file.found.map { "\(file.shown) (\($0) bytes instead of \(file.size ?? 0))" } ?? file.shown
        }
        return shown.joined(separator: ", ") + (missing.count > 5 ? " and \(missing.count - 5) more" : "")
    }

    /// Where their names are written.
    static func list(_ layout: Layout) -> String { "\(layout.backup)/missing-files.txt" }

    /// All that are known by name, a line each, for that file.
    var list: String { Self.lines(missing) }

    /// Keeps the names of those that the running site misses, or forgets the last ones.
    static func keep(_ missing: [Missing], in layout: Layout, _ files: Files) throws {
        if missing.isEmpty { try files.remove(list(layout)) } else { try files.write(lines(missing), to: list(layout)) }
    }

    private static func lines(_ missing: [Missing]) -> String {
        missing.map { file in
            let found = file.found.map { "\($0) bytes instead of \(file.size ?? 0)" } ?? "not there"
            return "\(file.shown)\t\(found)\t\(file.written?.universalSecond ?? "")\n"
        }.joined()
    }
}

extension RepositoryTool {
    /// Compares what the rows of a database that was just brought back name with a folder of files.
    /// - Returns: `nil` where the list is gone, for the database was started since.
    /// - Parameter folder: where the files lie in what is mounted.
    func compareFiles(_ name: String, database: String, files: Mount, folder: String = "") async throws -> NamedFiles? {
        let output = try await alone(
            name, ["compare-files", "/var/lib/postgresql/.named-files", files.target + folder], mounts: [files],
            volume: database, timeLimit: nil)
        if output.exitCode == 3 { return nil }
        guard output.succeeded, let found = NamedFiles(output.standardOutput) else {
            throw failure("rows could not be compared with files", output)
        }
        return found
    }
}
