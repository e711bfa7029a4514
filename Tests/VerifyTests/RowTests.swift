import Blueprint
import Foundation
import Machine
import Site
import Testing

@testable import Verify

/// One thing that is wrong, and the rows that it turns red.
struct Fault: Sendable, CustomTestStringConvertible {
    var name: String
    /// All rows that are broken by it, no more and no less.
    var breaks: Set<String>
    var change: @Sendable (inout Recorded) -> Void
    var testDescription: String { name }

    init(_ name: String, breaks: Set<String>, change: @escaping @Sendable (inout Recorded) -> Void) {
        self.name = name
        self.breaks = breaks
        self.change = change
    }
}

/// Puts a text in place of another that must be there.
private func swap(_ text: inout String, _ old: String, _ new: String) {
    precondition(text.contains(old), "the recorded answer has no \(old)")
    text = text.replacing(old, with: new)
}

private func inService(_ kind: ServiceKind, _ old: String, _ new: String) -> @Sendable (String) -> String {
    { text in
        text.split(separator: "\n").map(String.init).map { line in
            line.contains("kopnik_\(kind.rawValue)\"") ? line.replacing(old, with: new) : line
        }.joined(separator: "\n")
    }
}

@Suite struct `Rows` {
    static let faults: [Fault] = [
        Fault("an unhealthy service", breaks: ["S1"]) {
            $0.containerChange = inService(.mail, #""healthy""#, #""unhealthy""#)
        },
        Fault("a privileged container", breaks: ["S2"]) { $0.containerChange = inService(.keeper, "false", "true") },
        Fault("crossbar stopped", breaks: ["S1", "S2", "O10", "D1", "B1", "B2", "N3", "W3"]) {
            $0.stopped = [.crossbar]
            swap(
                &$0.inside,
                #""crossbar":{"said":"HTTP/1.1 101 Switching Protocols","greeting":"HTTP/1.1 101 Switching Protocols"}"#,
                #""crossbar":{"error":"crossbar:8080: getaddrinfo ENOTFOUND crossbar"}"#)
        },
        Fault("a service removed", breaks: ["S1", "S2", "O10", "D1", "D2", "V1"]) {
            $0.services.removeAll { $0 == .keeper }
        },
        Fault("no swarm", breaks: ["O9"]) { swap(&$0.info, "true", "false") },
        Fault("an expired certificate", breaks: ["O3"]) {
            swap(&$0.outside, #""refusal": null"#, #""refusal": "certificate has expired""#)
            swap(&$0.outside, #""daysLeft": 396"#, #""daysLeft": -1"#)
        },
        Fault("another certificate served", breaks: ["W6"]) {
            swap(&$0.outside, #""isTheFile": true"#, #""isTheFile": false"#)
        },
        Fault("certificates not mounted", breaks: ["W6"]) {
            $0.containerChange = inService(.nginx, "\"/etc/letsencrypt\"", "\"/else\"")
        },
        Fault("another folder of certificates mounted", breaks: ["W6"]) {
            $0.containerChange = inService(.nginx, "etc/letsencrypt\", ", "etc/else\", ")
        },
        Fault("no source of kp-client", breaks: ["C1", "C2", "C3"]) {
            $0.links["home/ubuntu/kp-client"] = "sftp/nowhere"
        },
        Fault("a package of kp-client missing", breaks: ["C2"]) {
            $0.files["home/ubuntu/sftp/.releases/client/node_modules/left/package.json"] = nil
        },
        Fault("a script missing in dist", breaks: ["C3"]) {
            $0.files["home/ubuntu/sftp/.releases/client/dist/assets/main.js"] = nil
        },
        Fault("no dist", breaks: ["C3", "W5"]) {
            $0.files["home/ubuntu/sftp/.releases/client/dist/index.html"] = nil
            $0.files["home/ubuntu/sftp/.releases/client/dist/assets/main.js"] = nil
            swap(&$0.outside, #""compared": 2"#, #""compared": 0"#)
        },
        Fault("a service in a second network", breaks: ["D1"]) {
            $0.serviceChange = inService(.files, #""Networks": ["#, #""Networks": [{"Target": "other"}, "#)
        },
        Fault("a container without the network", breaks: ["D1"]) {
            $0.containerChange = inService(.files, "kopnik_internal", "bridge")
        },
        Fault("a service that no stack deployed", breaks: ["D2"]) {
            $0.serviceChange = inService(.files, "com.docker.stack.namespace", "other")
        },
        Fault("another Postgres", breaks: ["G1"]) { swap(&$0.database, "170006", "150013") },
        Fault("db says something else", breaks: ["G2"]) {
            swap(&$0.inside, #""db":{"said":"N","greeting":"N"}"#, #""db":{"said":"SSH-2.0","greeting":null}"#)
        },
        Fault("db closed", breaks: ["G2", "N3"]) {
            swap(&$0.inside, #""db":{"said":"N","greeting":"N"}"#, #""db":{"error":"db:5432: connect ECONNREFUSED"}"#)
        },
        Fault("max_connections 100", breaks: ["G3"]) { swap(&$0.database, #""1000""#, #""100""#) },
        Fault("shared_buffers 128MB", breaks: ["G4"]) { swap(&$0.database, #""512MB""#, #""128MB""#) },
        Fault("effective_cache_size 4GB", breaks: ["G5"]) { swap(&$0.database, #""1GB""#, #""4GB""#) },
        Fault("work_mem 4MB", breaks: ["G6"]) { swap(&$0.database, #""40MB""#, #""4MB""#) },
        Fault("work_mem of one database", breaks: ["G6"]) { swap(&$0.database, "[]", #"["work_mem=4MB"]"#) },
        Fault("no database test", breaks: ["G7"]) { swap(&$0.database, #", "test" : "UTF8""#, "") },
        Fault("a database in another encoding", breaks: ["G7"]) {
            swap(&$0.database, #""dev" : "UTF8""#, #""dev" : "SQL_ASCII""#)
        },
        Fault("psql fails", breaks: ["G1", "G3", "G4", "G5", "G6", "G7"]) { $0.database = "" },
        Fault("port 25 published", breaks: ["M1"]) {
            $0.serviceChange = inService(
                .mail, #""Mode": "dnsrr""#, #""Mode": "dnsrr", "Ports": [{"PublishedPort": 25, "TargetPort": 25}]"#)
        },
        Fault("port 25 forwarded", breaks: ["M1"]) {
            swap(
                &$0.outside, #""answering": []"#,
                #""answering": [{"address": "10.0.0.5", "said": "220 kopnik.localhost ESMTP"}]"#)
        },
        Fault("letters taken from this computer itself", breaks: ["M1"]) {
            swap(&$0.outside, #""accepted": false"#, #""accepted": true"#)
        },
        Fault("letters taken in a foreign network", breaks: ["M1"]) {
            $0.containerChange = inService(
                .mail, #""Networks": {"#, #""Networks": {"theirs": {"IPAddress": "10.0.9.3"}, "#)
            $0.foreignLetters = "10.0.9.3 TAKEN"
        },
        Fault("mail says something else", breaks: ["M2"]) {
            swap(
                &$0.inside, #""mail":{"said":"220 kopnik.localhost ESMTP","greeting":"220 kopnik.localhost ESMTP"}"#,
                #""mail":{"said":"hello","greeting":null}"#)
        },
        Fault("a router with other roles", breaks: ["B1"]) {
            swap(
                &$0.outside, #""differences": []"#,
                #""differences": ["role anonymous may publish below 'ru.kopnik.demo.'"]"#)
        },
        Fault("crossbar without a WebSocket", breaks: ["B2"]) {
            swap(&$0.inside, #""greeting":"HTTP/1.1 101 Switching Protocols""#, #""greeting":null"#)
        },
        Fault("another release mounted", breaks: ["N1"]) {
            $0.links["home/ubuntu/sftp/kp-server"] = ".releases/client"
        },
        Fault("kp-server not mounted", breaks: ["N1"]) {
            $0.containerChange = inService(.nodejs, "\"/home/ubuntu/sftp/kp-server\"", "\"/else\"")
        },
        Fault("a package of kp-server missing", breaks: ["N2"]) {
            swap(&$0.inside, #""missing":[]"#, #""missing":["pg"]"#)
        },
        Fault("started past npm", breaks: ["N4"]) { swap(&$0.inside, #""server:production""#, "null") },
        Fault("port 80 does not lead to https", breaks: ["W1"]) {
            swap(&$0.outside, #""status": 301"#, #""status": 200"#)
        },
        Fault("port 80 closed", breaks: ["W1"]) {
            swap(
                &$0.outside, #"{"status": 301, "location": "https://kopnik.localhost/"}"#,
                #"{"error": "ConnectionRefusedError: refused"}"#)
        },
        Fault("no HTTP/2", breaks: ["W2"]) {
            swap(&$0.outside, #"{"agreed": "h2", "status": 200}"#, #"{"agreed": "http/1.1", "status": null}"#)
        },
        Fault("no WebSocket through nginx", breaks: ["W3"]) {
            swap(
                &$0.outside, #""session": {"subprotocol": "wamp.2.json", "role": "anonymous", "method": "anonymous"}"#,
                #""session": {"error": "InvalidStatus: 502"}"#)
        },
        Fault("/api answers 502", breaks: ["W4"]) {
            swap(&$0.outside, #""path": "/api", "status": 404"#, #""path": "/api", "status": 502"#)
        },
        Fault("/api leads to the file server", breaks: ["W4"]) {
            swap(
                &$0.outside, #""status": 200, "shape": "node pid release uptimeSeconds""#,
                #""status": 404, "shape": "error""#)
        },
        Fault("other bytes than in dist", breaks: ["W5"]) {
            swap(&$0.outside, #""different": []"#, #""different": ["index.html: other bytes"]"#)
        },
        Fault("something else in the page's place", breaks: ["V1"]) {
            swap(&$0.outside, #""isPage": true"#, #""isPage": false"#)
        },
        Fault("a keeper that fell silent", breaks: ["V1"]) { swap(&$0.outside, #""silence": 1"#, #""silence": 61"#) },
        Fault("a keeper that never spoke", breaks: ["V1"]) { swap(&$0.outside, #""silence": 1"#, #""silence": null"#) },
        Fault("a page without a node", breaks: ["V1"]) { swap(&$0.outside, #""nodes": 1"#, #""nodes": 0"#) },
        Fault("a page without a container", breaks: ["V1"]) { swap(&$0.outside, #""t-nodejs", "#, "") },
        Fault("a page that answers to a stranger's name", breaks: ["V1"]) {
            swap(&$0.outside, #""strangerIs": 421"#, #""strangerIs": 200"#)
        },
        Fault("no page", breaks: ["V1"]) {
            swap(&$0.outside, #""dashboard": {"isPage": true"#, #""dashboard": {"error": "ConnectionRefusedError""#)
        },
        Fault("nothing answers on 443", breaks: ["O3", "W1", "W2", "W3", "W4", "W5", "W6", "B1"]) {
            for name in ["certificate", "http2", "session", "router", "pages", "answers"] {
                guard var object = (try? JSONSerialization.jsonObject(with: Data($0.outside.utf8))) as? [String: Any]
                else { return }
                object[name] = ["error": "ConnectionRefusedError: [Errno 111] Connection refused"]
                $0.outside =
                    ((try? JSONSerialization.data(withJSONObject: object)).map { String(decoding: $0, as: UTF8.self) })
                    ?? ""
            }
        },
    ]

    @Test func `a sound copy has nothing broken`() async throws {
        let report = try await Recorded().report()
        #expect(report.broken == [])
        #expect(report.isGood)
        #expect(report.results.map(\.number) == Verification.numbers)
        let held = report.results.filter { $0.outcome == .holds }.map(\.number)
        #expect(
            held == [
                "S1", "S2", "H1", "H2", "H3", "H4", "O1", "O4", "O9", "O10", "C2", "C3", "D1", "D2", "G1", "G2", "G3",
                "G4", "G5", "G6",
                "G7", "M1", "M2", "B1", "B2", "N2", "N3", "N4", "W1", "W2", "W3", "W4", "W5", "W6",
                "V1",
            ])
        #expect(report.results.filter { $0.outcome == .differs }.map(\.number) == ["O3", "C1", "N1", "Z1"])
    }

    @Test(arguments: faults) func `breaks exactly its rows`(_ fault: Fault) async throws {
        var recorded = Recorded()
        fault.change(&recorded)
        let report = try await recorded.report()
        #expect(Set(report.broken.map(\.number)) == fault.breaks)
        #expect(report.broken.allSatisfy { $0.fix != nil && !$0.evidence.isEmpty })
        #expect(!report.isGood)
    }

    @Test func `every row that can be broken has a fault`() {
        let never: Set = [
            "H1", "H2", "H3", "H4", "P1", "P2", "O1", "O2", "O4", "O5", "O6", "O7", "O8", "A1", "A2", "A3", "A4",
            "Z1",
        ]
        #expect(Set(Verification.numbers).subtracting(Self.faults.flatMap(\.breaks)) == never)
    }

    @Test func `every number of the specification is there once`() {
        let wanted =
            "S1 S2 H1 H2 H3 H4 P1 P2 O1 O2 O3 O4 O5 O6 O7 O8 O9 O10 C1 C2 C3 D1 D2 G1 G2 G3 G4 G5 G6 G7 M1 M2 B1 B2 "
            + "N1 N2 N3 N4 W1 W2 W3 W4 W5 W6 V1 A1 A2 A3 A4 Z1"
        #expect(Verification.numbers == wanted.split(separator: " ").map(String.init))
    }

    @Test func `without Docker every row of the stack is broken, the others are not`() async throws {
        var recorded = Recorded()
        recorded.services = []
        let report = try await recorded.report()
        #expect(report.results.first { $0.number == "G3" }?.evidence == "the service 'db' does not run")
        #expect(report.results.first { $0.number == "G3" }?.fix == "kopnik up")
        #expect(report.results.first { $0.number == "C1" }?.outcome == .differs)
    }

    @Test func `a machine of Vagrant's says on what it runs`() async throws {
        var recorded = Recorded()
        func rows() async throws -> [String: Outcome] {
            let results = try await recorded.report(only: ["P1", "P2"]).results
            return Dictionary(uniqueKeysWithValues: results.map { ($0.number, $0.outcome) })
        }
        #expect(try await rows() == ["P1": .notApplicable, "P2": .notApplicable])
        recorded.computer.provider = "vmware_esxi"
        #expect(try await rows() == ["P1": .holds, "P2": .holds])
        recorded.computer.provider = "libvirt"
        #expect(try await rows() == ["P1": .differs, "P2": .holds])
    }

    @Test func `a small and plain computer differs, and is not broken`() async throws {
        var recorded = Recorded()
        recorded.computer = ComputerSighting(
            computer: Computer(
                cores: 2, memory: 2 << 30, distribution: "debian", version: "12",
                name: "Debian GNU/Linux 12 (bookworm)", hasSystemd: false,
                isWSL: false), storage: Storage(total: 60_000_000_000, kind: .unknown, mirror: .none), link: nil,
            clock: .unsynchronised)
        let report = try await recorded.report(only: ["H1", "H2", "H3", "H4", "O1", "O4"])
        #expect(report.results.map(\.outcome) == Array(repeating: .differs, count: 6))
        #expect(report.results.allSatisfy { $0.because != nil })
    }

    @Test func `a mirror that lost a disk is broken, one that is rebuilt or hidden differs`() async throws {
        func outcome(_ mirror: Storage.Mirror) async throws -> RequirementResult {
            var recorded = Recorded()
            recorded.computer.storage.mirror = mirror
            return try #require(try await recorded.report(only: ["H3"]).results.first)
        }
        let broken = try await outcome(.degraded(array: "md0", present: 1, disks: 2, isRebuilding: false))
        #expect(broken.outcome == .broken && broken.fix?.contains("mdadm --detail /dev/md0") == true)
        #expect(broken.evidence == "250 GB, SSD, RAID 1 with 1 of 2 disks (md0)")
        let rebuilt = try await outcome(.degraded(array: "md0", present: 1, disks: 2, isRebuilding: true))
        #expect(rebuilt.outcome == .differs)
        #expect(try await outcome(.hidden(by: "VMware")).because?.contains("cannot be seen from here") == true)
        #expect(try await outcome(.none).outcome == .differs)
    }

    @Test(arguments: [
        (NetworkLink.Speed.agreed(100), Outcome.holds), (.agreed(10), .differs), (.unknown, .differs),
        (.played(by: "VMware"), .differs),
    ])
    func `a speed holds where the card agreed on it with the other end`(speed: NetworkLink.Speed, outcome: Outcome)
        async throws
    {
        var recorded = Recorded()
        recorded.computer.link = NetworkLink(card: "eth0", speed: speed)
        #expect(try await recorded.report(only: ["H4"]).results.map(\.outcome) == [outcome])
    }

    @Test func `what the site file chose differs, and is not broken`() async throws {
        var recorded = Recorded()
        recorded.site.postgres.maxConnections = 200
        recorded.site.postgres.databases = ["kopnik"]
        recorded.site.ports = Site.Ports(http: 8080, https: 8443)
        swap(&recorded.database, #""1000""#, #""200""#)
        let report = try await recorded.report()
        #expect(report.isGood)
        #expect(report.results.filter { ["G3", "G7", "W1"].contains($0.number) }.allSatisfy { $0.outcome == .differs })
    }

    @Test func `strangers' letters are tried past all ports, and in each network that is not the stack's`() async throws
    {
        var recorded = Recorded()
        recorded.containerChange = inService(
            .mail, #""Networks": {"#, #""Networks": {"theirs": {"IPAddress": "10.0.9.3"}, "#)
        let (report, commands) = try await recorded.run(only: ["M1"])
        #expect(report.results.map(\.outcome) == [.holds])
        #expect(commands.contains { $0.arguments.first == "exec" && $0.arguments.last == "10.0.9.3" })
        #expect(commands.contains { ($0.standardInput ?? "").contains(#""mail":"172.18.0.5""#) })
    }

    @Test func `the real sources hold`() async throws {
        var recorded = Recorded()
        recorded.site.sources = Site.Sources()
        for (folder, name) in [("client", "kp-client"), ("server", "kp-server")] {
            recorded.files["home/ubuntu/sftp/.releases/\(folder)/.git/config"] =
                "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://github.com/alexey-baranov/\(name)\n"
        }
        let report = try await recorded.report(only: ["C1", "N1"])
        #expect(report.results.map(\.outcome) == [.holds, .holds])
    }

    @Test func `only what is asked for is looked at`() async throws {
        let (report, commands) = try await Recorded().run(only: ["H1"])
        #expect(report.results.map(\.number) == ["H1"])
        #expect(commands == [])
    }

    @Test func `the ticket travels on standard input alone and is never shown`() async throws {
        var recorded = Recorded()
        swap(&recorded.outside, #""differences": []"#, #""differences": ["said \#(Recorded.ticket)"]"#)
        let (report, commands) = try await recorded.run()
        #expect(commands.filter { ($0.standardInput ?? "").contains(Recorded.ticket) }.count == 1)
        #expect(
            !commands.contains { $0.line.contains(Recorded.ticket) || $0.environment.values.contains(Recorded.ticket) })
        #expect(!(try report.json()).contains(Recorded.ticket))
    }

    @Test func `each place is asked once, and within a time`() async throws {
        let (_, commands) = try await Recorded().run()
        #expect(commands.filter { $0.arguments.first == "exec" }.count == 2)
        #expect(commands.filter { $0.arguments.first == "run" }.count == 1)
        #expect(commands.allSatisfy { $0.timeLimit != nil })
    }
}
