public import Foundation

/// Who holds a lock, as the next person is told.
public struct LockHolder: Codable, Sendable, Equatable {
    /// The id of the process.
    public var process: Int32
    /// The person's login name.
    public var user: String
    /// What is being done, such as `kopnik up`.
    public var command: String
    /// When the lock was taken.
    public var since: Date

    /// Makes one from its parts.
    public init(process: Int32, user: String, command: String, since: Date) {
        self.process = process
        self.user = user
        self.command = command
        self.since = since
    }
}

/// One operation at a time on a site. The kernel drops it when its holder dies, so that it cannot be stale (flock(2));
/// the file's text only tells who holds it.
public final class FileLock: Sendable {
    private let descriptor: Int32
    private let path: String

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// What came of trying to take it.
    public enum Outcome: Sendable {
        /// It is ours until it is released or nothing refers to it any more.
        case taken(FileLock)
        /// Somebody else has it; who, if they had time to say.
        case held(by: LockHolder?)
    }

    /// Does something while nobody else does the like, in this process or another; waits for whoever is at it, which has to take a moment alone.
    /// - Throws: `Failure` if the file cannot be opened; what `body` throws.
    public static func exclusively<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        try Files().makeFolder((path as NSString).deletingLastPathComponent)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw Failure(
                "could not take the lock \(path)", because: String(cString: strerror(errno)),
                fix: "run the same command with sudo")
        }
        defer { close(descriptor) }
        return try body()
    }

    /// Takes the lock or says who has it. Never waits.
    /// - Throws: `Failure` if the file cannot be opened.
    public static func take(_ path: String, as holder: LockHolder) throws -> Outcome {
        try Files().makeFolder((path as NSString).deletingLastPathComponent)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(
                "could not open the lock \(path)", because: String(cString: strerror(errno)),
                fix: "run the same command with sudo")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return .held(by: self.holder(of: path))
        }
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        let text = [UInt8](try encoder.encode(holder))
        ftruncate(descriptor, 0)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return .taken(FileLock(descriptor: descriptor, path: path))
    }

    /// What the lock's file says of its last holder.
    public static func holder(of path: String) -> LockHolder? {
        Files().record(LockHolder.self, at: path)
    }

    /// Lets go at once, and wipes the holder's name.
    public func release() {
        ftruncate(descriptor, 0)
        flock(descriptor, LOCK_UN)
    }
}
