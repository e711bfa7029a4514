import Foundation
public import Machine

/// The Vagrantfile in a folder: written by this program, read by people, and theirs once they changed it.
public struct WrittenVagrantfile: Sendable {
    let files: Files
    let path: String

    /// Of a folder.
    public init(_ files: Files, folder: String) {
        self.files = files
        path = folder + "/Vagrantfile"
    }

    private static let mark = "# Written by kopnik; what follows has the digest "

    /// Writes it, unless it is there.
    /// - Parameter force: whether another one is overwritten.
    /// - Returns: whether it was written.
    /// - Throws: `Failure` where somebody else wrote or changed the one that is there.
    public func write(_ text: String, force: Bool) throws -> Bool {
        let wanted = "\(Self.mark)\(Digest(text).short)\n\(text)"
        let present = files.text(of: path)
        if present == wanted { return false }
        if let present, !force, !Self.isOurs(present) {
            throw Failure(
                "there is a Vagrantfile here that kopnik did not write like this",
                because: "\(path) was written or changed by hand",
                fix: "put it aside, or let it be overwritten with --force (what was changed in it is lost)")
        }
        try files.write(wanted, to: path)
        return true
    }

    private static func isOurs(_ text: String) -> Bool {
        guard text.hasPrefix(mark), let end = text.firstIndex(of: "\n") else { return false }
        return text[..<end] == mark + Digest(String(text[text.index(after: end)...])).short
    }
}
