import Foundation

/// Crossbar's configuration for today's Crossbar, derived from the client's own (requirement B1). The original is left alone.
public struct CrossbarSettings: Sendable, Equatable {
    /// The derived `config.json`.
    public var text: String
    /// What was changed, and why, in words for `plan`.
    public var rules: [String]

    /// Derives it.
    /// - Throws: `Problem` where the original is not a JSON object.
    public init(original: String) throws {
        guard let root = try? JSONSerialization.jsonObject(with: Data(original.utf8)),
            var document = root as? [String: Any]
        else {
            throw Problem.notAnObject
        }
        var rules: [String] = []
        Self.rewrite(&document, rules: &rules)
        let data = try JSONSerialization.data(
            withJSONObject: document, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        text = String(decoding: data, as: UTF8.self) + "\n"
        self.rules = rules
    }

    /// Why nothing can be derived: the original is not a JSON object.
    public enum Problem: Error { case notAnObject }

    private static func rewrite(_ document: inout [String: Any], rules: inout [String]) {
        guard let workers = document["workers"] as? [[String: Any]] else { return }
        document["workers"] = workers.map { worker in
            var worker = worker
            if var options = worker["options"] as? [String: Any], options["pythonpath"] != nil {
                options["pythonpath"] = ["/opt/kopnik"]
                worker["options"] = options
                rules.append("pythonpath: the authenticator is the Python 3 one of the image, the original is Python 2")
            }
            if let transports = worker["transports"] as? [[String: Any]] {
                worker["transports"] = transports.map { rewrite(transport: $0, rules: &rules) }
            }
            return worker
        }
    }

    private static func rewrite(transport: [String: Any], rules: inout [String]) -> [String: Any] {
        var transport = transport
        guard var paths = transport["paths"] as? [String: Any] else { return transport }
        for (name, value) in paths.sorted(by: { $0.key < $1.key }) {
            guard var path = value as? [String: Any], path["type"] as? String == "websocket" else { continue }
            if var options = path["options"] as? [String: Any], let size = options["auto_ping_size"] as? Int, size < 12
            {
                options["auto_ping_size"] = 12
                path["options"] = options
                rules.append("\(name): auto_ping_size \(size) → 12, the least that Crossbar takes since its version 18")
            }
            if var cookie = path["cookie"] as? [String: Any], let store = cookie["store"] as? [String: Any],
                store["type"] as? String == "file"
            {
                cookie["store"] = ["type": "memory"]
                path["cookie"] = cookie
                rules.append("\(name): cookies are kept in memory, for the container's file system cannot be written")
            }
            paths[name] = path
        }
        transport["paths"] = paths
        return transport
    }
}
