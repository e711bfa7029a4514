import Foundation
import Machine
import Testing

/// What the application said it has.
struct Acknowledged {
    var notes: Set<String> = []
    /// The digest of each file by its id.
    var files: [String: String] = [:]

    mutating func add(_ other: Acknowledged) {
        notes.formUnion(other.notes)
        files.merge(other.files) { $1 }
    }
}

/// A copy that `backup list` shows.
struct KeptCopy: Decodable {
    var at: String
    var kind: String
    var name: String
    var isDamaged: Bool?
}

/// What the application says of a file that it took.
private struct UploadAnswer: Decodable { var id, sha256: String }

/// What `drill --json` says.
private struct DrillSaid: Decodable {
    struct Database: Decodable { var rows: Int }
    var took: Double
    var lost: Double?
    var database: Database?
    var files: Int?
    var failure: String?
}

/// A suite about a site with backups: a checker outside knows what was acknowledged, and asks for it again after whatever happened.
protocol BackedUpSite: FolderSite {}

extension BackedUpSite {
    /// The other computer lets this one in, and the first backup is made.
    func setUp(_ host: BareHost, _ store: BackupStore) async throws {
        let stranger = try await kopnik(host, "backup setup --yes")
        #expect(stranger.exitCode == 1)
        #expect(stranger.standardError.contains("does not let this site in"), "\(stranger)")
        let line = try #require(stranger.lines.first { $0.hasPrefix("ssh-ed25519 ") })
        try await store.turn("allow", input: line + "\n")
        let setup = try await kopnik(host, "backup setup --yes")
        try #require(setup.succeeded, "\(setup.standardError)")
        #expect(setup.standardError.contains("there is no recovery kit"))
        // Nothing of it can be read by whoever has the other computer.
        let readable = try await LocalCommandRunner().run(
            Command("grep", ["-rlE", "demo_note|kopnik.localhost|BEGIN .*KEY", store.disk], timeLimit: .seconds(60)))
        #expect(readable.exitCode == 1, "\(readable)")
        let doctor = try await kopnik(host, "doctor")
        #expect(doctor.exitCode == 1 && doctor.standardOutput.contains("there is no recovery kit"), "\(doctor)")
    }

    /// - Returns: the passphrase.
    func makeKit(_ host: BareHost) async throws -> String {
        let made = try await kopnik(host, "recovery-kit")
        try #require(made.succeeded, "\(made)")
        let words = try #require(
            made.lines.map(\.trimmed).first { $0.split(separator: " ").count == 7 && $0.count == 41 })
        let page = try await host.shell("cat \(Self.folder)/recovery-kit-kopnik.html").standardOutput
        #expect(words.split(separator: " ").allSatisfy { page.contains("<li>\($0)</li>") })
        #expect(try await host.shell("stat -c %a \(Self.folder)/recovery-kit-kopnik.txt").text == "600")
        // The words are nowhere on the server but on that page.
        let found = try await host.shell(
            "grep -rl '\(words.split(separator: " ")[0])-\(words.split(separator: " ")[1])' \(Self.root)/var || true")
        #expect(found.text.isEmpty, "\(found.text)")
        let unconfirmed = try await kopnik(host, "doctor")
        #expect(unconfirmed.standardOutput.contains("nobody has proved yet"), "\(unconfirmed.standardOutput)")
        let wrong = try await kopnik(
            host, "recovery-kit --confirm", input: "babab babab babab babab babab babab babab\n")
        #expect(wrong.exitCode == 1 && wrong.standardError.contains("does not fit"), "\(wrong)")
        let right = try await kopnik(host, "recovery-kit --confirm", input: words.uppercased() + "\n")
        #expect(right.succeeded, "\(right)")
        return words
    }

    /// Notes and files by the application itself: what it answered counts.
    func write(_ host: BareHost, count: Int) async throws -> Acknowledged {
        var acknowledged = Acknowledged()
        for _ in 0..<count { acknowledged.add(try await writeOne(host)) }
        try #require(acknowledged.notes.count == count && acknowledged.files.count == count)
        return acknowledged
    }

    /// A note and a file; neither where the site is gone.
    func writeOne(_ host: BareHost) async throws -> Acknowledged {
        var acknowledged = Acknowledged()
        let text = UUID().uuidString
        let note = try await post(host, "/api/notes", ["--json", #"{"text":"\#(text)"}"#])
        if note.contains(text) { acknowledged.notes.insert(text) }
        let path = "\(host.rootFolder())/srv/upload"
        let data = Data((0..<Int.random(in: 1...200_000)).map { _ in UInt8.random(in: 0...255) })
        try data.write(to: URL(filePath: path))
        let said = try await post(host, "/upload", ["--form", "file=@\(path)"])
        if let entry = try? JSONDecoder().decode(UploadAnswer.self, from: Data(said.utf8)) {
            acknowledged.files[entry.id] = entry.sha256
        }
        return acknowledged
    }

    func post(_ host: BareHost, _ path: String, _ words: [String]) async throws -> String {
        try await host.net(
            ["curl", "--silent", "--insecure", "--max-time", "20", "--resolve", "kopnik.localhost:443:127.0.0.1"]
                + words
                + ["https://kopnik.localhost\(path)"]
        ).standardOutput
    }

    /// Nobody asks for a backup: what was acknowledged reaches the repository by itself. A drill says so, for it restores it.
    func untilKept(_ host: BareHost, _ acknowledged: Acknowledged) async throws {
        var last: DrillSaid?
        let kept = try await poll(for: .seconds(400), every: .seconds(5)) { () -> DrillSaid? in
            let drill = try await kopnik(host, "drill --json")
            try #require(drill.succeeded, "\(drill)")
            let result = try JSONDecoder().decode(DrillSaid.self, from: Data(drill.standardOutput.utf8))
            last = result
            let isWhole =
                result.database?.rows ?? 0 >= acknowledged.notes.count + acknowledged.files.count
                && result.files ?? 0 >= acknowledged.files.count
            return isWhole ? result : nil
        }
        let result = try #require(kept, "\(String(describing: last))")
        print("a drill took \(result.took) s, \(result.lost ?? -1) s of work would have been lost")
        let verify = try await kopnik(host, "verify --only Z1")
        #expect(verify.succeeded && verify.standardOutput.contains("proved on"), "\(verify)")
        // Nothing of the drill stays.
        #expect(try await host.shell("docker volume ls -q | grep drill || true").text.isEmpty)
    }

    func list(_ host: BareHost) async throws -> [KeptCopy] {
        let output = try await kopnik(host, "backup list --json")
        try #require(output.succeeded, "\(output)")
        return try JSONDecoder().decode([KeptCopy].self, from: Data(output.standardOutput.utf8))
    }

    /// Every row and every file, byte for byte.
    func check(_ host: BareHost, _ acknowledged: Acknowledged) async throws {
        let rows = try await host.shell(
            "docker exec $(docker ps -q --filter name=kopnik_db) psql -h /run/postgresql -U postgres -d kopnik -At -c 'SELECT text FROM demo_note'"
        )
        let lost = acknowledged.notes.subtracting(rows.lines)
        #expect(lost.isEmpty, "lost \(lost.count) of \(acknowledged.notes.count) rows")
        for (id, digest) in acknowledged.files {
            let got = try await host.net([
                "sh", "-c",
                "curl --silent --insecure --max-time 20 --resolve kopnik.localhost:443:127.0.0.1 https://kopnik.localhost/download/\(id) | sha256sum",
            ])
            #expect(got.text.hasPrefix(digest), "the file \(id)")
        }
        print("all \(acknowledged.notes.count) rows and \(acknowledged.files.count) files came back")
    }
}
