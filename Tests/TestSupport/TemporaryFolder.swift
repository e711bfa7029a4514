import Foundation

/// A folder that is removed with its suite. Keep it in a stored property: a local would be gone after its last use.
public final class TemporaryFolder: Sendable {
    public let path: String

    /// - Parameter name: the folder's own name below one that is unique.
    public init(_ name: String = "kopnik") {
        let unique = FileManager.default.temporaryDirectory.appending(
            path: "kopnik-test-\(UUID().uuidString.prefix(13))")
        path = unique.appending(path: name).path(percentEncoded: false)
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
}
