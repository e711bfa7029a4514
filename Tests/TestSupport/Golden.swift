import Foundation
public import Testing

/// Compares with `Golden/<name>` beside the test. `RECORD_GOLDEN=1` rewrites the file, and fails, so that a recording run is
/// never taken for a passing one.
public func expectGolden(
    _ text: String, _ name: String, beside file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let url = URL(filePath: file).deletingLastPathComponent().appending(path: "Golden/\(name)")
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        Issue.record("recorded \(name)", sourceLocation: sourceLocation)
        return
    }
    let recorded = (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) }
    guard recorded != text else { return }
    let old = (recorded ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let first = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }
    Issue.record(
        """
        \(name) differs from line \((first?.offset ?? min(old.count, new.count)) + 1) on (RECORD_GOLDEN=1 rewrites it):
        - \(first?.element.0 ?? "end of one text")
        + \(first?.element.1 ?? "")
        """, sourceLocation: sourceLocation)
}

/// A file beside the tests.
public func fixture(_ name: String, beside file: String = #filePath) throws -> String {
    try String(contentsOf: URL(filePath: file).deletingLastPathComponent().appending(path: name), encoding: .utf8)
}
