import Foundation
import TestSupport
import Testing

@testable import Machine

/// A tree like /proc and /sys, with the links that the kernel makes.
private final class KernelTree: Sendable {
    private let folder = TemporaryFolder("root")
    var root: String { folder.path }
    static let disk = "devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block"

    init(mounted device: String, source: String = "/dev/x", isGuest: Bool = false) throws {
        try write("1 1 \(device) / / rw - ext4 \(source) rw\n", "proc/self/mountinfo")
        try write("processor: 0\nflags\t\t: fpu sse2\(isGuest ? " hypervisor" : "")\n", "proc/cpuinfo")
    }

    func write(_ text: String, _ path: String) throws { try Files().write(text, to: root + "/" + path) }

    /// A block device at its place in the tree, and the links that lead to it.
    func add(
        _ path: String, number: String, rotational: String? = nil, partition: Bool = false, slaves: [String] = []
    ) throws {
        let name = (path as NSString).lastPathComponent
        try Files().makeFolder("\(root)/sys/\(path)")
        try Files().makeLink(at: "\(root)/sys/dev/block/\(number)", to: "../../" + path)
        try Files().makeLink(at: "\(root)/sys/class/block/\(name)", to: "../../" + path)
        if let rotational { try write(rotational + "\n", "sys/\(path)/queue/rotational") }
        if partition { try write("1\n", "sys/\(path)/partition") }
        for slave in slaves { try write("", "sys/\(path)/slaves/\(slave)") }
    }

    /// md0 of two partitions, the second on a disk of its own.
    func addArray(level: String = "raid1", degraded: Int = 0, action: String = "idle", rotational: String = "0") throws
    {
        for (letter, number) in [("a", 0), ("b", 16)] {
            try add("\(Self.disk)/sd\(letter)", number: "8:\(number)", rotational: letter == "a" ? "0" : rotational)
            try add("\(Self.disk)/sd\(letter)/sd\(letter)1", number: "8:\(number + 1)", partition: true)
        }
        try add("devices/virtual/block/md0", number: "9:0", slaves: ["sda1", "sdb1"])
        for (name, text) in [
            ("level", level), ("raid_disks", "2"), ("degraded", String(degraded)), ("sync_action", action),
        ] { try write(text + "\n", "sys/devices/virtual/block/md0/md/\(name)") }
    }

    var storage: Storage { Storage.read(at: "/", root: root) }
}

@Suite struct `The disks below a folder` {
    @Test func `that md mirrors are RAID 1, made of what its disks are made of`() throws {
        let tree = try KernelTree(mounted: "9:0")
        try tree.addArray()
        #expect(tree.storage.mirror == .whole(array: "md0", disks: 2))
        #expect(tree.storage.kind == .solid)
        #expect(tree.storage.total != nil)
    }

    @Test func `turn if one of them does`() throws {
        let tree = try KernelTree(mounted: "9:0")
        try tree.addArray(rotational: "1")
        #expect(tree.storage.kind == .turning)
    }

    @Test(arguments: [("idle", false), ("recover", true), ("frozen", false)])
    func `are told to lack one where md does`(action: String, isRebuilding: Bool) throws {
        let tree = try KernelTree(mounted: "9:0")
        try tree.addArray(degraded: 1, action: action)
        #expect(
            tree.storage.mirror == .degraded(array: "md0", present: 1, disks: 2, isRebuilding: isRebuilding))
    }

    @Test(arguments: ["raid0", "linear", "raid5"]) func `of another level are no mirror`(level: String) throws {
        let tree = try KernelTree(mounted: "9:0")
        try tree.addArray(level: level)
        #expect(tree.storage.mirror == .none)
    }

    @Test func `are looked for below LVM, and the worse of two decides`() throws {
        let tree = try KernelTree(mounted: "254:0")
        try tree.addArray()
        try tree.add("devices/virtual/block/dm-0", number: "254:0", slaves: ["md0"])
        #expect(tree.storage.mirror == .whole(array: "md0", disks: 2))
        try tree.add("\(KernelTree.disk)/sdc", number: "8:32", rotational: "0")
        try tree.add("devices/virtual/block/dm-0", number: "254:0", slaves: ["md0", "sdc"])
        #expect(tree.storage.mirror == .none)
    }

    /// An array that the site does not lie on protects nothing of it.
    @Test func `are no mirror because another array is one`() throws {
        let tree = try KernelTree(mounted: "8:33")
        try tree.addArray()
        try tree.add("\(KernelTree.disk)/sdc", number: "8:32", rotational: "1")
        try tree.add("\(KernelTree.disk)/sdc/sdc1", number: "8:33", partition: true)
        #expect(tree.storage.mirror == .none && tree.storage.kind == .turning)
    }

    @Test func `of a file system with a number of its own are found by its source`() throws {
        let tree = try KernelTree(mounted: "0:31", source: "/dev/md0")
        try tree.addArray()
        #expect(tree.storage.mirror == .whole(array: "md0", disks: 2))
        let other = try KernelTree(mounted: "0:31", source: "overlay")
        #expect(other.storage.kind == .unknown && other.storage.mirror == .none)
    }

    @Test func `behind a RAID card are hidden by it`() throws {
        let tree = try KernelTree(mounted: "8:0")
        try tree.add("\(KernelTree.disk)/sda", number: "8:0", rotational: "1")
        try tree.write("ahci\n", "sys/class/scsi_host/host0/proc_name")
        #expect(tree.storage.mirror == .none && tree.storage.kind == .turning)
        try tree.write("megaraid_sas\n", "sys/class/scsi_host/host0/proc_name")
        #expect(tree.storage.mirror == .hidden(by: "a RAID card (megaraid_sas)"))
        #expect(tree.storage.kind == .hidden(by: "a RAID card (megaraid_sas)"))
    }

    @Test func `of a guest are hidden by its hypervisor, unless it mirrors them itself`() throws {
        let tree = try KernelTree(mounted: "254:0", isGuest: true)
        try tree.write("VMware, Inc.\n", "sys/class/dmi/id/sys_vendor")
        try tree.add("devices/pci0000:00/virtio1/block/vda", number: "254:0", rotational: "1")
        #expect(tree.storage.mirror == .hidden(by: "VMware") && tree.storage.kind == .hidden(by: "VMware"))
        let mirrored = try KernelTree(mounted: "9:0", isGuest: true)
        try mirrored.addArray()
        #expect(mirrored.storage.mirror == .whole(array: "md0", disks: 2))
        #expect(mirrored.storage.kind == .hidden(by: "a hypervisor"))
    }

    @Test func `are those that are mounted nearest above it`() {
        let table = """
            22 1 8:1 / / rw - ext4 /dev/sda1 rw
            23 22 8:2 / /home rw shared:1 - ext4 /dev/sda2 rw
            24 22 8:3 / /homes rw - ext4 /dev/sda3 rw
            25 22 8:4 / /home rw shared:1 master:2 - ext4 /dev/sdb1 rw
            """
        #expect(BlockDevices.mount(above: "/home/anna", in: table)?.device == "8:4")
        #expect(BlockDevices.mount(above: "/home/anna", in: table)?.source == "/dev/sdb1")
        #expect(BlockDevices.mount(above: "/var", in: table)?.device == "8:1")
        #expect(BlockDevices.mount(above: "/var", in: "") == nil)
    }
}

@Suite struct `The card that leads out` {
    private static let route = "Iface\tDestination\tGateway\neth1\t000011AC\t00000000\neth0\t00000000\t010011AC\n"

    private func tree(route: String = Self.route, isGuest: Bool = false) throws -> KernelTree {
        let tree = try KernelTree(mounted: "8:0", isGuest: isGuest)
        try tree.write(route, "proc/net/route")
        return tree
    }

    @Test func `is that of the default route, with the speed that it agreed on`() throws {
        let tree = try tree()
        try tree.write("", "sys/class/net/eth0/device/driver")
        try tree.write("1000\n", "sys/class/net/eth0/speed")
        #expect(NetworkLink.read(root: tree.root) == NetworkLink(card: "eth0", speed: .agreed(1000)))
        try tree.write("-1\n", "sys/class/net/eth0/speed")
        #expect(NetworkLink.read(root: tree.root)?.speed == .unknown)
    }

    @Test func `is looked for below a bridge and a VLAN`() throws {
        let tree = try tree()
        try tree.write("", "sys/class/net/eth0/lower_vlan7/ifindex")
        try tree.write("", "sys/class/net/vlan7/lower_eno1/ifindex")
        try tree.write("", "sys/class/net/eno1/device/driver")
        try tree.write("100\n", "sys/class/net/eno1/speed")
        #expect(NetworkLink.read(root: tree.root) == NetworkLink(card: "eth0", speed: .agreed(100)))
    }

    /// veth shows 10000, vmxnet3 too, whatever the line is.
    @Test func `measures nothing where software plays it`() throws {
        let veth = try tree()
        try veth.write("10000\n", "sys/class/net/eth0/speed")
        #expect(NetworkLink.read(root: veth.root)?.speed == .played(by: "the kernel"))
        let guest = try tree(isGuest: true)
        try guest.write("10000\n", "sys/class/net/eth0/speed")
        try guest.write("", "sys/class/net/eth0/device/driver")
        #expect(NetworkLink.read(root: guest.root)?.speed == .played(by: "a hypervisor"))
    }

    @Test func `is found where there is only IPv6`() throws {
        let nothing = "Iface\tDestination\tGateway\n"
        let tree = try tree(route: nothing)
        #expect(NetworkLink.read(root: tree.root) == nil)
        let zero = String(repeating: "0", count: 32)
        try tree.write(
            "\(zero) 00 \(zero) 00 \(zero) ffffffff 00000001 00000000 00200200       lo\n"
                + "\(zero) 00 \(zero) 00 fe80\(zero.dropFirst(4)) 00000400 00000002 00000000 00000003     eno1\n",
            "proc/net/ipv6_route")
        #expect(NetworkLink.read(root: tree.root)?.card == "eno1")
    }
}
