/// An amount of memory, written and read as PostgreSQL does it: `512MB`, where each unit is 1024 times the one before.
public struct ByteCount: Sendable, Equatable, Comparable, Hashable, CustomStringConvertible {
    /// The amount in bytes; not negative.
    public let bytes: Int

    /// From a number of bytes, which must not be negative; nothing checks that.
    public init(bytes: Int) {
        self.bytes = bytes
    }

    /// So many times 1024 bytes.
    public static func kilobytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 10) }
    /// So many times 1024² bytes.
    public static func megabytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 20) }
    /// So many times 1024³ bytes.
    public static func gigabytes(_ count: Int) -> ByteCount { ByteCount(bytes: count << 30) }

    /// Reads `512MB`. The unit is required: what a bare number means differs from setting to setting in PostgreSQL.
    /// As in PostgreSQL, letter case matters; a single space may stand before the unit.
    public init?(_ text: String) {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        var rest = text.utf8.dropFirst(digits.count)
        if rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
        guard
            let count = Int(String(Substring(digits))),
            let unit = Self.units.first(where: { $0.name == String(Substring(rest)) })
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        if overflow { return nil }
        self.bytes = bytes
    }

    /// The amount in the largest unit that divides it: `1GB` for 1024 MB, as `SHOW` in PostgreSQL prints it.
    public var description: String {
        for unit in Self.units where bytes > 0 && bytes.isMultiple(of: unit.bytes) {
            return "\(bytes / unit.bytes)\(unit.name)"
        }
        return "0B"
    }

    /// Whether the left amount is the smaller one.
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    private static let units: [(name: String, bytes: Int)] = [
        ("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("B", 1),
    ]
}

extension ByteCount {
    /// Whether two texts name the same amount: `1GB` is `1024MB`. Texts that are no amounts are compared letter by letter.
    public static func areSame(_ left: String, _ right: String) -> Bool {
        if left == right { return true }
        guard let left = ByteCount(left), let right = ByteCount(right) else { return false }
        return left == right
    }
}
