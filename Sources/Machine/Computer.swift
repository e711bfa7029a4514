import Foundation

/// What can be read of this computer without changing it.
public struct Computer: Sendable, Equatable {
    /// Logical processor cores.
    public var cores: Int
    /// Physical memory, bytes.
    public var memory: Int
    /// The distribution's id, such as `debian` or `ubuntu` (os-release(5)).
    public var distribution: String
    /// The distribution's version, such as `12` or `24.04`.
    public var version: String
    /// Its name for people.
    public var name: String
    /// Whether systemd is process 1 (sd_booted(3)).
    public var hasSystemd: Bool
    /// Windows Subsystem for Linux.
    public var isWSL: Bool

    /// Makes one from its parts; `read` asks this computer.
    public init(
        cores: Int, memory: Int, distribution: String, version: String, name: String, hasSystemd: Bool, isWSL: Bool
    ) {
        self.cores = cores
        self.memory = memory
        self.distribution = distribution
        self.version = version
        self.name = name
        self.hasSystemd = hasSystemd
        self.isWSL = isWSL
    }

    /// Reads this computer.
    public static func read() -> Computer {
        let release = osRelease(Files().text(of: "/etc/os-release") ?? "")
        let kernel = Files().text(of: "/proc/sys/kernel/osrelease") ?? ""
        return Computer(
            cores: ProcessInfo.processInfo.activeProcessorCount, memory: Int(ProcessInfo.processInfo.physicalMemory),
            distribution: release["ID"] ?? "unknown", version: release["VERSION_ID"] ?? "",
            name: release["PRETTY_NAME"] ?? "an unknown system", hasSystemd: Files().isFolder("/run/systemd/system"),
            isWSL: kernel.lowercased().contains("microsoft"))
    }

    /// The variables of an os-release(5) file.
    public static func osRelease(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let quotes: Set<Character> = ["\"", "'"]
            var value = parts[1].trimmed[...]
            if let first = value.first, quotes.contains(first), value.count > 1, value.last == first {
                value = value.dropFirst().dropLast()
            }
            values[String(parts[0])] = String(value)
        }
        return values
    }

    /// Bytes that may still be written where this path is, or will be.
    public static func freeSpace(at path: String) -> Int? {
        var path = path
        while !Files().exists(path), path.count > 1 { path = (path as NSString).deletingLastPathComponent }
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// This boot of the kernel, the same for all containers on it.
    public static var bootID: String { (Files().text(of: "/proc/sys/kernel/random/boot_id") ?? "").trimmed }
}
