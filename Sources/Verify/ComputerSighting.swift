import Foundation
import Machine

/// What can be seen of the computer itself.
struct ComputerSighting: Sendable, Equatable {
    enum Clock: Sendable, Equatable {
        case synchronised
        case unsynchronised
        /// The kernel does not tell.
        case unknown
    }

    var computer: Computer
    /// The disk that the site lies on, bytes in all.
    var disk: Int?
    /// Whether that disk turns; `nil` where the kernel does not tell.
    var isRotating: Bool?
    /// Names of software RAID 1 arrays (md(4)).
    var mirrors: [String]
    /// Mbit/s of the network card that leads out; `nil` where there is no such figure (wireless, virtual).
    var linkSpeed: Int?
    var clock: Clock

    /// Looks.
    static func read(at path: String) -> ComputerSighting {
        let files = Files()
        var folder = path.isEmpty ? "/" : path
        while !files.exists(folder), folder.count > 1 { folder = (folder as NSString).deletingLastPathComponent }
        return ComputerSighting(
            computer: Computer.read(), disk: DiskUse.read(folder)?.total, isRotating: isRotating(folder),
            mirrors: mirrors(in: files.text(of: "/proc/mdstat") ?? ""), linkSpeed: linkSpeed(), clock: clock())
    }

    /// Reads /proc/mdstat: `md0 : active raid1 sdb1[1] sda1[0]`.
    static func mirrors(in text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).filter { $0.contains(" active ") && $0.contains(" raid1 ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// The card of the default route (/proc/net/route: destination 00000000).
    static func outwardCard(in table: String) -> String? {
        for line in table.split(whereSeparator: \.isNewline).dropFirst() {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 2, words[1] == "00000000" { return String(words[0]) }
        }
        return nil
    }

    private static func linkSpeed() -> Int? {
        guard let card = outwardCard(in: Files().text(of: "/proc/net/route") ?? ""),
            let speed = Int((Files().text(of: "/sys/class/net/\(card)/speed") ?? "").trimmed), speed > 0
        else { return nil }
        return speed
    }

    private static func isRotating(_ path: String) -> Bool? {
        guard let device = device(of: path, in: Files().text(of: "/proc/self/mountinfo") ?? "") else { return nil }
        // A partition has no queue of its own, the disk above it has.
        for place in ["queue", "../queue"] {
            if let text = Files().text(of: "/sys/dev/block/\(device)/\(place)/rotational") {
                return text.trimmed == "1"
            }
        }
        return nil
    }

    /// The `major:minor` of what is mounted nearest above a path (proc(5), /proc/pid/mountinfo).
    static func device(of path: String, in table: String) -> String? {
        let mounts = table.split(whereSeparator: \.isNewline).map { $0.split(separator: " ") }.filter { $0.count > 4 }
        let above = mounts.filter { path == $0[4] || path.hasPrefix($0[4] == "/" ? "/" : "\($0[4])/") }
        // The later of two at one place hides the earlier.
        return above.enumerated().max { ($0.element[4].count, $0.offset) < ($1.element[4].count, $1.offset) }.map {
            String($0.element[2])
        }
    }

    /// Asks the kernel, which any time service tells: chrony, systemd-timesyncd and ntpd alike. Swift's module of the C library
    /// leaves sys/timex.h out, so the function is looked up; all zeros (at least 208 bytes) ask and change nothing,
    /// and 5 is TIME_ERROR, "the clock is not synchronized" (adjtimex(2)).
    private static func clock() -> Clock {
        typealias Function = @convention(c) (UnsafeMutableRawPointer) -> Int32
        guard let symbol = dlsym(nil, "adjtimex") else { return .unknown }
        let adjtimex = unsafeBitCast(symbol, to: Function.self)
        let state = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { buffer -> Int32 in
            guard let start = buffer.initializeMemory(as: UInt8.self, repeating: 0).baseAddress else { return -1 }
            return adjtimex(UnsafeMutableRawPointer(start))
        }
        return state < 0 ? .unknown : state == 5 ? .unsynchronised : .synchronised
    }
}
