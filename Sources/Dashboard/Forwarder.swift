import Glibc
import Synchronization

/// Leads connections to a port of this computer's loopback address on to the dashboard's container, whose own address nobody can type.
public final class Forwarder: Sendable {
    private let listener: Int32
    /// The port that it listens on.
    public let port: Int
    private let target: Mutex<(address: String, port: Int)?>
    private let open = Atomic(0)
    private let isLost = Atomic(false)
    /// More at the same time are not led on.
    private static let most = 64

    /// Listens on the loopback address alone.
    /// - Parameter port: 0 takes a free one.
    /// - Throws: `SocketFailure`, for example where somebody else has the port.
    public init(port: Int) throws(SocketFailure) {
        (listener, self.port) = try Sockets.listen("127.0.0.1", port: port)
        target = Mutex(nil)
        // The thread below waits for each.
        let flags = fcntl(listener, F_GETFL)
        _ = fcntl(listener, F_SETFL, flags & ~O_NONBLOCK)
    }

    /// Where connections go from now on.
    public func lead(to address: String, port: Int) {
        target.withLock { $0 = (address, port) }
        isLost.store(false, ordering: .relaxed)
    }

    /// Whether the last connection found nobody there: the container may be another one by now.
    public var hasLostTarget: Bool { isLost.load(ordering: .relaxed) || target.withLock { $0 == nil } }

    /// Begins; it goes on until the program ends.
    public func start() {
        Self.detach { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    return
                }
                guard open.add(1, ordering: .relaxed).newValue <= Self.most else {
                    open.subtract(1, ordering: .relaxed)
                    close(client)
                    continue
                }
                Self.detach { [self] in
                    serve(client)
                    open.subtract(1, ordering: .relaxed)
                }
            }
        }
    }

    private func serve(_ client: Int32) {
        defer { close(client) }
        guard let place = target.withLock({ $0 }),
            let server = Sockets.connect(place.address, port: place.port, within: 3)
        else { return isLost.store(true, ordering: .relaxed) }
        defer { close(server) }
        var sides = [
            pollfd(fd: client, events: Int16(POLLIN), revents: 0),
            pollfd(fd: server, events: Int16(POLLIN), revents: 0),
        ]
        var buffer = [UInt8](repeating: 0, count: 16384)
        while poll(&sides, 2, -1) > 0 || errno == EINTR {
            for (from, to) in [(0, 1), (1, 0)] where sides[from].revents != 0 {
                let count = recv(sides[from].fd, &buffer, buffer.count, 0)
                guard count > 0, Self.sendAll(sides[to].fd, buffer, count) else { return }
            }
        }
    }

    private static func sendAll(_ descriptor: Int32, _ bytes: [UInt8], _ count: Int) -> Bool {
        var done = 0
        while done < count {
            let sent = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: done), count - done, Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { return false }
            done += sent
        }
        return true
    }

    /// A thread of its own: it waits for sockets, which a task must not do.
    private static func detach(_ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        if result == 0 { pthread_detach(thread) } else { box.release() }
    }
}
