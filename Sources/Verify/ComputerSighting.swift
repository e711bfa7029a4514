import Foundation
import Machine

/// What can be seen of the computer itself.
struct ComputerSighting: Sendable, Equatable {
    enum Clock: Sendable, Equatable {
        case synchronised
        case unsynchronised
        /// The kernel does not tell.
        case unknown
    }

    var computer: Computer
    /// What the site lies on.
    var storage: Storage
    /// The network card that leads out; `nil` where none does.
    var link: NetworkLink?
    var clock: Clock
    /// On what Vagrant made this machine, in its own word; `nil` where it did not.
    var provider: String?

    /// Where the Vagrantfile leaves it.
    private static let origin = "/var/lib/kopnik/host/vagrant"

    /// Looks.
    static func read(at path: String) -> ComputerSighting {
        ComputerSighting(
            computer: Computer.read(), storage: Storage.read(at: path), link: NetworkLink.read(), clock: clock(),
            provider: Files().text(of: origin)?.trimmed)
    }

    /// Asks the kernel, which any time service tells: chrony, systemd-timesyncd and ntpd alike. Swift's module of the C library
    /// leaves sys/timex.h out, so the function is looked up; all zeros (at least 208 bytes) ask and change nothing,
    /// and 5 is TIME_ERROR, "the clock is not synchronized" (adjtimex(2)).
    private static func clock() -> Clock {
        typealias Function = @convention(c) (UnsafeMutableRawPointer) -> Int32
        guard let symbol = dlsym(nil, "adjtimex") else { return .unknown }
        let adjtimex = unsafeBitCast(symbol, to: Function.self)
        let state = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { buffer -> Int32 in
            guard let start = buffer.initializeMemory(as: UInt8.self, repeating: 0).baseAddress else { return -1 }
            return adjtimex(UnsafeMutableRawPointer(start))
        }
        return state < 0 ? .unknown : state == 5 ? .unsynchronised : .synchronised
    }
}
