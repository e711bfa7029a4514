import Foundation

/// What a source's `package.json` says of it: enough to know it again.
public struct PackageFacts: Sendable, Equatable, Decodable {
    /// The package's name, such as `kp-client`; empty where it has none.
    public var name: String
    /// npm's scripts by name.
    public var scripts: [String: String]
    /// What it needs at run time, as far as its author put it there, with the versions asked for.
    public var dependencies: [String: String]
    /// What it needs to be built or tested, likewise.
    public var devDependencies: [String: String]
    /// Whether its author says that a new process of it may run beside the old one for a moment: `"kopnik": {"mayOverlap": true}`.
    public var mayOverlap: Bool

    public init(
        name: String = "", scripts: [String: String] = [:], dependencies: [String: String] = [:],
        devDependencies: [String: String] = [:], mayOverlap: Bool = false
    ) {
        self.mayOverlap = mayOverlap
        self.name = name
        self.scripts = scripts
        self.dependencies = dependencies
        self.devDependencies = devDependencies
    }

    private struct Own: Decodable { var mayOverlap: Bool? }
    private enum CodingKeys: String, CodingKey { case name, scripts, dependencies, devDependencies, kopnik }

    /// Reads it; what is missing is empty.
    /// - Throws: `DecodingError` where it is no JSON object or a part of it has another type.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
        scripts = try container.decodeIfPresent([String: String].self, forKey: .scripts) ?? [:]
        dependencies = try container.decodeIfPresent([String: String].self, forKey: .dependencies) ?? [:]
        devDependencies = try container.decodeIfPresent([String: String].self, forKey: .devDependencies) ?? [:]
        // Whatever else somebody keeps under that name is none of our business.
        mayOverlap = (try? container.decodeIfPresent(Own.self, forKey: .kopnik))?.mayOverlap ?? false
    }
}
