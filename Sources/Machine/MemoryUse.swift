/// How much of this computer's memory is taken.
public struct MemoryUse: Sendable, Equatable {
    /// Bytes that a new program could have without anything being pushed out (proc(5), MemAvailable).
    public var available: Int
    /// Bytes in all.
    public var total: Int

    /// Asks the kernel; `nil` where it does not say.
    public static func read() -> MemoryUse? { Files().text(of: "/proc/meminfo").flatMap { MemoryUse(table: $0) } }

    /// Reads `/proc/meminfo`.
    init?(table: String) {
        var values: [Substring: Int] = [:]
        for line in table.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            values[parts[0]] = parts[1].split(separator: " ").first.flatMap { Int($0) }
        }
        guard let available = values["MemAvailable"], let total = values["MemTotal"] else { return nil }
        (self.available, self.total) = (available << 10, total << 10)
    }
}
