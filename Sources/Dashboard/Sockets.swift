import Glibc

/// Why a socket could not be had.
public struct SocketFailure: Error, Sendable {
    /// What was tried.
    public let what: String
    /// The kernel's number for why not (errno(3)).
    public let code: Int32
    /// The kernel's words for it.
    public var because: String { String(cString: strerror(code)) }
    /// Whether somebody else has the port.
    public var isTaken: Bool { code == EADDRINUSE }

    init(_ what: String) {
        self.what = what
        code = errno
    }
}

/// TCP sockets over IPv4.
enum Sockets {
    static func address(_ text: String, port: Int) -> sockaddr_in? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        return inet_pton(AF_INET, text, &address.sin_addr) == 1 ? address : nil
    }

    /// Listens without waiting.
    static func listen(_ text: String, port: Int) throws(SocketFailure) -> (descriptor: Int32, port: Int) {
        let descriptor = socket(
            AF_INET,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFailure("make a socket") }
        // What waits in the kernel for a reader that does not read is memory too; taken over by each connection.
        var buffer: Int32 = 128 << 10
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = address(text, port: port) ?? sockaddr_in()
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard isBound == 0, Glibc.listen(descriptor, 128) == 0 else {
            let failure = SocketFailure("listen on \(text):\(port)")
            close(descriptor)
            throw failure
        }
        var length = size
        withUnsafeMutablePointer(to: &place) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return (descriptor, Int(in_port_t(bigEndian: place.sin_port)))
    }

    /// Makes reading and writing return at once, and keeps the socket from programs that are started.
    static func makeReady(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Connects, within some seconds; `nil` where nobody answers.
    static func connect(_ text: String, port: Int, within seconds: Int) -> Int32? {
        guard var place = address(text, port: port) else { return nil }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        // A connection that is being made counts as sending (socket(7), SO_SNDTIMEO).
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard isOpen == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
