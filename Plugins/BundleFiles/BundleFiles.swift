import Foundation
import PackagePlugin

/// Puts `images/`, `demo/`, `lab/` and the like into the module `Bundled` as Swift source.
@main
struct BundleFiles: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL
        let folders = ["images", "demo", "probes", "dashboard", "server", "lab"]
        let inputs = folders.flatMap { folder -> [URL] in
            let base = root.appending(path: folder, directoryHint: .isDirectory)
            let paths = (try? FileManager.default.subpathsOfDirectory(atPath: base.path(percentEncoded: false))) ?? []
            return paths.map { base.appending(path: $0) }
        }
        let output = context.pluginWorkDirectoryURL.appending(path: "GeneratedFiles.swift")
        return [
            .buildCommand(
                displayName: "Bundling images, demo, probes, server and lab",
                executable: try context.tool(named: "bundle-files").url,
                arguments: [output.path(percentEncoded: false), root.path(percentEncoded: false)] + folders,
                inputFiles: inputs,
                outputFiles: [output]
            )
        ]
    }
}
