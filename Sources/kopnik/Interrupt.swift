import Dispatch
import Foundation

/// Turns Ctrl-C, a polite `kill` and a terminal that goes away into a cancellation; a second Ctrl-C ends the program at once.
final class Interrupt {
    private let sources: [any DispatchSourceSignal]

    init(_ cancel: @escaping @Sendable () -> Void) {
        // A reader that is gone must not end us in the middle of a change. Not ignored but handled: that ends with exec (execve(2)).
        signal(SIGPIPE) { _ in }
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                cancel()
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
    }

    func stop() { for source in sources { source.cancel() } }

    /// Over SSH without a terminal no signal tells that the other end is gone: its pipe does.
    static func whenNobodyListens(_ cancel: @escaping @Sendable () -> Void) {
        Thread.detachNewThread {
            // Asked for nothing, poll(2) still tells of a pipe that nobody reads.
            var ends = [1, 2].map { pollfd(fd: $0, events: 0, revents: 0) }
            while true {
                guard poll(&ends, nfds_t(ends.count), -1) > 0 else { continue }
                let gone = Int16(POLLERR | POLLHUP)
                if ends.contains(where: { $0.revents & gone != 0 }) { return cancel() }
                return
            }
        }
    }
}
