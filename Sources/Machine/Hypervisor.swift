/// Whose guest this computer is, if it is a virtual machine: what its disks and cards say of themselves is then the hypervisor's story.
public struct Hypervisor: Sendable, Equatable {
    /// A name for people, such as `VMware`; "a hypervisor" where it does not say which.
    public var name: String

    /// Makes one of that name; `read` asks this computer.
    public init(name: String) { self.name = name }

    /// What the makers of virtual machines write into the firmware's tables, as far as it is theirs alone.
    private static let makers = [
        "VMware": "VMware", "QEMU": "QEMU", "innotek": "VirtualBox", "VirtualBox": "VirtualBox", "Xen": "Xen",
        "Virtual Machine": "Hyper-V", "Amazon EC2": "Amazon EC2", "Google Compute Engine": "Google Compute Engine",
        "Parallels": "Parallels", "KVM": "KVM",
    ]

    /// Reads this computer; `nil` where it is none.
    /// - Parameter root: the folder that /proc and /sys are looked for in; tests name another.
    public static func read(root: String = "") -> Hypervisor? {
        let files = Files()
        // Every hypervisor of today sets this bit for its guests; a firmware's tables alone may be a rented machine of bare metal.
        let flags = (files.text(of: root + "/proc/cpuinfo") ?? "").split(whereSeparator: \.isNewline).first {
            $0.hasPrefix("flags")
        }
        guard flags?.split(separator: " ").contains("hypervisor") == true else { return nil }
        let told = ["sys_vendor", "product_name"].compactMap { files.text(of: root + "/sys/class/dmi/id/\($0)") }
            .joined(separator: " ")
        let name = makers.keys.sorted().first { told.contains($0) }.flatMap { makers[$0] }
        return Hypervisor(name: name ?? "a hypervisor")
    }
}
