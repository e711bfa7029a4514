import Site
import TestSupport
import Testing

@testable import Blueprint

@Suite struct `The Vagrantfile` {
    @Test func `of an ESXi server has no password in it, and both machines`() throws {
        let esxi = Site.ESXi(host: "192.0.2.20", user: "kopnik", datastore: "datastore1 (ssd)", network: "VM Network")
        let site = Site(domain: "kopnik.org", machines: Site.Machines(count: 2, esxi: esxi))
        try expectGolden(Vagrantfile.text(site), "Vagrantfile-esxi")
    }

    @Test func `of VirtualBox has a network of its own`() throws {
        let machines = Site.Machines(
            provider: .virtualBox, count: 2, cores: 2, memory: .gigabytes(4), disk: .gigabytes(40))
        try expectGolden(Vagrantfile.text(Site(machines: machines)), "Vagrantfile-virtualbox")
        #expect(Vagrantfile.address(of: "main", in: machines) == "192.168.56.11")
        #expect(Vagrantfile.address(of: "standby", in: machines) == "192.168.56.12")
        #expect(Vagrantfile.address(of: "other", in: machines) == nil)
    }

    @Test func `of libvirt has the sizes of the specification`() throws {
        let machines = Site.Machines(provider: .libvirt)
        try expectGolden(Vagrantfile.text(Site(machines: machines)), "Vagrantfile-libvirt")
        #expect(Vagrantfile.address(of: "main", in: machines) == nil)
    }
}
