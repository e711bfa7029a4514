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
}
