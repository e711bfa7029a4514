public import Foundation

extension Date {
    /// The day in UTC, such as `2026-11-25`.
    public var universalDay: String { formatted(.iso8601.year().month().day()) }

    /// The second in UTC, such as `2026-11-25 14:00:05 UTC`.
    public var universalSecond: String {
        "\(universalDay) \(formatted(.iso8601.time(includingFractionalSeconds: false))) UTC"
    }

    /// The minute in UTC, such as `2026-11-25 14:00 UTC`.
    public var universalMinute: String {
        let time = formatted(.iso8601.time(includingFractionalSeconds: false))
        return "\(universalDay) \(time.dropLast(3)) UTC"
    }
}
