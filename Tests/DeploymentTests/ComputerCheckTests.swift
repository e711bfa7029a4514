import Deployment
import Machine
import Testing

@Suite struct `A computer that is looked over` {
    private func check(
        cores: Int = 4, memory: Int = 8 << 30, distribution: String = "debian", version: String = "13",
        space: Int? = 100 << 30,
        docker: Int? = nil, ports: [ListeningPort] = [], isRaised: Bool = false
    ) -> ComputerCheck {
        let computer = Computer(
            cores: cores, memory: memory, distribution: distribution, version: version, name: "Debian GNU/Linux 13",
            hasSystemd: true, isWSL: false)
        return ComputerCheck(
            computer: computer, freeSpace: space, freeDockerSpace: docker, takenPorts: ports, isRaised: isRaised)
    }
    private func finding(_ check: ComputerCheck, _ subject: String) throws -> Finding {
        try #require(check.findings.first { $0.subject == subject })
    }

    @Test func `and is large enough has nothing to tell`() {
        let check = check()
        #expect(check.findings.map(\.subject) == ["System", "Processor", "Memory", "Disk"])
        #expect(check.findings.allSatisfy { $0.level == .good && $0.fix == nil })
        #expect(check.obstacle == nil)
        #expect(check.summary == "4 cores, 8 GB, 100 GB free")
    }

    @Test(arguments: [
        ("debian", "12", Finding.Level.good), ("debian", "13", .good), ("debian", "", .good),
        ("debian", "11", .warning), ("ubuntu", "24.04", .good),
        ("ubuntu", "22.04", .warning), ("fedora", "41", .warning), ("unknown", "", .warning),
    ])
    func `has a system that is tried, or a warning`(distribution: String, version: String, level: Finding.Level) throws
    {
        let found = try finding(check(distribution: distribution, version: version), "System")
        #expect(found.level == level)
        #expect((found.fix == nil) == (level == .good))
    }

    @Test func `with fewer cores than H1 asks for is warned of`() throws {
        #expect(try finding(check(cores: 3), "Processor").level == .warning)
        #expect(check(cores: 1).obstacle == nil)
    }

    @Test func `with too little memory cannot do it, with less than H2 asks for it is warned of`() throws {
        #expect(check(memory: 2 << 30).obstacle?.what == "2 GB of memory is too little")
        #expect(try finding(check(memory: (3 << 30) + 1), "Memory").level == .warning)
        #expect(try finding(check(memory: 6 << 30), "Memory").level == .good)
    }

    @Test func `of 4 GB has the 4 GB that H2 asks for`() throws {
        // What a 4 GB machine reports: some of it is the firmware's and the kernel's.
        let found = try finding(check(memory: 4_100_000_000), "Memory")
        #expect(found.level == .good)
    }

    @Test func `with a full disk cannot do it, and less will do once the images are there`() throws {
        let full = check(space: 500 << 20)
        #expect(full.obstacle?.what == "the disk is nearly full: 500 MB free")
        #expect(full.obstacle?.because?.hasSuffix("need 6 GB") == true && full.obstacle?.fix != nil)
        #expect(check(space: 2 << 30).obstacle != nil)
        #expect(check(space: 2 << 30, isRaised: true).obstacle == nil)
        #expect(check(space: 500 << 20, isRaised: true).obstacle?.because == "a running site needs 1 GB")
    }

    @Test func `counts Docker's own disk too`() {
        #expect(check(docker: 1 << 30).obstacle?.what == "Docker's disk is nearly full: 1 GB free")
        #expect(check(docker: 50 << 30).findings.count == 5)
    }

    @Test func `whose free space is unknown is warned of`() throws {
        #expect(try finding(check(space: nil), "Disk").level == .warning)
    }

    @Test func `names whoever holds a port`() throws {
        let all = check(ports: [
            ListeningPort(port: 80, program: "apache2", process: 17),
            ListeningPort(port: 443, program: nil, process: nil),
        ]).findings.suffix(2)
        #expect(
            all.map(\.what) == ["port 80 is taken by 'apache2' (process 17)", "port 443 is taken by another program"])
        #expect(all.compactMap(\.fix).map { String($0.suffix(17)) } == [" --http-port 8080", "--https-port 8443"])
    }

    @Test(arguments: [8080, 8443]) func `is not told to take the very port that is taken`(port: Int) throws {
        let fix = try #require(check(ports: [ListeningPort(port: port, program: "x", process: 1)]).obstacle?.fix)
        #expect(!fix.hasSuffix(" \(port)"))
    }
}

@Suite struct `The difference of two texts` {
    @Test func `is empty for equal ones`() { #expect(LineDifference.describe(from: "a\nb\n", to: "a\nb\n").isEmpty) }

    @Test func `shows what goes, what comes, and two lines around`() {
        let old = (1...9).map(String.init).joined(separator: "\n")
        #expect(
            LineDifference.describe(from: old, to: old.replacing("5", with: "five"))
                == "  3\n  4\n- 5\n+ five\n  6\n  7")
    }

    @Test func `leaves out what lies between, and says so`() {
        let old = (10...30).map(String.init)
        let new = ["first"] + old + ["last"]
        let text = LineDifference.describe(
            from: old.joined(separator: "\n"), to: new.joined(separator: "\n"), context: 1)
        #expect(text == "+ first\n  10\n  …\n  30\n+ last")
    }

    @Test func `of a whole file is all of it`() {
        #expect(LineDifference.describe(from: "", to: "a\nb") == "- \n+ a\n+ b")
    }

    @Test func `sees a missing line end`() { #expect(!LineDifference.describe(from: "a", to: "a\n").isEmpty) }

    @Test func `can be put together again`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let texts = (0..<2).map { _ in
                (0..<12).map { _ in "abcd".randomElement(using: &generator).map(String.init) ?? "" }.joined(
                    separator: "\n")
            }
            let lines = LineDifference.describe(from: texts[0], to: texts[1], context: 99).split(separator: "\n").map(
                String.init)
            guard texts[0] != texts[1] else { continue }
            #expect(
                lines.filter { !$0.hasPrefix("+ ") }.map { String($0.dropFirst(2)) }.joined(separator: "\n") == texts[0]
            )
            #expect(
                lines.filter { !$0.hasPrefix("- ") }.map { String($0.dropFirst(2)) }.joined(separator: "\n") == texts[1]
            )
        }
    }
}
