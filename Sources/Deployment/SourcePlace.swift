import Blueprint
import Bundled
import Foundation
import Machine
import Site

/// Which of the two sources.
enum SourceKind: String, Sendable, CaseIterable, Codable {
    case server = "kp-server"
    case client = "kp-client"

    func source(in site: Site) -> Site.Source { self == .server ? site.sources.server : site.sources.client }

    /// The scripts of `package.json` by which it is started or built (N4, C3).
    func scripts(of package: PackageFacts) -> [String] {
        self == .server ? ServerProfile.of(package).scripts : ["build"]
    }
}

/// Where one source was placed, as it is remembered.
struct PlacedSource: Codable, Sendable, Equatable {
    /// What was asked for, so that another wish is seen.
    var wish: String
    /// The folder in `.releases`.
    var folder: String
    /// For people: `demo`, a commit, or a folder.
    var title: String
    /// The digest of the folder as it was placed: tells what somebody changed in it since.
    var tree: String
    /// How it stands to what was looked at; `nil` where nothing was, or an older kopnik placed it.
    var acquaintance: Acquaintance?
}

/// One source on its way into `.releases`.
struct SourcePlace: Sendable {
    let deployment: Deployment
    let kind: SourceKind

    private var files: Files { deployment.world.files }
    var record: String { "\(deployment.records)/\(kind.rawValue).json" }

    /// The digest of a folder of `.releases` as it was placed.
    func treeRecord(_ folder: String) -> String { "\(deployment.layout.sources)/\(folder).tree" }

    /// What is asked for, in one line; changes if something else is asked for.
    func wish() -> String {
        switch kind.source(in: deployment.site) {
        case .demo: "demo \(demoDigest.short)"
        case .git(let url, let ref): "git \(url) \(ref)"
        case .folder(let path): "folder \(path) \(treeDigest(of: path).short)"
        }
    }

    /// Where it lies, if what is asked for was placed already.
    func placed() -> PlacedSource? {
        guard let placed = files.record(PlacedSource.self, at: record), placed.wish == wish(),
            files.isFolder("\(deployment.layout.releases)/\(placed.folder)")
        else { return nil }
        return placed
    }

    /// What somebody changed by hand in the folder that was placed last, in words; `nil` where nothing was.
    func editedByHand() -> String? {
        guard let last = files.record(PlacedSource.self, at: record) else { return nil }
        let folder = "\(deployment.layout.releases)/\(last.folder)"
        guard files.isFolder(folder), treeDigest(of: folder).short != last.tree else { return nil }
        return "files of \(kind.rawValue) were changed by hand in \(folder)"
    }

    /// Puts it into a folder of its own, first under another name: a folder with the final name is always whole.
    func place(_ detail: @Sendable (String) async -> Void) async throws {
        let wish = wish()
        let temporary = "\(deployment.layout.releases)/.new-\(kind.rawValue)"
        try files.remove(temporary)
        try files.makeFolder(deployment.layout.releases)
        await detail("\(kind.rawValue)")
        let (suffix, title) = try await fill(temporary)
        let package = try package(files.data(of: "\(temporary)/package.json"))
        if kind == .server {
            if let name = ServerProfile.of(package).logFolder { try files.makeFolder("\(temporary)/\(name)") }
        }
        let acquaintance = await acquaintance(of: temporary, package)
        let folder = "\(kind.rawValue)-\(suffix)"
        let target = "\(deployment.layout.releases)/\(folder)"
        if files.isFolder(target) {
            try files.remove(temporary)
        } else {
            if deployment.world.person.isRoot {
                try files.setOwner(ofTree: temporary, user: deployment.owner.user, group: deployment.owner.group)
            }
            // nginx's own user has to get in, whatever rights the folder came with.
            try files.setMode(temporary, 0o755)
            // A power cut must not leave a whole folder of empty files.
            files.flush(temporary)
            try files.move(temporary, to: target)
            // Once: a folder that is used again may have been changed by hand meanwhile.
            try files.write(treeDigest(of: target).short, to: treeRecord(folder))
        }
        let tree = files.text(of: treeRecord(folder)) ?? treeDigest(of: target).short
        try remember(PlacedSource(wish: wish, folder: folder, title: title, tree: tree, acquaintance: acquaintance))
    }

    func remember(_ placed: PlacedSource) throws {
        try files.write(record: placed, to: record)
    }

    private func fill(_ target: String) async throws -> (suffix: String, title: String) {
        switch kind.source(in: deployment.site) {
        case .demo:
            for file in BundledFile.files(under: "demo/\(kind.rawValue)") {
                let path = file.path.dropFirst("demo/\(kind.rawValue)/".count)
                try files.write(file.contents, to: "\(target)/\(path)", mode: file.isExecutable ? 0o755 : 0o644)
            }
            return ("demo-\(demoDigest.short)", "demo")
        case .folder(let path):
            try checkFolder(path)
            _ = try await deployment.world.commands.require(
                Command(
                    "cp", ["--archive", "--reflink=auto", "--", "\(path)/.", target], log: deployment.log("sources")),
                toDo: "copy \(path)")
            return ("folder-\(treeDigest(of: path).short)", (path as NSString).lastPathComponent)
        case .git(let url, let ref):
            let source = GitSource(
                deployment: deployment, url: url, ref: ref, kind: kind, log: deployment.log("sources"))
            return try await source.clone(to: target)
        }
    }

    /// Says at once what is wrong with a folder that the site file names.
    func checkFolder(_ path: String) throws {
        guard files.isFolder(path) else {
            throw Failure(
                "there is no folder \(path)", because: "the site file names it as the source of \(kind.rawValue)",
                fix: "correct 'sources' in the site file")
        }
        try checkPackage(in: path)
    }

    /// Reads a source's package.json and says what the specification's contract misses in it, before npm is asked for anything.
    func package(_ data: Data?) throws -> PackageFacts {
        guard let data else {
            throw Failure(
                "\(describe()) has no package.json",
                because: "it is not the source of a Node.js program like \(kind.rawValue)",
                fix: "correct 'sources' in the site file; 'kopnik up --demo' uses the bundled sources")
        }
        guard let package = try? JSONDecoder().decode(PackageFacts.self, from: data) else {
            throw Failure(
                "the package.json of \(kind.rawValue) cannot be read", because: "it is not valid JSON",
                fix: "correct package.json in \(describe())")
        }
        let missing = kind.scripts(of: package).filter { package.scripts[$0] == nil }
        guard missing.isEmpty else {
            throw Failure(
                "\(kind.rawValue) has no npm script '\(missing.joined(separator: "', '"))'",
                because: "the specification starts it by that name, and \(describe()) does not have it",
                fix: "add the script to package.json there, or raise the bundled sources: kopnik up --demo")
        }
        return package
    }

    func checkPackage(in folder: String) throws { _ = try package(files.data(of: "\(folder)/package.json")) }

    func describe() -> String {
        switch kind.source(in: deployment.site) {
        case .demo: "the bundled demo"
        case .git(let url, let ref): "\(url) at \(ref)"
        case .folder(let path): path
        }
    }

    private var demoDigest: Digest {
        Digest(BundledFile.files(under: "demo/\(kind.rawValue)").map { "\($0.path) \(Digest($0.contents))\n" }.joined())
    }

    /// Of names, sizes and times: a folder that was not touched keeps it. What npm, the build and the application write does not count.
    func treeDigest(of path: String) -> Digest {
        let folders: Set<String> = ["node_modules", ".git", "dist", "log", "upload"]
        let written = ["package-lock.json", "cfg/private.js"]
        let lines = files.tree(of: path, skipping: folders).filter { !written.contains($0) }.map {
            name -> String in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(name) \(attributes?[.size] ?? 0) \(time)\n"
        }
        return Digest(lines.joined())
    }
}
