import Foundation
import Machine
import Testing

@Suite struct `SHA-256` {
    @Test(arguments: [
        // FIPS 180-4's own examples (NIST, "SHA256.pdf"), and the well-known empty text.
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func `gives the published digests`(text: String, digest: String) {
        #expect(Digest(text).description == digest)
    }

    @Test func `agrees with sha256sum for every length around the block's borders, and for a large one`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "digest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var generator = SystemRandomNumberGenerator()
        var own: [String: String] = [:]
        for length in Array(0...200) + [200_017] {
            let data = Data((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
            try data.write(to: folder.appending(path: "\(length)"))
            own["\(length)"] = Digest(data).description
        }
        let output = try await LocalCommandRunner().run(
            Command("sha256sum", own.keys.sorted(), folder: folder.path(percentEncoded: false)))
        let theirs = output.lines.map { $0.split(separator: " ").map(String.init) }
        #expect(theirs.count == 202)
        for line in theirs { #expect(own[line[1]] == line[0], "\(line[1]) bytes") }
    }

    @Test func `the short form is the beginning of the long one`() {
        #expect(Digest("abc").short == "ba7816bf8f01")
    }
}
