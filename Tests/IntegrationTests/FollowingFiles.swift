import Foundation
import Machine
import Synchronization
import Testing

/// Uploaded files of two servers, written from outside of both by a checker that knows when each was complete.
final class FollowingFiles: Sendable {
    private static let uploads = "/root/.local/share/kopnik/kopnik/home/ubuntu/sftp/.uploads"
    private let complete = Mutex<[(name: String, at: Date)]>([])
    private let isOver = Mutex(false)

    static func folder(_ host: BareHost) -> String { host.rootFolder() + uploads }

    private static func text(_ name: String) -> String { String(repeating: "\(name) ", count: 300) }

    /// Writes one as the application does: in whole, under its last name.
    static func write(_ name: String, _ text: String, on host: BareHost) throws {
        let path = "\(folder(host))/\(name)"
        let new = path + ".part"
        try Data(text.utf8).write(to: URL(filePath: new))
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: new, toPath: path)
    }

    static func read(_ name: String, on host: BareHost) -> String? {
        try? String(contentsOfFile: "\(folder(host))/\(name)", encoding: .utf8)
    }

    static func isMissing(_ name: String, on host: BareHost) -> Bool {
        !FileManager.default.fileExists(atPath: "\(folder(host))/\(name)")
    }

    /// Writes one after the other until it is told to end.
    func write(on host: BareHost) async throws {
        var number = 0
        while !isOver.withLock({ $0 }) {
            let name = "lost-set-\(number)"
            try Self.write(name, Self.text(name), on: host)
            complete.withLock { $0.append((name, Date())) }
            number += 1
            // Not as many as the disk bears.
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func end() { isOver.withLock { $0 = true } }

    /// Of those that were complete at a moment: how many there were, how many are not there as they were, and for how many seconds the oldest
    /// of those had been.
    func missing(on host: BareHost, at end: Date) -> (written: Int, missing: Int, oldest: Double) {
        let all = complete.withLock { $0 }.filter { $0.at <= end }
        let missing = all.filter { Self.read($0.name, on: host) != Self.text($0.name) }
        return (all.count, missing.count, missing.map { end.timeIntervalSince($0.at) }.max() ?? 0)
    }

    /// What the site calls a file that a visitor sent.
    static func name(_ answer: CommandOutput) throws -> String {
        struct Stored: Decodable { var id: String }
        try #require(answer.succeeded, "\(answer)")
        return try JSONDecoder().decode(Stored.self, from: Data(answer.standardOutput.utf8)).id
    }

    /// Uploads a file as a visitor does, and takes it away on both: a row without its file.
    /// - Parameter whenThere: what is to be done while both have it.
    /// - Returns: its name.
    @discardableResult
    static func loseOne(of main: BareHost, _ standby: BareHost, whenThere: () async throws -> Void = {}) async throws
        -> String
    {
        let sent = try await main.net([
            "curl", "--silent", "--fail-with-body", "--insecure", "--max-time", "20", "--resolve",
            "kopnik.localhost:443:127.0.0.1", "--form", "file=@/etc/hostname", "https://kopnik.localhost/upload",
        ])
        let name = try name(sent)
        let came = try await poll(for: .seconds(30)) { read(name, on: standby) != nil ? true : nil }
        try #require(came == true, "\(name) did not follow")
        try await whenThere()
        for host in [main, standby] { try FileManager.default.removeItem(atPath: "\(folder(host))/\(name)") }
        return name
    }

    /// They follow while all is well: what is new, what is replaced, and nothing is ever taken away.
    static func follow(_ main: BareHost, at address: String, _ standby: BareHost) async throws {
        try write("follows", "one", on: main)
        func arrives(_ name: String, _ text: String) async throws {
            let arrived = try await poll(for: .seconds(30)) { read(name, on: standby) == text ? true : nil }
            let trouble = try await standby.shell(
                "cat /root/.local/share/kopnik/kopnik/var/lib/kopnik/pair/mirror/* 2>&1; docker logs kopnik-pair-files 2>&1 | tail -n 5"
            )
            try #require(arrived == true, "\(name) did not follow: \(trouble.standardOutput)")
        }
        try await arrives("follows", "one")
        try write("follows", "another", on: main)
        try await arrives("follows", "another")
        let day = try await standby.shell("cat \(uploads)-replaced/2*/follows")
        #expect(day.text == "one", "what was replaced is not put aside: \(day)")
        // Somebody empties the folder: what is there on the standby stays.
        let aside = folder(main) + "-aside"
        try FileManager.default.moveItem(atPath: folder(main), toPath: aside)
        try FileManager.default.createDirectory(atPath: folder(main), withIntermediateDirectories: false)
        try write("after", "it was emptied", on: main)
        try await arrives("after", "it was emptied")
        #expect(read("follows", on: standby) == "another", "an empty folder removed files on the standby")
        try FileManager.default.removeItem(atPath: folder(main))
        try FileManager.default.moveItem(atPath: aside, toPath: folder(main))
        try write("last", "of all", on: main)
        try await arrives("last", "of all")
        #expect(read("after", on: standby) == "it was emptied")
        // The other server's address alone opens nothing: without its key nobody is let in.
        let knock = try await standby.net([
            "sh", "-c",
            "(printf '@RSYNCD: 31.0\\n#list\\n'; sleep 1) | timeout 5 openssl s_client -quiet -connect \(address):5433 2>&1 || true",
        ])
        #expect(!knock.standardOutput.contains("@RSYNCD: 3"), "\(knock)")
        #expect(knock.standardOutput.contains("certificate required"), "\(knock)")
    }
}
