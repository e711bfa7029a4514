import Foundation

/// How full the disk is that a path lies on.
public struct DiskUse: Sendable, Equatable {
    /// Bytes that may still be written by anybody but root.
    public var free: Int
    /// Bytes in all, without what is kept for root.
    public var total: Int

    /// 0–100, as `df` counts it.
    public var percent: Int { total > 0 ? Int((Double(total - free) / Double(total) * 100).rounded(.up)) : 100 }

    /// Makes one from its parts, in bytes; `read` asks the file system.
    public init(free: Int, total: Int) {
        self.free = free
        self.total = total
    }

    /// Asks the file system; `nil` where there is no such path.
    public static func read(_ path: String) -> DiskUse? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let unit = Int(status.f_frsize)
        let reserved = Int(status.f_bfree) - Int(status.f_bavail)
        return DiskUse(free: Int(status.f_bavail) * unit, total: (Int(status.f_blocks) - reserved) * unit)
    }
}
