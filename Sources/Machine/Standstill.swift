import Foundation

/// Tells a long run that goes on from one that only waits: nothing arrives from a network any more, nothing is written to the disk and
/// nothing is worked out (a slow processor reads a list of packages for longer than a minute). Programs that download have time limits for
/// each file and try each again; with a hundred files and no network that is half an hour.
public struct Standstill: Sendable, Equatable {
    /// What was seen at one moment, in bytes since boot and bytes free, and how long processors have worked.
    public struct Reading: Sendable, Equatable {
        var received: Int
        var free: Int
        var worked: Duration

        /// Makes one from its parts.
        public init(received: Int, free: Int, worked: Duration = .zero) {
            self.received = received
            self.free = free
            self.worked = worked
        }

        /// Reads this computer's network cards, the disk that a path lies on, and what this program's children have worked.
        public static func now(disk path: String) -> Reading {
            Reading(
                received: received(in: Files().text(of: "/proc/net/dev") ?? ""), free: DiskUse.read(path)?.free ?? 0,
                worked: ProcessorUse.ofChildren())
        }

        /// Sums up what all cards but the loopback have received (proc_net(5), /proc/net/dev).
        static func received(in table: String) -> Int {
            table.split(separator: "\n").reduce(0) { sum, line in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].trimmed != "lo",
                    let bytes = parts[1].split(separator: " ").first.flatMap({ Int($0) })
                else { return sum }
                return sum + bytes
            }
        }
    }

    /// Less than this is what a network says by itself.
    static let leastReceived = 64 << 10
    static let leastWritten = 1 << 20
    /// Less than this is what looking for a network takes.
    static let leastWorked = Duration.seconds(5)

    private let limit: Duration
    private var last: Reading
    private var since: Duration

    /// - Parameters:
    ///   - limit: how long nothing has to happen.
    ///   - time: any clock's time now.
    public init(after limit: Duration, from reading: Reading, at time: Duration) {
        self.limit = limit
        last = reading
        since = time
    }

    /// Takes the next reading.
    /// - Returns: whether nothing has happened for as long as the limit.
    public mutating func isReached(_ reading: Reading, at time: Duration) -> Bool {
        // What one that has ended worked is gone where nobody waited for it.
        if reading.received - last.received >= Self.leastReceived || abs(reading.free - last.free) >= Self.leastWritten
            || abs((reading.worked - last.worked) / .seconds(1)) >= Self.leastWorked / .seconds(1)
        {
            last = reading
            since = time
        }
        return time - since >= limit
    }
}

extension CommandRunner {
    /// Runs a program, and ends it when nothing arrives, nothing is written and nothing is worked out for a while.
    /// - Throws: `Failure` that says so; and what `run` throws.
    public func run(_ command: Command, disk path: String, untilStandstillOf limit: Duration) async throws
        -> CommandOutput
    {
        try await withThrowingTaskGroup(of: CommandOutput?.self) { group in
            group.addTask { try await run(command) }
            group.addTask {
                var standstill = Standstill(after: limit, from: .now(disk: path), at: BootClock.now)
                while !standstill.isReached(.now(disk: path), at: BootClock.now) {
                    try await Task.sleep(for: .seconds(2))
                }
                return nil
            }
            defer { group.cancelAll() }
            if let first = try await group.next(), let output = first { return output }
            return CommandOutput(
                exitCode: 124,
                standardError: "nothing has arrived from the network for \(limit.components.seconds) seconds")
        }
    }
}
