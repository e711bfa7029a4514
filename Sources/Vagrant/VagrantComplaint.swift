import Machine
import Site

/// What Vagrant said when it failed, as a person can understand it.
struct VagrantComplaint {
    let said: String
    let provider: Site.Machines.Provider

    private func says(_ words: String...) -> Bool { words.contains { said.lowercased().contains($0.lowercased()) } }

    var failure: Failure {
        let again = "then run the same command again: what was done is kept"
        if provider == .esxi {
            // github.com/josenk/vagrant-vmware-esxi/issues/2 and /119
            if says("timeout waiting for \"running\"") {
                return Failure(
                    "the machine started and never told its address",
                    because: "the box has no open-vm-tools, or no server gives out addresses (DHCP) in its network",
                    fix:
                        "take a box with open-vm-tools (machines.box), or another esxi.network; kopnik vagrant destroy; \(again)"
                )
            }
            // README of the plugin, "Known issues": Ctrl-C leaves half a machine.
            if says("already exists", "overwrite") {
                return Failure(
                    "half a machine of an earlier try lies on the ESXi server", because: lastWords,
                    fix: "delete it on the server's own page (vSphere client), \(again)")
            }
            if says("Authentication failed", "Unable to connect", "Connection refused", "timed out") {
                return Failure(
                    "the ESXi server does not let Vagrant in", because: lastWords,
                    fix:
                        "check esxi.host, esxi.user and the password, and switch SSH on: Host, Actions, Services on its page; \(again)"
                )
            }
        }
        if says("could not be found. Attempting to find and install"), says("Error: ", "couldn't be", "can't be") {
            return Failure(
                "the box cannot be had", because: lastWords,
                fix:
                    "check the network and machines.box; a file can be added by hand: vagrant box add --name NAME FILE; \(again)"
            )
        }
        if says("failed to connect to the hypervisor", "libvirt-sock") {
            return Failure(
                "libvirt does not answer", because: lastWords,
                fix: "sudo systemctl start libvirtd; sudo usermod -aG libvirt \"$USER\" and log in anew; \(again)")
        }
        return Failure(
            "Vagrant could not make the machines", because: lastWords,
            fix: "what it said above names the reason; \(again)")
    }

    private var lastWords: String {
        let lines = said.split(whereSeparator: \.isNewline).map { $0.trimmed }.filter { !$0.isEmpty }
        return lines.last ?? "it said nothing"
    }
}
