import Machine
import TestSupport
import Testing

@testable import Host

@Suite struct `The permission for the view of SFTP` {
    let folder = TemporaryFolder()

    private var sandbox: ServiceSettings? {
        let computer = Computer(
            cores: 1, memory: 1, distribution: "ubuntu", version: "24.04", name: "Ubuntu", hasSystemd: true,
            isWSL: false)
        return Server(world: .test(), wish: .init(), computer: computer, root: folder.path).sandbox
    }
    private let switchFile = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"

    @Test func `is given where the kernel restricts it, and Ubuntu itself does not give it`() throws {
        #expect(sandbox?.name == nil)
        try Files().write("0\n", to: folder.path + switchFile)
        #expect(sandbox?.name == nil)
        try Files().write("1\n", to: folder.path + switchFile)
        #expect(sandbox?.files.first?.contents.contains("/usr/bin/bwrap flags=(unconfined)") == true)
        try Files().write("", to: folder.path + "/etc/apparmor.d/bwrap-userns-restrict")
        #expect(sandbox?.name == nil)
    }
}
