import Foundation

// Writes one Swift file that carries every file of the named folders: `bundle-files OUTPUT ROOT FOLDER…`.
// Contents travel as base64 in string literals: the compiler reads a literal in no time, an array of bytes it does not.

let arguments = CommandLine.arguments
guard arguments.count >= 4 else {
    FileHandle.standardError.write(Data("usage: bundle-files OUTPUT ROOT FOLDER…\n".utf8))
    exit(2)
}
let output = URL(filePath: arguments[1])
let root = URL(filePath: arguments[2], directoryHint: .isDirectory)

// What running the sources leaves in them is not part of them.
let made: Set<String> = ["node_modules", "dist", "__pycache__", "package-lock.json"]

var entries: [String] = []
for folder in arguments.dropFirst(3) {
    let base = root.appending(path: folder, directoryHint: .isDirectory)
    for relative in try FileManager.default.subpathsOfDirectory(atPath: base.path(percentEncoded: false)).sorted() {
        let path = base.path(percentEncoded: false) + relative
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
            made.isDisjoint(with: relative.split(separator: "/").map(String.init))
        else { continue }
        let data = try Data(contentsOf: URL(filePath: path))
        let executable = FileManager.default.isExecutableFile(atPath: path)
        entries.append(
            "        BundledFile(path: \"\(folder)/\(relative)\", isExecutable: \(executable), base64: \"\(data.base64EncodedString())\"),"
        )
    }
}

let source = """
    extension BundledFile {
        static let generated: [BundledFile] = [
    \(entries.joined(separator: "\n"))
        ]
    }

    """
try source.write(to: output, atomically: true, encoding: .utf8)
