/// Site → every generated file. Pure: the same input gives the same bytes.
public struct Blueprint: Sendable, Equatable {
    /// All files below the settings folder; `compose.yaml` is one of them.
    public var files: [GeneratedFile]
    /// What was changed in Crossbar's configuration and why.
    public var crossbarRules: [String]

    /// Renders everything.
    /// - Throws: `CrossbarSettings.Problem` where the client's Crossbar configuration cannot be read.
    public init(_ plan: StackPlan) throws {
        let crossbar = try CrossbarSettings(original: plan.crossbarOriginal)
        crossbarRules = crossbar.rules
        let settings: [ServiceKind: [GeneratedFile]] = [
            .db: PostgresSettings.files(plan), .mail: MailSettings.files(plan),
            .crossbar: [GeneratedFile(path: "crossbar/config.json", contents: crossbar.text)],
        ]
        // nginx is told to read its settings again; the others read them only when they start.
        let digests = settings.mapValues { files in Self.digest(files.map(\.contents).joined()) }
        let compose = GeneratedFile(path: "compose.yaml", contents: try Compose(plan, settings: digests).rendered())
        files = [compose] + (settings.values.flatMap { $0 } + NginxSettings.files(plan)).sorted { $0.path < $1.path }
    }

    /// FNV-1a, 64 bits: tells settings apart; nothing depends on its strength.
    private static func digest(_ text: String) -> String {
        let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }

    /// The compose file's text.
    public var compose: String { files.first { $0.path == "compose.yaml" }?.contents ?? "" }
}
