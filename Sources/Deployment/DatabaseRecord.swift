import Blueprint
public import Foundation
import Machine
import Site

/// That the data of another version of Postgres are kept, and what is needed to return to them. On the disk until `kopnik database confirm`.
public struct DatabaseRecord: Codable, Sendable {
    /// The version that was put aside.
    public var kept: Int
    /// The version that took its place.
    public var current: Int
    /// When.
    public var at: Date
    /// The word of `kopnik database` that was broken off after it had begun to switch, and goes on when it is given again.
    public var pending: String?
    /// The image that ran the one that was put aside.
    var image: String
    /// What was in the database at that moment.
    var contents: DatabaseContents

    static func path(_ layout: Layout) -> String { "\(layout.deployed)/database.json" }
}

extension Deployment {
    /// What is kept of another version of Postgres; `nil` where nothing is.
    public var databaseRecord: DatabaseRecord? {
        world.files.record(DatabaseRecord.self, at: DatabaseRecord.path(layout))
    }

    /// The version of Postgres that the data in the volume are of, as far as what was deployed last tells; `nil` before that.
    public var deployedPostgres: Int? {
        DeployedStack.read(layout, files: world.files).flatMap { try? SiteFile.read(text: $0.site, name: "site.yaml") }?
            .postgres.version
    }

    /// The data are converted by a command of its own, never by the way: no other Postgres is started beside them.
    func refuseOtherPostgres() throws {
        if let pending = databaseRecord?.pending {
            throw Failure(
                "an exchange of Postgres was broken off",
                because: "the services are still to be started on the other data",
                fix: "kopnik database \(pending)")
        }
        guard let data = deployedPostgres, data != site.postgres.version else { return }
        let wanted = site.postgres.version
        let stay = "to stay with \(data), write into the site file:  postgres: {version: \(data)}"
        guard wanted > data else {
            let isKept = databaseRecord.map { $0.kept == wanted && $0.current == data } ?? false
            throw Failure(
                "the database is of Postgres \(data), and the site file asks for \(wanted)",
                because: "data of a newer version cannot be read by an older one",
                fix: (isKept ? "kopnik database back (returns to the data that were kept); or, " : "") + stay)
        }
        throw Failure(
            "the database is of Postgres \(data), and the site file asks for \(wanted)",
            because: "its data have to be copied into a new folder, while nothing can be written for some seconds",
            fix: "kopnik database upgrade (the old data are kept); or, \(stay)")
    }
}
