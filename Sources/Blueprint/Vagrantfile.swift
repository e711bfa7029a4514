public import Site

/// What Vagrant needs to make the site's machines: a file to read, and to use without kopnik.
public enum Vagrantfile {
    /// Its name in a folder, which is Vagrant's.
    public static let name = "Vagrantfile"
    /// The variable by which Vagrant gets the password of the ESXi server.
    public static let passwordVariable = "KOPNIK_ESXI_PASSWORD"

    /// The whole file.
    public static func text(_ site: Site) -> String {
        let machines = site.machines
        var lines = [
            "# The machines of \(site.domain). To change them, edit kopnik.yaml and run 'kopnik vagrant up'.",
            "# By hand, in this folder: vagrant up, vagrant ssh main, vagrant halt, vagrant destroy.",
            "# This file makes bare machines; the site is raised on them by 'kopnik up --on vagrant:main'.",
            "Vagrant.configure(\"2\") do |config|",
            "  config.vm.box = \(quoted(machines.box))",
            "  config.vm.synced_folder \".\", \"/vagrant\", disabled: true",
        ]
        // For `verify`, which else cannot know where the machine came from.
        lines.append(
            "  config.vm.provision \"shell\", inline: \"mkdir -p /var/lib/kopnik/host && echo \(machines.provider.rawValue) >/var/lib/kopnik/host/vagrant\""
        )
        if machines.provider == .virtualBox {
            lines.append("  config.vm.disk :disk, size: \"\(gigabytes(machines.disk))GB\", primary: true")
        }
        for (index, name) in machines.names.enumerated() {
            lines += [
                "", "  config.vm.define \(quoted(name)) do |machine|", "    machine.vm.hostname = \(quoted(name))",
            ]
            if machines.provider == .virtualBox {
                lines.append("    machine.vm.network \"private_network\", ip: \(quoted(address(of: index, machines)))")
            }
            lines.append("    machine.vm.provider \(quoted(machines.provider.rawValue)) do |provider|")
            lines += settings(site, name).map { "      provider." + $0 }
            lines += ["    end", "  end"]
        }
        return (lines + ["end"]).joined(separator: "\n") + "\n"
    }

    /// Where a machine answers, if that is not where Vagrant's ssh goes.
    public static func address(of name: String, in machines: Site.Machines) -> String? {
        guard machines.provider == .virtualBox, let index = machines.names.firstIndex(of: name) else { return nil }
        return address(of: index, machines)
    }

    private static func address(of index: Int, _ machines: Site.Machines) -> String {
        let parts = machines.address.split(separator: ".")
        return (parts.dropLast().map(String.init) + ["\((parts.last.flatMap { Int($0) } ?? 0) + index)"]).joined(
            separator: ".")
    }

    private static func settings(_ site: Site, _ name: String) -> [String] {
        let machines = site.machines
        let (cores, memory, disk) = (machines.cores, megabytes(machines.memory), gigabytes(machines.disk))
        switch machines.provider {
        case .libvirt: return ["cpus = \(cores)", "memory = \(memory)", "machine_virtual_size = \(disk)"]
        case .virtualBox:
            return ["name = \(quoted("\(site.name)-\(name)"))", "cpus = \(cores)", "memory = \(memory)"]
        case .esxi:
            let esxi = machines.esxi
            return [
                "esxi_hostname = \(quoted(esxi.host ?? ""))", "esxi_username = \(quoted(esxi.user))",
                "esxi_password = \"env:\(passwordVariable)\"",
            ] + (esxi.datastore.map { ["esxi_disk_store = \(quoted($0))"] } ?? [])
                + (esxi.network.map { ["esxi_virtual_network = [\(quoted($0))]"] } ?? []) + [
                    "guest_name = \(quoted("\(site.name)-\(name)"))", "guest_numvcpus = \"\(cores)\"",
                    "guest_memsize = \"\(memory)\"", "guest_boot_disk_size = \(disk)", "guest_autostart = \"true\"",
                ]
        }
    }

    private static func megabytes(_ amount: ByteCount) -> Int { max(1, amount.bytes >> 20) }
    private static func gigabytes(_ amount: ByteCount) -> Int { max(1, amount.bytes >> 30) }

    /// The site's rules let in no sign that means something between Ruby's quotation marks.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
