import Foundation
import Machine

/// What `up` made on this computer outside its own folder and Docker's labels, so that `destroy` removes that and nothing else.
/// Each entry is written *before* the thing is made: killed in between, it is removed although it was never made.
struct Manifest: Codable, Sendable, Equatable {
    /// Packages that were installed; `destroy` names them and leaves them.
    var packages: [String] = []
    /// Packages whose installation has begun and is not known to have ended: a program of theirs may be there and not work.
    var unfinishedPackages: [String]?
    /// The swarm was made by us.
    var madeSwarm = false
    /// The Docker daemon was started by us, where there is no systemd to do it.
    var startedDaemon = false
    /// Images that were pulled.
    var pulledImages: [String] = []
    /// The authority's certificate was put among those that this computer trusts.
    var trustedCertificate: String?
    /// The person's folder of browser certificates that trusts it too.
    var browserStore: String?
    /// That folder was made by us.
    var madeBrowserStore: Bool?

    init() {}

    /// Reads it; an empty one where there is none.
    static func read(_ path: String, files: Files = Files()) -> Manifest {
        files.record(Manifest.self, at: path) ?? Manifest()
    }

    /// Changes it on the disk.
    static func change(_ path: String, files: Files = Files(), _ body: (inout Manifest) -> Void) throws {
        var manifest = read(path, files: files)
        body(&manifest)
        try files.write(record: manifest, to: path, mode: 0o600)
    }
}
