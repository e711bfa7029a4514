import Blueprint
import Foundation
import Machine
import TestSupport
import Testing

@testable import Deployment

@Suite struct `Keys of others` {
    let folder = TemporaryFolder("ключи")

    @Test func `are kept for their owner alone, and forgotten`() throws {
        let site = deployment(in: folder)
        let keys = Keys(deployment: site)
        #expect(keys.value(.captchaSecret) == nil)
        try keys.set(.captchaSecret, to: "a secret of nobody")
        #expect(keys.value(.captchaSecret) == "a secret of nobody")
        let path = site.layout.secrets + "/keys/captcha-secret"
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(site.world.redaction.apply(to: "it is a secret of nobody") == "it is ‹secret›")
        try keys.set(.captchaSecret, to: "")
        #expect(keys.value(.captchaSecret) == nil && !Files().exists(path))
    }

    @Test func `for web push are a pair of P-256, in the form that web-push takes`() async throws {
        let site = deployment(in: folder, ScriptedRunner(real: ["openssl"]))
        let keys = Keys(deployment: site)
        #expect(keys.lacksPair)
        try await keys.makePair()
        #expect(!keys.lacksPair)
        func bytes(_ name: Keys.Name) throws -> Data {
            let text = try #require(keys.value(name)).replacing("-", with: "+").replacing("_", with: "/")
            return try #require(Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)))
        }
        #expect(try bytes(.vapidPrivateKey).count == 32)
        #expect(try bytes(.vapidPublicKey).count == 65 && bytes(.vapidPublicKey)[0] == 4)
    }

    @Test func `for web push are taken whole or not at all, and never replaced`() async throws {
        let keys = Keys(deployment: deployment(in: folder))
        #expect(throws: Failure.self) { try keys.set(.vapidPublicKey, to: "too short") }
        let mine = String(repeating: "A", count: 43)
        try keys.set(.vapidPrivateKey, to: mine)
        #expect(!keys.lacksPair)
        let failure = #expect(throws: Failure.self) { try keys.checkPair() }
        #expect(failure?.because == "'vapid-public-key' is missing")
        #expect(keys.value(.vapidPrivateKey) == mine)
    }

    @Test func `are read from what openssl prints, with and without a leading zero`() throws {
        let point = (["04"] + [String](repeating: "ab", count: 64)).joined(separator: ":")
        func text(_ secret: [String]) -> String {
            "Private-Key: (256 bit)\npriv:\n    \(secret.joined(separator: ":"))\npub:\n    \(point)\nASN1 OID: prime256v1\n"
        }
        let long = try #require(Keys.pair(in: text(["00"] + [String](repeating: "ff", count: 32))))
        let plain = try #require(Keys.pair(in: text([String](repeating: "ff", count: 32))))
        #expect(long == plain)
        #expect(try #require(Keys.pair(in: text([String](repeating: "ff", count: 31)))).private.hasPrefix("AP"))
        #expect(Keys.pair(in: "unable to load key\n") == nil)
    }
}
