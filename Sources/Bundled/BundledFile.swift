public import Foundation

/// A file of `images/`, `demo/`, `probes/` or `server/` that the program carries inside itself.
public struct BundledFile: Sendable {
    /// Where it stood in the repository, such as `images/db/Dockerfile`.
    public let path: String
    /// Whether it had its executable bit.
    public let isExecutable: Bool
    let base64: String

    /// The file's bytes.
    public var contents: Data { Data(base64Encoded: base64) ?? Data() }

    /// The text of one bundled file, such as `probes/outside.py`; empty where there is none of that path.
    public static func text(at path: String) -> String {
        String(decoding: generated.first { $0.path == path }?.contents ?? Data(), as: UTF8.self)
    }

    /// Every bundled file below a folder, such as `images/db`, in order of path.
    public static func files(under folder: String) -> [BundledFile] {
        generated.filter { $0.path.hasPrefix(folder + "/") }
    }
}
