import Blueprint
import Foundation
import Machine

/// What is known of the sources and the base image of an update lies apart until it runs healthy, and becomes what is known in one step.
/// Killed before that step, `up` is about what ran before and `update` goes on; killed after it, whichever comes next finishes the copying.
extension Deployment {
    private static let names = SourceKind.allCases.map { "\($0.rawValue).json" } + ["base"]
    /// That everything beside it is whole, and counts.
    private var done: String { "\(layout.next)/done" }

    /// Begins an update, or goes on with one that was broken off.
    /// - Parameter renewBase: whether the base image is to be made anew too.
    public func prepareUpdate(renewBase: Bool) throws {
        try completeUpdate()
        if !world.files.isFolder(layout.next) {
            for name in Self.names { try copy(name, from: layout.sources, to: layout.next) }
        }
        guard renewBase else { return }
        let stamp = BaseStamp.make(world.now())
        // One of today that was broken off is gone on with: what is built already is kept.
        let begun = world.files.text(of: "\(layout.next)/base") ?? ""
        let isBegun =
            begun != (world.files.text(of: "\(layout.sources)/base") ?? "") && begun.prefix(8) == stamp.prefix(8)
        if !isBegun { try BaseStamp.write(stamp, layout.next, world.files) }
    }

    /// It runs healthy: what was known of it apart is what is known from now on.
    public func finishUpdate() throws {
        try world.files.write("", to: done)
        try completeUpdate()
    }

    /// Finishes an update that was killed in its very last step.
    public func completeUpdate() throws {
        guard world.files.exists(done) else { return }
        for name in Self.names { try copy(name, from: layout.next, to: layout.sources) }
        try dropUpdate()
    }

    /// An update that did not get healthy, or that is not wanted any more, leaves nothing behind.
    public func dropUpdate() throws {
        // First what makes it count: the rest may then go in any order.
        try world.files.remove(done)
        try world.files.remove(layout.next)
    }

    /// After a failure: what runs healthy counts, whatever failed after it; what does not is forgotten.
    public func endFailedUpdate() throws {
        let deployed = DeployedStack.read(layout, files: world.files)
        if let deployed, !deployed.services.isEmpty, deployed.release == release() {
            try finishUpdate()
        } else {
            try dropUpdate()
        }
    }

    /// What a release was made of is what is known of the sources again.
    func restoreRecords(of release: Release) throws {
        try dropUpdate()
        for (kind, placed) in release.sources {
            try world.files.write(record: placed, to: "\(layout.next)/\(kind).json")
        }
        try world.files.makeFolder(layout.next)
        try BaseStamp.write(release.base, layout.next, world.files)
        try finishUpdate()
    }

    private func copy(_ name: String, from source: String, to target: String) throws {
        guard let data = world.files.data(of: "\(source)/\(name)") else {
            return try world.files.remove("\(target)/\(name)")
        }
        try world.files.write(data, to: "\(target)/\(name)")
    }
}
