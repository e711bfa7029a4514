/// Leave for the containers to start, good for this boot of the computer only: Swarm restarts them after a power cut before
/// anything else could look whether they may.
struct Permit: Sendable, Equatable {
    /// The kernel's boot id (random(4), /proc/sys/kernel/random/boot_id).
    var boot: String
    /// Raised by each promotion of a standby; 1 for a site of one host.
    var epoch: Int

    init(boot: String, epoch: Int) {
        self.boot = boot
        self.epoch = epoch
    }

    /// The file that each container's `permit` waits for: the boot on the first line.
    var text: String { "\(boot)\nepoch \(epoch)\n" }

    /// Reads it back; `nil` for anything else.
    init?(text: String) {
        let lines = text.split(separator: "\n")
        guard lines.count == 2, lines[1].hasPrefix("epoch "), let epoch = Int(lines[1].dropFirst("epoch ".count)) else {
            return nil
        }
        self.init(boot: String(lines[0]), epoch: epoch)
    }
}
