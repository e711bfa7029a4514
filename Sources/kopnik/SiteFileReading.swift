import Foundation
import Site

/// The site file of a call: the one that is named, or the one of this folder.
enum SiteFileReading {
    /// A site file that was read, or `nil` where there is none.
    static func read(_ file: String?) throws -> Site? {
        let path = file ?? "kopnik.yaml"
        guard file != nil || FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageFailure(
                description: "kopnik: the site file \(path) cannot be read\n  fix:     check its name and its rights")
        }
        do {
            var site = try SiteFile.read(bytes: [UInt8](data), name: path)
            let folder = URL(filePath: path).deletingLastPathComponent()
            site.sources.server = Self.absolute(site.sources.server, in: folder)
            site.sources.client = Self.absolute(site.sources.client, in: folder)
            return site
        } catch {
            throw UsageFailure(description: "\(error)")
        }
    }

    /// Folders in a site file are meant from where the file lies.
    private static func absolute(_ source: Site.Source, in folder: URL) -> Site.Source {
        guard case .folder(let path) = source, !path.hasPrefix("/") else { return source }
        return .folder(folder.appending(path: path).standardizedFileURL.path(percentEncoded: false))
    }
}
