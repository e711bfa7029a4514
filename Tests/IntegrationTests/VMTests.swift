import Foundation
import Machine
import Testing

/// Machines with a kernel of their own, and those that Vagrant makes. Translated by QEMU each takes long, so they run when asked
/// for: `./kopnik-test vm`.
@Suite(.enabled(if: VirtualMachine.isAsked), .serialized, .timeLimit(.minutes(120)))
struct VMTests {
    /// Node.js cannot be had everywhere, and a desktop takes 254 packages: `OnServerTests` and `DesktopTests` are about those.
    private static let siteFile =
        "sources: { server: demo, client: demo }\nserver: { desktop: none, nvm: 'http://localhost/none' }\n"

    @Test func `one command makes a machine with a kernel of its own a site, which outlives a reboot`() async throws {
        try await BareHost.shared.raise()
        try await VirtualMachine.fresh { machine in
            try await BareHost.fresh("laptop") { laptop in
                let hostKey = try await preparesLogin(laptop, to: machine)
                func kopnik(_ words: String, within limit: Duration = .seconds(900)) async throws -> CommandOutput {
                    try await laptop.shell(
                        "cd /root; exec kopnik \(words) --on ssh://root@\(machine.address) --host-key \(hostKey) </dev/null",
                        within: limit)
                }
                let up = try await timed("the first up") { try await kopnik("up --yes", within: .seconds(5400)) }
                expectASite(up)
                try await expectNothingToDo { try await kopnik("up --yes") }
                try await expectNoneBroken { try await kopnik("verify --json") }
                try await expectWhatOnlyAKernelHas(machine)

                try await timed("a reboot") { try await machine.reboot() }
                let well = try await timed("from SSH after the reboot to no broken row") {
                    try await poll(for: .seconds(900), every: .seconds(5)) { () -> Bool? in
                        try await kopnik("verify --json").exitCode == 0 ? true : nil
                    }
                }
                #expect(well == true, "a row is broken after a reboot")
                try await expectNoneBroken { try await kopnik("verify --json") }
                try await expectNothingToDo { try await kopnik("up --yes") }
            }
        }
    }

    @Test func `kopnik vagrant up makes a machine and raises the site on it, and goes on from there`() async throws {
        try await BareHost.shared.raise()
        try await VagrantHost.fresh { host in
            let machines =
                "machines: { provider: libvirt, box: \(VagrantHost.box), cores: 2, memory: 4GB, disk: 30GB }\n"
            let written = try await host.shell("printf %s \"\(Self.siteFile)\(machines)\" >kopnik.yaml")
            try #require(written.succeeded, "\(written)")
            let up = try await timed("kopnik vagrant up") {
                try await host.shell("./kopnik vagrant up --yes </dev/null", within: .seconds(6000))
            }
            expectASite(up)
            try await expectNothingToDo { try await host.shell("./kopnik up --yes --on vagrant:main </dev/null") }
            let rows = try await expectNoneBroken { try await host.shell("./kopnik verify --json --on vagrant:main") }
            #expect(rows["O5"] == "holds", "nobody but whoever made it reaches it, so ubuntu's password is ubuntu")
            #expect(rows["P1"] != "broken" && rows["P2"] == "holds", "\(rows)")
            let again = try await timed("kopnik vagrant up with nothing to do") {
                try await host.shell("./kopnik vagrant up --yes </dev/null", within: .seconds(900))
            }
            #expect(again.succeeded && again.standardError.contains("nothing to do"), "\(again)")
            let gone = try await host.shell("./kopnik vagrant destroy --force", within: .seconds(300))
            #expect(gone.succeeded, "\(gone)")
        }
    }

    /// Gives a person's computer what it needs, and what it has to know.
    /// - Returns: the machine's key, as OpenSSH shows it.
    private func preparesLogin(_ laptop: BareHost, to machine: VirtualMachine) async throws -> String {
        let tools = try await laptop.shell(
            """
            apt-get update --quiet >/dev/null; apt-get install --yes --quiet --no-install-recommends openssh-client curl >/dev/null 2>&1
            mkdir -p -m 700 /root/.ssh
            """)
        try #require(tools.succeeded, "\(tools)")
        try await laptop.write(try await VirtualMachine.key(), to: "/root/.ssh/id_ed25519")
        _ = try await laptop.shell("chmod 600 /root/.ssh/id_ed25519")
        try await laptop.write(Self.siteFile, to: "/root/kopnik.yaml")
        return try await machine.must("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").text
            .split(separator: " ").map(String.init)[1]
    }

    private func expectASite(_ up: CommandOutput, at place: SourceLocation = #_sourceLocation) {
        // The figures, part by part.
        print(up.standardError.split(separator: "\n").filter { !$0.hasPrefix("  … ") }.joined(separator: "\n"))
        #expect(up.succeeded, "\(up)", sourceLocation: place)
        for word in ["Verified ", " 0 broken", "is up", "Seen from here", "HTTPS and HTTP answer here"] {
            #expect(up.standardError.contains(word), "\(up)", sourceLocation: place)
        }
    }

    private func expectNothingToDo(
        at place: SourceLocation = #_sourceLocation, _ up: () async throws -> CommandOutput
    ) async throws {
        let again = try await timed("up with nothing to do", up)
        #expect(
            again.succeeded && again.standardError.contains("is up, nothing to do"), "\(again)", sourceLocation: place)
    }

    /// - Returns: the outcome of each row by its number.
    @discardableResult
    private func expectNoneBroken(
        at place: SourceLocation = #_sourceLocation, _ verify: () async throws -> CommandOutput
    ) async throws -> [String: String] {
        struct Report: Decodable {
            struct Row: Decodable { var number: String; var outcome: String }
            var results: [Row]
        }
        let output = try await timed("verify", verify)
        #expect(output.exitCode == 0, "\(output)", sourceLocation: place)
        let report = try JSONDecoder().decode(Report.self, from: Data(output.standardOutput.utf8))
        let rows = Dictionary(uniqueKeysWithValues: report.results.map { ($0.number, $0.outcome) })
        let broken = rows.filter { $0.value == "broken" }
        #expect(broken.isEmpty, "\(output)", sourceLocation: place)
        for letter in "ODGMBNW" {
            #expect(rows.keys.contains { $0.first == letter }, "no row \(letter)", sourceLocation: place)
        }
        #expect(rows["O1"] == "differs", "the specification asks for Ubuntu", sourceLocation: place)
        return rows
    }

    /// A host in a container shares its kernel, and can show none of this.
    private func expectWhatOnlyAKernelHas(_ machine: VirtualMachine) async throws {
        #expect(try await machine.must("swapon --noheadings --show=NAME").text == "/swapfile.kopnik")
        #expect(try await machine.must("cat /sys/module/apparmor/parameters/enabled").text == "Y")
        #expect(try await machine.must("cat /proc/sys/net/core/somaxconn").text == "4096")
    }

    @discardableResult
    private func timed<Value>(_ what: String, _ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        let value = try await body()
        print("\(what): \(ProgressLine.time(start.duration(to: .now)))")
        return value
    }
}
