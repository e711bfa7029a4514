import Glibc

/// The dashboard's web server: one thread, one `poll`, GET and HEAD, one request a connection. It reads the keeper's folder and
/// nothing else; it has no Docker socket.
///
/// Everything that a stranger could make grow has a bound: connections, the length of a request, the time until it is whole, what waits
/// to be sent.
public final class DashboardServer {
    /// What is allowed.
    public struct Limits: Sendable {
        /// Connections at the same time; whoever asks for nothing makes room for the next.
        public var connections = 128
        /// Of them, those that stay.
        public var streams = 64
        /// Seconds until a request must be whole.
        public var patience = 5.0
        /// Seconds in which a reader that is sent something must take at least a part of it.
        public var stall = 15.0
        /// Seconds after which a stream is told that all is alive.
        public var beat = 5.0

        /// The usual ones.
        public init() {}
    }

    private let limits: Limits
    private let answers: Answers
    private let folder: ModelFolder
    private let listener: Int32
    private var connections: [Int32: Connection] = [:]
    private var model: [UInt8]?
    /// Which file the model was read from: the keeper puts another one in its place.
    private var source: ModelFolder.Identity?
    private var isAwake = true
    /// The port it listens on.
    public let port: Int

    /// Listens at once.
    /// - Parameters:
    ///   - address: an IPv4 address of this computer, or `0.0.0.0` for all.
    ///   - port: 0 takes a free one.
    ///   - domain: the site's own name, under which nginx passes requests on.
    /// - Throws: `SocketFailure` where that is not to be had.
    public init(
        folder: ModelFolder, address: String, port: Int, domain: String?, limits: Limits = Limits()
    ) throws(SocketFailure) {
        self.folder = folder
        self.limits = limits
        answers = Answers(domain: domain)
        (listener, self.port) = try Sockets.listen(address, port: port)
        source = folder.identity
        model = folder.model
    }

    deinit {
        for descriptor in connections.keys { close(descriptor) }
        close(listener)
    }

    /// Serves until `isOver` says so, which is asked at least twice a second.
    public func run(until isOver: () -> Bool) {
        while !isOver() {
            var waiting = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for (descriptor, connection) in connections {
                let events = POLLIN | (connection.hasOutput ? POLLOUT : 0)
                waiting.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
            }
            // Whoever watches sees a change after a tenth of a second; a file's identity costs next to nothing.
            let hasWatchers = connections.values.contains { $0.stage == .streaming }
            let count = poll(&waiting, nfds_t(waiting.count), hasWatchers ? 100 : 500)
            if count > 0 {
                for entry in waiting.dropFirst() where entry.revents != 0 { handle(entry) }
                if waiting[0].revents != 0 { acceptAll() }
            }
            refresh()
            tend()
        }
    }

    private func handle(_ entry: pollfd) {
        let flags = Int32(entry.revents)
        if flags & Int32(POLLERR | POLLNVAL) != 0 { return end(entry.fd) }
        if flags & Int32(POLLIN | POLLHUP) != 0 { hear(entry.fd) }
        if flags & Int32(POLLOUT) != 0 { flush(entry.fd) }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            Sockets.makeReady(descriptor)
            if connections.count >= limits.connections, !makeRoom() {
                // Said without a word of waiting: whoever is full has none to spare.
                let refusal = Response.refusal(.unavailable).bytes(headOnly: false)
                _ = refusal.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                close(descriptor)
                continue
            }
            connections[descriptor] = Connection(descriptor, at: .now, patience: limits.patience)
        }
    }

    /// Ends the connection that has been asking for longest: those of a flood ask for nothing.
    private func makeRoom() -> Bool {
        let asking = connections.values.filter { $0.stage == .asking }
        guard let oldest = asking.min(by: { $0.begun < $1.begun }) else { return false }
        end(oldest.descriptor)
        return true
    }

    private func hear(_ descriptor: Int32) {
        switch connections[descriptor]?.receive(limit: Request.longestHead) {
        case nil, .nothing: return
        case .end: return end(descriptor)
        case .bytes: break
        }
        guard let connection = connections[descriptor], connection.stage == .asking else { return }
        switch Request.read(connection.input) {
        case .incomplete: return
        case .refused(let status): answer(descriptor, .refusal(status), headOnly: false)
        case .read(let request):
            switch answers.answer(request, model: model) {
            case .whole(let response): answer(descriptor, response, headOnly: request.isHead)
            case .stream: stream(descriptor, headOnly: request.isHead)
            }
        }
    }

    private func answer(_ descriptor: Int32, _ response: Response, headOnly: Bool) {
        connections[descriptor]?.stage = .answering
        connections[descriptor]?.input = []
        connections[descriptor]?.put(response.bytes(headOnly: headOnly))
        connections[descriptor]?.deadline = .now + limits.stall
        flush(descriptor)
    }

    private func stream(_ descriptor: Int32, headOnly: Bool) {
        guard connections.values.filter({ $0.stage == .streaming }).count < limits.streams else {
            return answer(descriptor, .refusal(.unavailable), headOnly: headOnly)
        }
        var response = Response(.ok, type: "text/event-stream; charset=utf-8", body: [])
        response.isStream = true
        guard !headOnly else { return answer(descriptor, response, headOnly: true) }
        connections[descriptor]?.stage = .streaming
        connections[descriptor]?.input = []
        connections[descriptor]?.deadline = .now + limits.stall
        connections[descriptor]?.put(response.bytes(headOnly: true) + Array("retry: 1000\n\n".utf8) + beat() + news())
        flush(descriptor)
    }

    /// The model as an event; nothing before there is one.
    private func news() -> [UInt8] {
        guard let model else { return [] }
        return Array("event: model\ndata: ".utf8) + model + [10, 10]
    }

    /// That the dashboard lives, what time it is, and for how long the keeper has said nothing.
    private func beat() -> [UInt8] {
        let silence = folder.silence.map { "\(Int($0))" } ?? "null"
        return Array("event: beat\ndata: {\"now\":\(time(nil)),\"silence\":\(silence)}\n\n".utf8)
    }

    /// Sends on what waits, as far as the other side takes it.
    private func flush(_ descriptor: Int32) {
        guard let result = connections[descriptor]?.send() else { return }
        if result.moved { connections[descriptor]?.deadline = .now + limits.stall }
        switch result.progress {
        case .failed: end(descriptor)
        case .blocked: break
        case .done:
            if connections[descriptor]?.stage == .answering { return finish(descriptor) }
            if connections[descriptor]?.isBehind == true {
                connections[descriptor]?.isBehind = false
                connections[descriptor]?.put(news())
                return flush(descriptor)
            }
        }
    }

    /// Reads the model again, and sends it to all that stay if it is another one.
    private func refresh() {
        let found = folder.identity
        guard found != source else { return }
        source = found
        let now = folder.model
        guard now != nil, now != model else { return }
        model = now
        let event = news()
        for (descriptor, connection) in connections where connection.stage == .streaming {
            if connection.hasOutput {
                connections[descriptor]?.isBehind = true
            } else {
                connections[descriptor]?.put(event)
                connections[descriptor]?.deadline = .now + limits.stall
                flush(descriptor)
            }
        }
    }

    /// Cuts off whoever keeps us waiting, and tells the others that all is alive.
    private func tend() {
        let now = Moment.now
        let silence = folder.silence.map { $0 < 20 } ?? false
        let hasChanged = silence != isAwake
        isAwake = silence
        for (descriptor, connection) in connections {
            if connection.stage != .streaming || connection.hasOutput {
                if connection.deadline < now { end(descriptor) }
            } else if hasChanged || connection.lastBeat + limits.beat < now {
                connections[descriptor]?.put(beat())
                connections[descriptor]?.lastBeat = now
                connections[descriptor]?.deadline = now + limits.stall
                flush(descriptor)
            }
        }
    }

    /// Ends what was answered whole. What the browser still sends is thrown away first: else it would lose the answer (RFC 9112, 9.6).
    private func finish(_ descriptor: Int32) {
        shutdown(descriptor, Int32(SHUT_WR))
        var buffer = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<16 where recv(descriptor, &buffer, buffer.count, 0) <= 0 { break }
        end(descriptor)
    }

    private func end(_ descriptor: Int32) {
        guard connections.removeValue(forKey: descriptor) != nil else { return }
        close(descriptor)
    }
}
