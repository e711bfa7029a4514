import Blueprint
import Foundation
import Machine
import Site
import Standby

/// A site of two servers that was brought back from its backups is on one alone: what the backups say of two is about computers that are gone.
struct AloneAgain: Sendable {
    let deployment: Deployment

    /// What became of the two.
    struct Outcome: Codable, Sendable, Equatable {
        /// The addresses that the site file named, in words.
        var were: String
        /// The epoch that begins here.
        var epoch: Int
    }

    private var files: Files { deployment.world.files }
    private var layout: Layout { deployment.layout }

    /// Between the last backup and the end of both servers places may have been changed, which no backup knows of.
    static let unseen = 100

    /// Higher than any that one of the two can be in, were it to come back.
    static func epoch(after known: Int) -> Int { known + unseen }

    /// Forgets the part that the server had from which the backups are. Nothing would start otherwise: that part waits for an answer of the
    /// other server.
    /// - Parameters:
    ///   - hosts: what the site file named when the files were kept.
    ///   - highest: the highest epoch that is written down beside the backups.
    /// - Returns: `nil` for a site that never had two.
    func settle(_ hosts: Site.Hosts, written highest: Int? = nil) throws -> Outcome? {
        let known = [deployment.lastEpoch, (try? Pair(deployment: deployment).record())??.epoch, highest]
            .compactMap { $0 }.max()
        guard known != nil || hosts.isPair || files.exists(layout.pair) else { return nil }
        let epoch = Self.epoch(after: known ?? 1)
        try files.write("\(epoch)\n", to: deployment.epochPath)
        // After the number is kept: where this is broken off, it is done once more.
        try files.remove(layout.pair)
        return Outcome(were: hosts.words, epoch: epoch)
    }
}

extension Site.Hosts {
    /// For people.
    fileprivate var words: String {
        [("main", main), ("standby", standby)].compactMap { name, host in host.map { "\(name) \(Self.address($0))" } }
            .joined(separator: ", ")
    }
}
