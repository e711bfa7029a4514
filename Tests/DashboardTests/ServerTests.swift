import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Dashboard

/// A server on a free port of this computer, with a folder that a test fills as the keeper does.
private final class Running: Sendable {
    let folder = TemporaryFolder("overview")
    let port: Int
    private let isOver = Atomic(false)

    init(_ change: (inout DashboardServer.Limits) -> Void = { _ in }) throws {
        var limits = DashboardServer.Limits()
        change(&limits)
        try Self.write(#"{"site":"kopnik"}"#, folder.path)
        let server = try DashboardServer(
            folder: ModelFolder(folder.path), address: "127.0.0.1", port: 0, domain: nil, limits: limits)
        port = server.port
        let box = Box(server)
        Thread.detachNewThread { [self] in box.server.run { isOver.load(ordering: .relaxed) } }
    }

    /// The server goes to its thread and is used by nobody else.
    private struct Box: @unchecked Sendable {
        let server: DashboardServer
        init(_ server: DashboardServer) { self.server = server }
    }

    deinit { isOver.store(true, ordering: .relaxed) }

    static func write(_ text: String, _ folder: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder + "/site.json"), options: .atomic)
    }

    func tell(_ text: String) throws { try Self.write(text, folder.path) }

    func connect() throws -> Caller { try Caller(port) }
}

/// A raw connection: browsers are too polite for what is tried here.
private final class Caller: Sendable {
    let descriptor: Int32

    init(_ port: Int) throws {
        descriptor = try #require(Sockets.connect("127.0.0.1", port: port, within: 5))
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func say(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    func ask(_ path: String, method: String = "GET") { say("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n") }

    /// What comes until the other side ends, or until it has all been said. Waited for on a thread of its own: a task that waits like this
    /// would keep other tests' tasks waiting.
    func hear(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65536)
                while true {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    bytes += buffer[..<count]
                    if isEnough(String(decoding: bytes, as: UTF8.self)) { break }
                }
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `The dashboard's server` {
    @Test func `answers, ends the connection, and leaves the body out where only the head is asked for`() async throws {
        let server = try Running()
        let whole = try server.connect()
        whole.ask("/model")
        let said = await whole.hear()
        #expect(said.hasPrefix("HTTP/1.1 200 OK\r\n") && said.hasSuffix("\r\n\r\n{\"site\":\"kopnik\"}\n"))
        let head = try server.connect()
        head.ask("/model", method: "HEAD")
        let short = await head.hear()
        #expect(short.hasSuffix("\r\n\r\n") && short.contains("Content-Length: 18\r\n"))
        let post = try server.connect()
        post.say(
            "POST /model HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
                + String(repeating: "x", count: 1000))
        #expect(await post.hear().hasPrefix("HTTP/1.1 405 "))
    }

    @Test func `tells each reader of the new model at once`() async throws {
        let server = try Running()
        let readers = try (0..<3).map { _ in try server.connect() }
        for reader in readers {
            reader.ask("/events")
            let first = await reader.hear { $0.contains("event: model\ndata: {\"site\":\"kopnik\"}\n\n") }
            #expect(first.contains("Content-Type: text/event-stream") && first.contains("event: beat\ndata: {\"now\":"))
        }
        let start = ContinuousClock.now
        try server.tell(#"{"site":"second"}"#)
        for reader in readers {
            #expect(await reader.hear { $0.contains("second") }.contains("data: {\"site\":\"second\"}\n\n"))
        }
        // Looked at ten times a second; the rest is for a computer that is busy with other tests.
        #expect(start.duration(to: .now) < .seconds(3))
    }

    @Test func `cuts off a request that does not end, and keeps answering others`() async throws {
        let server = try Running { $0.patience = 0.5 }
        let slow = try server.connect()
        slow.say("GET / HTTP/1.1\r\nHost: loc")
        let other = try server.connect()
        other.ask("/health")
        #expect(await other.hear().hasSuffix("ok\n"))
        #expect(await slow.hear() == "")
    }

    @Test func `makes room for one who asks by ending the oldest of those who do not`() async throws {
        let server = try Running { limits in (limits.connections, limits.patience) = (8, 60) }
        let idle = try (0..<30).map { _ in try server.connect() }
        let one = try server.connect()
        one.ask("/health")
        #expect(await one.hear().hasSuffix("ok\n"))
        #expect(await idle[0].hear() == "")
    }

    @Test func `lets no more than so many stay, and still answers others`() async throws {
        let server = try Running { $0.streams = 3 }
        let readers = try (0..<3).map { _ in try server.connect() }
        for reader in readers {
            reader.ask("/events")
            _ = await reader.hear { $0.contains("event: model") }
        }
        let fourth = try server.connect()
        fourth.ask("/events")
        #expect(await fourth.hear().hasPrefix("HTTP/1.1 503 "))
        let page = try server.connect()
        page.ask("/")
        #expect(await page.hear().hasPrefix("HTTP/1.1 200 "))
    }

    @Test func `drops a reader that never reads, keeps the newest model for a slow one, and holds nothing for either`()
        async throws
    {
        let server = try Running { $0.stall = 1.5 }
        let (deaf, good) = (try server.connect(), try server.connect())
        for reader in [deaf, good] { reader.ask("/events") }
        _ = await good.hear { $0.contains("event: model") }
        // More than the kernel takes for somebody who does not read.
        let large = String(repeating: "x", count: 3 << 20)
        for number in 1...4 {
            try server.tell("{\"number\":\(number),\"text\":\"\(large)\"}")
            #expect(
                await good.hear { $0.hasSuffix("\"}\n\n") && $0.contains("{\"number\":\(number),") }.contains(
                    "\"number\":\(number)"))
        }
        // Longer than a reader may stand still. It then gets what had been put on its way, and the connection's end; never all four.
        try await Task.sleep(for: .seconds(2.5))
        #expect(await deaf.hear().utf8.count < 4 * large.utf8.count)
    }

    @Test func `throws out a watcher that goes on talking`() async throws {
        let server = try Running()
        let talker = try server.connect()
        talker.ask("/events")
        _ = await talker.hear { $0.contains("event: model") }
        for _ in 0..<40 { talker.say(String(repeating: "x", count: 1000)) }
        #expect(await !talker.hear { $0.contains("never") }.contains("never"))
    }

    @Test func `shows no model that is too large, and no half of one`() async throws {
        let server = try Running()
        try server.tell(String(repeating: "x", count: ModelFolder.largest + 1))
        let reader = try server.connect()
        reader.ask("/model")
        #expect(await reader.hear().hasSuffix("{\"site\":\"kopnik\"}\n"))
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A forwarder` {
    @Test func `leads on to the container, and says when nobody is there any more`() async throws {
        let server = try Running()
        let forwarder = try Forwarder(port: 0)
        #expect(forwarder.hasLostTarget)
        forwarder.lead(to: "127.0.0.1", port: server.port)
        forwarder.start()
        let caller = try Caller(forwarder.port)
        caller.ask("/health")
        #expect(await caller.hear().hasSuffix("ok\n"))
        #expect(!forwarder.hasLostTarget)
        let closed = try Sockets.listen("127.0.0.1", port: 0)
        close(closed.descriptor)
        forwarder.lead(to: "127.0.0.1", port: closed.port)
        #expect(try await Caller(forwarder.port).hear() == "")
        #expect(forwarder.hasLostTarget)
    }

    @Test func `says that a port is taken`() async throws {
        let first = try Forwarder(port: 0)
        do {
            _ = try Forwarder(port: first.port)
            Issue.record("two have one port")
        } catch { #expect(error.isTaken) }
    }
}
