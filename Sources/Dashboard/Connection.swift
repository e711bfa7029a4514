import Glibc

/// One browser's connection: it asks once, and is answered once or for as long as it stays.
struct Connection {
    enum Stage {
        /// Until a whole request is there.
        case asking
        /// Until the answer is out; then it ends.
        case answering
        /// The model, again and again.
        case streaming
    }

    let descriptor: Int32
    let begun: Moment
    var stage = Stage.asking
    var input: [UInt8] = []
    /// What is still to be sent. Connections share the bytes of a model: it is in memory once, however many read it.
    private(set) var output: [UInt8] = []
    private(set) var sent = 0
    /// When it is cut off if nothing moves.
    var deadline: Moment
    /// Whether a newer model waits until this one is out: a slow reader gets the newest, not all of them.
    var isBehind = false
    /// Bytes that came after the question: nobody who watches has more to say.
    private var noise = 0
    /// When it was last told that all is alive.
    var lastBeat: Moment

    init(_ descriptor: Int32, at now: Moment, patience: Double) {
        self.descriptor = descriptor
        begun = now
        deadline = now + patience
        lastBeat = now
    }

    var hasOutput: Bool { sent < output.count }

    mutating func put(_ bytes: [UInt8]) {
        if hasOutput { output = Array(output[sent...]) + bytes } else { output = bytes }
        sent = 0
    }

    enum Progress { case done, blocked, failed }

    /// Sends as much as the other side takes now.
    mutating func send() -> (progress: Progress, moved: Bool) {
        var moved = false
        while hasOutput {
            let count = output.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                return (errno == EAGAIN || errno == EWOULDBLOCK ? .blocked : .failed, moved)
            }
            moved = true
            sent += count
        }
        output = []
        sent = 0
        return (.done, moved)
    }

    enum Arrival { case bytes, nothing, end }

    /// Takes what has arrived; who says too much has ended.
    mutating func receive(limit: Int) -> Arrival {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count == 0 { return .end }
        if count < 0 { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? .nothing : .end }
        // Who has asked already is read and not heard.
        if stage == .asking {
            input += buffer[..<count]
            return .bytes
        }
        noise += count
        return noise > limit ? .end : .nothing
    }
}
