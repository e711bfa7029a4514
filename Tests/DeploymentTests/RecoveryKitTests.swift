import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite struct `A recovery kit` {
    let world = World.test(ScriptedRunner(real: ["openssl"]))
    let content = RecoveryKit.Content(
        kopnik: "0.1.0", made: Date(timeIntervalSince1970: 1_795_600_000), site: "domain: kopnik.org\n",
        access: RepositoryAccess(
            passphrase: String(repeating: "ab", count: 32), privateKey: "-----BEGIN\nkey\n-----END", knownHosts: "a b c"
        ))

    private func seal(_ passphrase: Passphrase) async throws -> RecoveryKit {
        try await RecoveryKit.seal(
            content, name: "kopnik", domain: "kopnik.org", passphrase: passphrase, drillKey: "drill-drill-drill", world)
    }

    @Test func `opens with its passphrase however it is typed, and with the drills' key`() async throws {
        let passphrase = Passphrase.draw()
        let kit = try RecoveryKit(text: try await seal(passphrase).text)
        #expect(kit.name == "kopnik" && kit.domain == "kopnik.org")
        #expect(try await kit.open(with: passphrase, world) == content)
        let typed = Passphrase("  " + passphrase.description.uppercased().replacing("-", with: "  ") + "\n")
        #expect(try await kit.open(with: typed, world) == content)
        #expect(try await kit.open(withDrillKey: "drill-drill-drill", world) == content)
    }

    @Test func `tells nothing without it`() async throws {
        let passphrase = Passphrase.draw()
        let kit = try await seal(passphrase)
        for secret in [content.access.passphrase, "BEGIN", "known", passphrase.description] {
            #expect(!kit.text.contains(secret))
        }
        for other in [Passphrase.draw(), Passphrase("drill-drill-drill"), Passphrase("")] {
            await #expect(throws: Failure.self) { try await kit.open(with: other, world) }
        }
        await #expect(throws: Failure.self) { try await kit.open(withDrillKey: passphrase.description, world) }
    }

    @Test func `says where a word cannot be one`() async throws {
        let kit = try await seal(Passphrase.draw())
        let failure = await #expect(throws: Failure.self) {
            try await kit.open(with: Passphrase("babab kopnik babab babab babab babab babab"), world)
        }
        #expect(failure?.because == "no passphrase has such a word: kopnik")
    }

    @Test func `that was changed or cut off is told from one of another passphrase`() async throws {
        let passphrase = Passphrase.draw()
        let text = try await seal(passphrase).text
        #expect(throws: Failure.self) { try RecoveryKit(text: String(text.dropLast(2))) }
        #expect(throws: Failure.self) { try RecoveryKit(text: "something else") }
        #expect(throws: Failure.self) { try RecoveryKit(text: text.replacing("kit 1\n", with: "kit 2\n")) }
        let start = try #require(text.range(of: "content: ")).upperBound
        let place = text.index(start, offsetBy: 60)
        let changed = text.replacingCharacters(in: place...place, with: text[place] == "A" ? "B" : "A")
        let failure = await #expect(throws: Failure.self) {
            try await RecoveryKit(text: changed).open(with: passphrase, world)
        }
        #expect(failure?.what == "this recovery kit is damaged")
    }

    /// As the file itself says: for the day on which this program cannot be had.
    @Test func `opens by hand, with openssl alone`() async throws {
        let passphrase = Passphrase.draw()
        let folder = TemporaryFolder("kit")
        try Files().write(try await seal(passphrase).text, to: "\(folder.path)/kit.txt")
        let script = """
            value() { sed -n "s/^$1: //p" kit.txt; }
            open() { openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -md sha256 -a -A -pass "pass:$2" -in "$1"; }
            value passphrase-key >a && key=$(open a '\(passphrase)') && value content >b && open b "$key"
            """
        let output = try await LocalCommandRunner().run(
            Command("sh", ["-c", script], folder: folder.path, timeLimit: .seconds(30)))
        #expect(output.standardOutput.contains(#""passphrase":"\#(content.access.passphrase)""#), "\(output)")
    }

    @Test func `has words of five letters, all of them different from run to run`() {
        let words = Passphrase.draw().description.split(separator: "-")
        #expect(words.count == 7 && words.allSatisfy { $0.count == 5 })
        #expect(Passphrase.draw() != Passphrase.draw())
        #expect(Set((0...UInt16.max).map(Passphrase.word)).count == 65536)
        #expect(Passphrase.draw().mistyped.isEmpty)
    }
}
