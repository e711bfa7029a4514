import Blueprint
import Machine

/// The generated files of a site on the disk.
struct SettingsFolder: Sendable {
    let layout: Layout
    let files: Files

    private var written: WrittenFiles {
        WrittenFiles(folder: layout.settings, record: "\(layout.state)/written.json", files: files)
    }

    /// Compares the disk with what should be there.
    func differences(from wanted: [GeneratedFile]) -> [WrittenFiles.Difference] {
        written.differences(from: wanted.map { WrittenFiles.Wanted(path: $0.path, contents: $0.contents) })
    }

    /// Writes what should be there.
    func write(_ wanted: [GeneratedFile]) throws {
        try written.write(wanted.map { WrittenFiles.Wanted(path: $0.path, contents: $0.contents) })
    }
}
