/// The disks that a folder lies on, as far as the kernel shows them.
public struct Storage: Sendable, Equatable {
    /// What the disks are made of.
    public enum Kind: Sendable, Equatable {
        /// No disk below turns, or at least one does.
        case solid, turning
        /// Whoever shows the disk hides what it is made of, such as a hypervisor.
        case hidden(by: String)
        /// The kernel does not tell which disk the file system lies on.
        case unknown
    }

    /// Whether the loss of one disk would lose the folder.
    public enum Mirror: Sendable, Equatable {
        /// Every byte lies on several disks: the array's name, and on how many.
        case whole(array: String, disks: Int)
        /// Some of the array's disks are not in use.
        case degraded(array: String, present: Int, disks: Int, isRebuilding: Bool)
        /// A disk is shown that may itself be several: a RAID card's, or a hypervisor's.
        case hidden(by: String)
        /// There is none that the kernel shows.
        case none
    }

    /// The file system's size, bytes.
    public var total: Int?
    /// What its disks are made of.
    public var kind: Kind
    /// Whether they mirror each other.
    public var mirror: Mirror

    /// Makes one from its parts; `read` asks this computer.
    public init(total: Int?, kind: Kind, mirror: Mirror) {
        self.total = total
        self.kind = kind
        self.mirror = mirror
    }
}

extension Storage {
    /// What it is made of, in words.
    public var kindWords: String {
        switch kind {
        case .solid: "SSD"
        case .turning: "a turning disk"
        case .hidden(let owner): "of a kind that \(owner) hides"
        case .unknown: "of a kind that cannot be seen"
        }
    }

    /// How it is mirrored, in words.
    public var mirrorWords: String {
        switch mirror {
        case .whole(let array, let disks): "RAID 1 (\(array), \(disks) disks)"
        case .degraded(let array, let present, let disks, let isRebuilding):
            "RAID 1 with \(present) of \(disks) disks (\(array)\(isRebuilding ? ", being rebuilt" : ""))"
        case .hidden(let owner): "RAID 1 hidden by \(owner) if there is any"
        case .none: "no RAID 1 to be seen"
        }
    }
}
