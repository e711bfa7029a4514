import Blueprint
import Foundation
import Machine

/// What lies in the folders of the two sources.
struct SourcesSighting: Sendable, Equatable {
    var client: SourceFolder?
    /// Where `/home/ubuntu/sftp/kp-server` really is.
    var server: SourceFolder?
    /// Where certificates really are on this computer.
    var letsEncrypt: String

    static func read(_ layout: Layout, _ files: Files) -> SourcesSighting {
        SourcesSighting(
            client: SourceFolder.read("\(layout.home)/kp-client", files),
            server: SourceFolder.read("\(layout.sftp)/kp-server", files),
            letsEncrypt: SourceFolder.real(layout.letsEncrypt))
    }
}

/// One source, as it lies on the disk.
struct SourceFolder: Sendable, Equatable {
    /// Without symbolic links.
    var path: String
    /// Where git got it from, or `nil` where git did not.
    var origin: String?
    /// Packages that `package.json` names.
    var dependencies: [String]
    /// Those of them that are not in `node_modules`.
    var missing: [String]
    /// The number of files in `dist`, and their bytes.
    var built: Int
    var builtBytes: Int
    /// Scripts and styles that `dist/index.html` names and `dist` does not have; `nil` where there is no `index.html`.
    var absent: [String]?
    /// A source file that is younger than everything in `dist`.
    var younger: String?

    /// The path without symbolic links; as it is where it leads nowhere.
    static func real(_ path: String) -> String {
        guard let pointer = realpath(path, nil) else { return path }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// Looks; `nil` where there is no `package.json`.
    static func read(_ path: String, _ files: Files) -> SourceFolder? {
        struct Package: Decodable {
            var dependencies: [String: String]?
            var devDependencies: [String: String]?
        }
        guard let data = files.data(of: "\(path)/package.json"),
            let package = try? JSONDecoder().decode(Package.self, from: data)
        else {
            return nil
        }
        let real = real(path)
        let names = (package.dependencies ?? [:]).keys.sorted()
        let dist = "\(real)/dist"
        let built = files.tree(of: dist)
        return SourceFolder(
            path: real, origin: origin(in: files.text(of: "\(real)/.git/config") ?? ""), dependencies: names,
            missing: names.filter { !files.exists("\(real)/node_modules/\($0)/package.json") }, built: built.count,
            builtBytes: built.compactMap { files.size(of: "\(dist)/\($0)") }.reduce(0, +),
            absent: files.text(of: "\(dist)/index.html").map { page in
                local(in: page).filter { !files.exists("\(dist)/\($0)") }
            },
            younger: younger(real, than: built.compactMap { time("\(dist)/\($0)") }.max(), files))
    }

    /// Reads git-config(1): the first `url` there is.
    static func origin(in text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmed)
            if parts.count == 2, parts[0] == "url" { return parts[1] }
        }
        return nil
    }

    /// Scripts and styles of this site that a page names.
    static func local(in page: String) -> [String] {
        page.matches(of: #/(?:src|href)="\/?([^":?#]+\.(?:js|css))["?#]/#).map { String($0.output.1) }.filter {
            !$0.hasPrefix("/")
        }
    }

    private static func time(_ path: String) -> Date? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
    }

    private static func younger(_ path: String, than newest: Date?, _ files: Files) -> String? {
        guard let newest else { return nil }
        let own = files.names(in: path).filter {
            !["node_modules", "dist"].contains($0) && !$0.hasPrefix("package") && !$0.hasPrefix(".")
        }
        for name in own {
            let inner =
                files.isFolder("\(path)/\(name)") ? files.tree(of: "\(path)/\(name)").map { "\(name)/\($0)" } : [name]
            // A build writes its files over a moment; a copy of sources may share that second.
            if let file = inner.first(where: {
                time("\(path)/\($0)").map { $0 > newest.addingTimeInterval(2) } ?? false
            }) {
                return file
            }
        }
        return nil
    }
}
