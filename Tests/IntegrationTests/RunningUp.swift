import Foundation
import Glibc
import Machine
import Synchronization

/// `kopnik up`, or another verb, while it runs: what it says is read as it says it, and a signal reaches it at once.
final class RunningUp: Sendable {
    private struct State {
        var said = ""
        var hasClosed = false
        var exitCode: Int32?
        var saidBefore: String?
    }
    private final class Record: Sendable { let state = Mutex(State()) }

    /// A signal at the beginning of a step, or a while after.
    struct Injection: Sendable {
        var step: String
        var signal: Int32
        var after: Duration = .zero
    }

    private let record = Record()
    /// nsenter(1): its only child is the first process inside, `kopnik`.
    private let outer: Int32

    init(on host: BareHost, _ words: [String], verb: String = "up", injecting injection: Injection? = nil) throws {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: BareHost.script)
        process.arguments =
            ["run", host.name, "kopnik"] + verb.split(separator: " ").map(String.init) + ["--yes"] + words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        process.terminationHandler = { [record] ended in
            let code = ended.terminationReason == .exit ? ended.terminationStatus : 128 + ended.terminationStatus
            record.state.withLock { $0.exitCode = code }
        }
        try process.run()
        outer = process.processIdentifier
        // A copy, for the pipe closes its own end with its last use.
        let descriptor = dup(pipe.fileHandleForReading.fileDescriptor)
        // Threads, not tasks: between a line and its signal nothing else may come.
        Thread.detachNewThread { [self] in read(descriptor, injection) }
    }

    /// Everything it said.
    var said: String { record.state.withLock { $0.said } }
    /// Whether a step began.
    func begun(_ step: String) -> Bool { said.contains("  … \(step)\n") }
    /// Whether a step ran at the moment of the first signal: it had begun, and neither ended nor failed.
    func wasHit(in step: String) -> Bool {
        guard let text = record.state.withLock({ $0.saidBefore }) else { return false }
        return text.contains("  … \(step)\n") && !["✓", "↻", "✗"].contains { text.contains("  \($0) \(step) ") }
    }
    /// Its exit code, once it has ended and all that it said was read; 128 + the signal's number if a signal ended it.
    func exitCode(within limit: Duration) async throws -> Int32? {
        try await poll(for: limit, every: .milliseconds(50)) {
            record.state.withLock { $0.hasClosed ? $0.exitCode : nil }
        }
    }

    func send(_ signal: Int32) {
        guard let inner else { return }
        record.state.withLock { $0.saidBefore = $0.saidBefore ?? $0.said }
        kill(inner, signal)
        // nsenter(1) stops with its child, and would not see it end.
        if signal != SIGSTOP { kill(outer, SIGCONT) }
    }

    private var inner: Int32? {
        let children = try? String(contentsOfFile: "/proc/\(outer)/task/\(outer)/children", encoding: .utf8)
        return children?.split(separator: " ").first.flatMap { Int32($0) }
    }

    /// Its number as the host itself counts (proc(5), NSpid: from the outermost to the innermost).
    var processInside: String? {
        inner.flatMap { try? String(contentsOfFile: "/proc/\($0)/status", encoding: .utf8) }?
            .split(separator: "\n").first { $0.hasPrefix("NSpid:") }?
            .split(whereSeparator: \.isWhitespace).last.map(String.init)
    }

    private func read(_ descriptor: Int32, _ injection: Injection?) {
        var injection = injection
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            record.state.withLock { $0.said = text }
            if let due = injection, begun(due.step) {
                injection = nil
                if due.after > .zero {
                    Thread.detachNewThread { [self] in
                        Thread.sleep(forTimeInterval: due.after / .seconds(1))
                        send(due.signal)
                    }
                } else {
                    send(due.signal)
                }
            }
        }
        close(descriptor)
        record.state.withLock { $0.hasClosed = true }
    }
}
