import Blueprint
import Foundation
import Machine

extension SourcePlace {
    /// Nothing is installed or built in a folder that runs, or that `rollback` may return to: before that happens it is copied, and what is
    /// asked for lies in the copy from then on. What somebody changed in it by hand comes along.
    /// - Parameter withPackages: whether `node_modules` comes along too, for it is as it should be.
    func copyApart(withPackages: Bool) async throws {
        guard let placed = placed(), Releases(deployment: deployment).folders.contains(placed.folder) else { return }
        let files = deployment.world.files
        let releases = deployment.layout.releases
        let temporary = "\(releases)/.new-\(kind.rawValue)"
        try files.remove(temporary)
        try files.makeFolder(temporary)
        let source = "\(releases)/\(placed.folder)"
        let names = files.names(in: source)
        let log =
            try kind == .server ? ServerProfile.of(package(files.data(of: "\(source)/package.json"))).logFolder : nil
        let made: Set<String> = kind == .client ? ["dist", "dist.new", "dist.old"] : log.map { [$0] } ?? []
        let left = withPackages ? made : made.union(["node_modules"])
        let copied = names.filter { !left.contains($0) }.map { "\(source)/\($0)" }
        _ = try await deployment.world.commands.require(
            Command(
                "cp", ["--archive", "--reflink=auto", "--target-directory", temporary, "--"] + copied,
                timeLimit: .seconds(900), log: deployment.log("sources")),
            toDo: "copy \(source), for nothing is changed in what runs")
        if let log { try files.makeFolder("\(temporary)/\(log)") }
        if deployment.world.person.isRoot {
            for path in [temporary] + (log.map { ["\(temporary)/\($0)"] } ?? []) {
                try files.setOwner(path, user: deployment.owner.user, group: deployment.owner.group)
            }
        }
        try files.setMode(temporary, 0o755)
        let folder = Self.freeName(after: placed.folder, among: Set(files.names(in: releases)))
        for mark in ["tree"] + (withPackages ? ["install"] : []) {
            guard let text = files.text(of: "\(deployment.layout.sources)/\(placed.folder).\(mark)") else { continue }
            try files.write(text, to: "\(deployment.layout.sources)/\(folder).\(mark)")
        }
        try files.move(temporary, to: "\(releases)/\(folder)")
        var copy = placed
        copy.folder = folder
        try remember(copy)
    }

    /// `kp-server-c34235e6ac52` → `kp-server-c34235e6ac52+2` → `…+3`.
    static func freeName(after folder: String, among taken: Set<String>) -> String {
        let base = folder.split(separator: "+").first.map(String.init) ?? folder
        var number = 2
        while taken.contains("\(base)+\(number)") { number += 1 }
        return "\(base)+\(number)"
    }
}
