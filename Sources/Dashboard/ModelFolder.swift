import Glibc

/// The folder in which the keeper puts what is shown: `site.json`, and `beat`, which tells that the keeper lives. Both are replaced
/// as a whole, so that nobody reads half of one.
public struct ModelFolder: Sendable {
    /// Where it lies.
    public let path: String
    /// A larger model is not shown: something is wrong with it.
    static let largest = 4 << 20

    /// A folder that exists.
    public init(_ path: String) { self.path = path }

    /// What is to be shown, as JSON in one line; `nil` before the keeper wrote it.
    var model: [UInt8]? { Self.read("\(path)/site.json", limit: Self.largest) }

    /// Tells the file of the model from the one that takes its place.
    struct Identity: Equatable {
        var inode: UInt
        var seconds: Int
        var nanoseconds: Int
    }

    /// The file that is there now; `nil` where there is none.
    var identity: Identity? {
        var status = stat()
        guard stat("\(path)/site.json", &status) == 0 else { return nil }
        return Identity(
            inode: UInt(status.st_ino), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    /// Seconds since the keeper last said that it lives, by the time since boot; `nil` where it never did.
    var silence: Double? {
        guard let text = Self.read("\(path)/beat", limit: 64).map({ String(decoding: $0, as: UTF8.self) }),
            let beat = Double(text.prefix { $0 != "\n" })
        else { return nil }
        let age = Moment.now.seconds - beat
        // Ahead of us: written before the computer was switched off and on.
        return age < -2 ? nil : max(0, age)
    }

    /// A whole file, or `nil` where there is none or it is larger than the limit.
    private static func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0, status.st_size <= limit else { return nil }
        let size = Int(status.st_size)
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
                guard got > 0 else { break }
                count += got
            }
            isWhole = count == size
        }
        return isWhole ? bytes : nil
    }
}

/// A moment, in seconds since the computer was switched on.
struct Moment: Sendable, Comparable {
    var seconds: Double

    static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }

    static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }
    static func + (moment: Moment, seconds: Double) -> Moment { Moment(seconds: moment.seconds + seconds) }
}
