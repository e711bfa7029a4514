import Foundation
import Machine
import Testing

/// A headless Chromium in the network of a bare computer: a plan of steps goes in, what came of them comes out (`Tests/host/browser`).
struct Browser: Sendable {
    let host: BareHost

    /// Where pictures are kept for whoever wants to look at them.
    static let artefacts =
        (ProcessInfo.processInfo.environment["KOPNIK_TEST_STORE"] ?? "/var/tmp/kopnik-test") + "/artefacts/dashboard"

    private static let script = URL(filePath: BareHost.script).deletingLastPathComponent().appending(path: "browser")
        .path(percentEncoded: false)

    /// One thing that is done.
    enum Step {
        case open(String)
        case size(Int, Int, isDark: Bool = false, language: String = "en")
        case until(String, within: Double = 10)
        case evaluate(String)
        case shot(String)
        case print(String)
        case key(String)
        case axes
        /// A command on the bare computer.
        case run([String])

        func words(_ host: BareHost) -> [String: Any] {
            switch self {
            case .open(let address): ["open": address]
            case .size(let width, let height, let isDark, let language):
                ["size": [width, height], "dark": isDark, "language": language, "phone": width < 500]
            case .until(let text, let limit): ["until": text, "within": limit]
            case .evaluate(let text): ["evaluate": text]
            case .shot(let name): ["shot": "\(Browser.artefacts)/\(name).png", "whole": true]
            case .print(let name): ["print": "\(Browser.artefacts)/\(name).pdf"]
            case .key(let name): ["key": name]
            case .axes: ["axes": true]
            case .run(let words): ["run": [BareHost.script, "run", host.name] + words]
            }
        }
    }

    struct Result {
        var value: Any?
        var seconds: Double
        var text: String { value as? String ?? "" }
        var number: Double { (value as? NSNumber)?.doubleValue ?? -1 }
        var isTrue: Bool { (value as? NSNumber)?.boolValue ?? false }
    }

    /// Does them one after the other.
    /// - Returns: what each gave. A step that failed fails the test, and so does whatever the browser complained of.
    func run(_ steps: [Step]) async throws -> [Result] {
        let plan = try JSONSerialization.data(withJSONObject: steps.map { $0.words(host) })
        let output = try await LocalCommandRunner().run(
            Command(
                BareHost.script, ["net", host.name, Self.script], standardInput: String(decoding: plan, as: UTF8.self),
                timeLimit: .seconds(150)))
        try #require(output.succeeded, "\(output)")
        let answer = try #require(
            try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: Any])
        let results = try #require(answer["results"] as? [[String: Any]])
        for (result, step) in zip(results, steps) { try #require(result["error"] == nil, "\(step): \(result)") }
        #expect((answer["complaints"] as? [String]) == [])
        try #require(results.count == steps.count)
        return results.map { Result(value: $0["value"], seconds: ($0["seconds"] as? NSNumber)?.doubleValue ?? 0) }
    }
}
