import Foundation
import Machine

/// Of when the base image is, where it was renewed: part of the names of all images, so that renewing it is a change like any other.
enum BaseStamp {
    private static func path(_ records: String) -> String { "\(records)/base" }

    /// Such as `20261125T160500`; `nil` for the base image of the first `up`.
    static func read(_ deployment: Deployment) -> String? {
        let text = deployment.world.files.text(of: path(deployment.records))?.trimmed
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    static func write(_ stamp: String?, _ records: String, _ files: Files) throws {
        guard let stamp else { return try files.remove(path(records)) }
        try files.write(stamp, to: path(records))
    }

    /// A new one, to the second.
    static func make(_ now: Date) -> String {
        let text = now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: false))
        return text.filter { $0.isNumber || $0 == "T" }
    }
}
