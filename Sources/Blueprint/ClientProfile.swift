import Foundation
public import Site

/// What one kp-client needs to be built: data, one value a source.
public struct ClientProfile: Sendable, Equatable {
    /// For people, such as `kp-client of 2018 (webpack 2)`.
    public var title: String
    /// Which Node its packages can be installed on.
    public var node: Site.Node.Release
    /// Set while it is installed and built.
    public var environment: [String: String]
    /// Whether what builds it stands among its `devDependencies`.
    public var needsDevelopmentPackages: Bool
    /// Whether it reads its domain and keys from a `cfg/private.js` that is not in its repository.
    public var readsPrivateSettings: Bool
    /// Up to which commit it was looked at.
    public var lookedAt: LookedAt?
    /// What is done for it and why, in words for `plan`.
    public var rules: [String]
}

extension ClientProfile {
    /// The specification's own contract.
    public static let plain = ClientProfile(
        title: "the specification's contract", node: .newest, environment: [:], needsDevelopmentPackages: false,
        readsPrivateSettings: false, rules: [])

    /// kp-client, branch `master`: Vue 2, webpack 2.
    static let webpack = ClientProfile(
        title: "kp-client of 2018 (webpack 2)", node: .newest,
        // webpack 2 names its chunks by MD4, which OpenSSL 3 refuses (webpack#14532).
        // npm 7 and later refuse a tree whose peers do not fit, which the npm of that time took (npm-install(1), --legacy-peer-deps).
        environment: ["NODE_OPTIONS": "--openssl-legacy-provider", "npm_config_legacy_peer_deps": "true"],
        needsDevelopmentPackages: true,
        readsPrivateSettings: true,
        lookedAt: LookedAt(commit: "c96b3fa7ca3689acdb40dbb3373f6813801ffbf9", month: "May 2018"),
        rules: [
            "npm install: with devDependencies, for all that builds it stands there",
            "npm install: as npm 6 did it, without a look at peer dependencies",
            "build: it ends well also where it failed, so that its words are looked through for errors",
            "build: Node is told to take OpenSSL's old algorithms, for webpack 2 uses MD4",
            "cfg/private.js: written beside cfg/main.js, which asks for it; it names this site's domain and port instead of kopnik.org",
        ])

    /// The profile of a source, by what its package.json says.
    public static func of(_ package: PackageFacts) -> ClientProfile {
        let usesOldWebpack = package.devDependencies["webpack"].map { $0.contains(#/^[\^~]?[1-4]\./#) } ?? false
        return package.name == "kp-client" && usesOldWebpack ? .webpack : .plain
    }

    /// `cfg/private.js`: what differs from the site whose name is written into `cfg/main.js`.
    /// - Parameter captchaKey: the public key of reCAPTCHA, where the person has given one.
    public static func privateSettings(_ site: Site, captchaKey: String?) throws -> String {
        struct Place: Encodable {
            var schema: String
            var host: String
            var port: String
        }
        struct Captcha: Encodable { var key: String }
        struct Production: Encodable {
            var WAMP: Place
            var files: Place
            var captcha: Captcha?
            enum CodingKeys: String, CodingKey {
                case WAMP, captcha
                case files = "file-server"
            }
        }
        func place(_ schema: String) -> Place { Place(schema: schema, host: site.domain, port: "\(site.ports.https)") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let production = Production(
            WAMP: place("wss"), files: place("https"), captcha: captchaKey.map { Captcha(key: $0) })
        return """
            // This site's own settings, over those of cfg/main.js. Written by kopnik.
            module.exports = \(String(decoding: try encoder.encode(["production": production]), as: UTF8.self))

            """
    }
}
