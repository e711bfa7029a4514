import Foundation

extension Storage {
    /// Reads what a path lies on, or will lie on.
    /// - Parameter root: the folder that /proc and /sys are looked for in; tests name another.
    public static func read(at path: String, root: String = "") -> Storage {
        var folder = path.isEmpty ? "/" : path
        while !Files().exists(folder), folder.count > 1 { folder = (folder as NSString).deletingLastPathComponent }
        let total = DiskUse.read(folder)?.total
        let devices = BlockDevices(root: root, hypervisor: Hypervisor.read(root: root))
        guard let device = devices.device(of: folder) else {
            return Storage(total: total, kind: .unknown, mirror: .none)
        }
        return Storage(total: total, kind: devices.kind(of: device), mirror: devices.mirror(of: device))
    }
}

/// The kernel's tree of block devices (sysfs(5)): a partition lies in its disk's folder, and whatever is made of several devices
/// (md, device mapper) names them in its folder `slaves`.
struct BlockDevices {
    var root: String
    var hypervisor: Hypervisor?
    private let files = Files()

    init(root: String, hypervisor: Hypervisor?) {
        self.root = root
        self.hypervisor = hypervisor
    }

    /// Drivers of cards that show several disks as one. Which level is set up only their makers' own programs tell.
    private static let cards: Set<String> = [
        "megaraid_sas", "megaraid_mbox", "hpsa", "smartpqi", "cciss", "aacraid", "arcmsr", "3w-9xxx", "3w-sas", "ips",
    ]

    /// The folder of the device that is mounted nearest above a path.
    func device(of path: String) -> String? {
        let table = files.text(of: root + "/proc/self/mountinfo") ?? ""
        guard let mount = Self.mount(above: path, in: table) else { return nil }
        let places = ["\(root)/sys/dev/block/\(mount.device)"]
        // btrfs and its like count as devices of their own (0:N) and name the disk as their source.
        let name = (mount.source as NSString).lastPathComponent
        return (places + (mount.source.hasPrefix("/dev/") ? ["\(root)/sys/class/block/\(name)"] : [])).first(
            where: files.exists)
    }

    /// What is mounted nearest above a path (proc(5), /proc/pid/mountinfo): its `major:minor` and its source.
    static func mount(above path: String, in table: String) -> (device: String, source: String)? {
        let mounts = table.split(whereSeparator: \.isNewline).map { $0.split(separator: " ").map(String.init) }
            .filter { $0.count > 4 }
        let above = mounts.filter { path == $0[4] || path.hasPrefix($0[4] == "/" ? "/" : "\($0[4])/") }
        // The later of two at one place hides the earlier.
        let nearest = above.enumerated().max { ($0.element[4].count, $0.offset) < ($1.element[4].count, $1.offset) }
        guard let words = nearest?.element else { return nil }
        // After a lone hyphen: type, source, options.
        let end = words.firstIndex(of: "-").map { $0 + 2 } ?? words.count
        return (words[2], end < words.count ? words[end] : "")
    }

    func mirror(of device: String) -> Storage.Mirror {
        if let array = array(device) { return array }
        let below = below(device)
        guard below.isEmpty else { return below.map(mirror).reduce(nil, Self.weaker) ?? .none }
        if let hypervisor { return .hidden(by: hypervisor.name) }
        guard let driver = driver(of: device), Self.cards.contains(driver) else { return .none }
        return .hidden(by: "a RAID card (\(driver))")
    }

    func kind(of device: String) -> Storage.Kind {
        let below = below(device)
        guard below.isEmpty else {
            let kinds = below.map(kind)
            return kinds.first { $0 == .turning } ?? kinds.first { $0 != .solid } ?? .solid
        }
        if let hypervisor { return .hidden(by: hypervisor.name) }
        if let driver = driver(of: device), Self.cards.contains(driver) {
            return .hidden(by: "a RAID card (\(driver))")
        }
        switch text(device, "queue/rotational") {
        case "0": return .solid
        case "1": return .turning
        default: return .unknown
        }
    }

    /// The mirror that a device is, if md(4) made it one. RAID 10 mirrors too.
    private func array(_ device: String) -> Storage.Mirror? {
        guard let level = text(device, "md/level"), ["raid1", "raid10"].contains(level),
            let disks = text(device, "md/raid_disks").flatMap({ Int($0.split(separator: " ").first ?? "") }), disks > 1
        else { return nil }
        // The kernel's own name, which the link of a number leads to.
        let name = files.link(at: device).map { ($0 as NSString).lastPathComponent }
        let array = name ?? (device as NSString).lastPathComponent
        let missing = text(device, "md/degraded").flatMap { Int($0) } ?? 0
        guard missing > 0 else { return .whole(array: array, disks: disks) }
        return .degraded(
            array: array, present: disks - missing, disks: disks,
            isRebuilding: text(device, "md/sync_action") == "recover")
    }

    /// What a device is made of: those that it names, or the disk around a partition.
    private func below(_ device: String) -> [String] {
        let members = files.names(in: device + "/slaves").map { "\(root)/sys/class/block/\($0)" }
        if !members.isEmpty { return members }
        guard files.exists(device + "/partition"), let link = files.link(at: device) else { return [] }
        let disk = ((link as NSString).deletingLastPathComponent as NSString).lastPathComponent
        return ["\(root)/sys/class/block/\(disk)"]
    }

    /// The driver of the SCSI host that a disk hangs on, which its place in the tree of devices names.
    private func driver(of device: String) -> String? {
        let parts = (files.link(at: device) ?? "").split(separator: "/")
        guard let host = parts.first(where: { $0.hasPrefix("host") && Int($0.dropFirst(4)) != nil }) else { return nil }
        return files.text(of: "\(root)/sys/class/scsi_host/\(host)/proc_name")?.trimmed
    }

    private func text(_ device: String, _ name: String) -> String? { files.text(of: "\(device)/\(name)")?.trimmed }

    /// Of two parts of one file system the worse decides: it is lost with either.
    private static func weaker(_ one: Storage.Mirror?, _ other: Storage.Mirror) -> Storage.Mirror {
        guard let one else { return other }
        func rank(_ mirror: Storage.Mirror) -> Int {
            switch mirror {
            case .degraded: 0
            case .none: 1
            case .hidden: 2
            case .whole: 3
            }
        }
        return rank(one) <= rank(other) ? one : other
    }
}
