extension Site {
    /// The virtual machines that `kopnik vagrant` makes for the site.
    public struct Machines: Sendable, Equatable {
        /// What they run on; Vagrant's own words for its providers.
        public enum Provider: String, Sendable, Equatable, CaseIterable {
            /// VMware ESXi, by the plugin vagrant-vmware-esxi.
            case esxi = "vmware_esxi"
            /// VirtualBox, which Vagrant knows by itself.
            case virtualBox = "virtualbox"
            /// KVM or QEMU through libvirt, by the plugin vagrant-libvirt.
            case libvirt
        }

        /// What they run on.
        public var provider: Provider
        /// The image they begin as, by its name in Vagrant's registry or on this computer.
        public var box: String
        /// How many: 1 is main, 2 are main and standby.
        public var count: Int
        /// Processors of each.
        public var cores: Int
        /// Memory of each.
        public var memory: ByteCount
        /// The disk of each.
        public var disk: ByteCount
        /// The address of main in VirtualBox's network between this computer and its machines; standby has the next one.
        public var address: String
        /// The ESXi server, where that is the provider.
        public var esxi: ESXi

        /// The defaults are those of requirements H1–H3 and P1.
        public init(
            provider: Provider = .esxi, box: String = "bento/ubuntu-26.04", count: Int = 1, cores: Int = 6,
            memory: ByteCount = .gigabytes(6), disk: ByteCount = .gigabytes(250), address: String = "192.168.56.11",
            esxi: ESXi = ESXi()
        ) {
            self.provider = provider
            self.box = box
            self.count = count
            self.cores = cores
            self.memory = memory
            self.disk = disk
            self.address = address
            self.esxi = esxi
        }

        /// Their names, as Vagrant and ssh know them.
        public var names: [String] { Array(["main", "standby"].prefix(count)) }
    }

    /// A VMware ESXi server.
    public struct ESXi: Sendable, Equatable {
        /// Its name or address.
        public var host: String?
        /// Who logs in to it.
        public var user: String
        /// The datastore on which the machines' disks lie; the server's first when nil.
        public var datastore: String?
        /// The network of its own to which the machines are connected; the server's first when nil.
        public var network: String?
        /// A file that its owner alone can read, with the password; asked for when nil.
        public var passwordFile: String?

        public init(
            host: String? = nil, user: String = "root", datastore: String? = nil, network: String? = nil,
            passwordFile: String? = nil
        ) {
            self.host = host
            self.user = user
            self.datastore = datastore
            self.network = network
            self.passwordFile = passwordFile
        }
    }
}

extension Setting {
    static let machines: [Setting] = [
        group("machines", "The virtual machines that 'kopnik vagrant up' makes, and on which it raises the site."),
        choice(
            "machines.provider", \.machines.provider, example: .libvirt,
            "What they run on: vmware_esxi, a server of its own; virtualbox or libvirt, this computer."),
        text(
            "machines.box", \.machines.box, .box, example: "bento/debian-13",
            """
            The image they begin as: Ubuntu Server LTS or Debian. Canonical itself publishes none from 24.04 on. For \
            ESXi it must have open-vm-tools in it.
            """),
        integer(
            "machines.count", \.machines.count, .integer(1...2), example: 2,
            "How many: 1 is main, on which the site is raised; 2 are main and standby, which is set up as a server."),
        integer("machines.cores", \.machines.cores, .integer(1...64), example: 2, "The processors of each."),
        memory("machines.memory", \.machines.memory, example: .gigabytes(4), "The memory of each."),
        memory("machines.disk", \.machines.disk, example: .gigabytes(40), "The disk of each."),
        text(
            "machines.address", \.machines.address, .address, example: "192.168.57.11",
            """
            For VirtualBox: main's address in the network between this computer and its machines; standby has the \
            next one.
            """),

        group("esxi", "The VMware ESXi server, for 'kopnik vagrant'; SSH has to be switched on there."),
        optional("esxi.host", \.machines.esxi.host, .server, example: "192.0.2.20", "Its name or address."),
        text("esxi.user", \.machines.esxi.user, .label, example: "kopnik", "Who logs in to it, over SSH."),
        optional(
            "esxi.datastore", \.machines.esxi.datastore, .label, example: "datastore1",
            "The datastore of the machines' disks. When left out: the first."),
        optional(
            "esxi.network", \.machines.esxi.network, .label, example: "VM Network",
            """
            Its network to which the machines are connected, where something gives out addresses (DHCP). When left \
            out: the first.
            """),
        optional(
            "esxi.password_file", \.machines.esxi.passwordFile, .program, example: "/home/anna/esxi-password",
            """
            A file with the password, readable by you alone. When left out: the variable KOPNIK_ESXI_PASSWORD, or you \
            are asked.
            """),
    ]
}

extension TextRule {
    static let box = TextRule(
        allowed: "a box's name, such as bento/ubuntu-26.04", pattern: "^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$"
    ) { text in
        let isPlain =
            (1...200).contains(text.count) && text.first?.isIn("A"..."Z", "a"..."z", "0"..."9") == true
            && text.allSatisfy { $0.isIn("A"..."Z", "a"..."z", "0"..."9") || "._/-".contains($0) }
        return isPlain
            ? nil
            : Objection(
                "a box is named by letters, digits and . _ / -", fix: "write its name, such as bento/ubuntu-26.04")
    }

    /// What stands in quotes in the Vagrantfile, and has no sign in it that means something to Ruby.
    static let label = TextRule(
        allowed: "1 to 80 letters, digits, blanks and . _ - ( )", pattern: "^[A-Za-z0-9._() -]{1,80}$"
    ) { text in
        let isPlain =
            (1...80).contains(text.count)
            && text.allSatisfy { $0.isIn("A"..."Z", "a"..."z", "0"..."9") || "._() -".contains($0) }
        return isPlain ? nil : Objection("it has 1 to 80 letters, digits, blanks and . _ - ( )")
    }

    static let address = TextRule(
        allowed: "an address of IPv4, such as 192.168.56.11",
        pattern: #"^([0-9]{1,3}\.){3}[0-9]{1,3}$"#
    ) { text in
        isAddress(text) && !text.hasSuffix(".255") && !text.hasSuffix(".254")
            ? nil : Objection("it has four numbers from 0 to 255, the last at most 253", fix: "write 192.168.56.11")
    }

    static let server = TextRule(
        allowed: "a name or an address of IPv4", pattern: "^[a-z0-9.-]{1,253}$"
    ) { text in
        isAddress(text) || isHostName(text)
            ? nil : Objection("it is a host name in lower case or an address", fix: "write it such as 192.0.2.20")
    }
}
