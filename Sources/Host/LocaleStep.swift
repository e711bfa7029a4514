import Machine

/// A language whose letters are UTF-8, whichever it is.
struct LocaleStep: Step {
    let server: Server
    let name = "Locale"

    private var now: String {
        Computer.osRelease(server.files.text(of: "\(server.root)/etc/default/locale") ?? "")["LANG"] ?? ""
    }

    func inspect() async throws -> Inspection {
        let now = now
        let isGood = now.uppercased().hasSuffix("UTF-8") || now.uppercased().hasSuffix("UTF8")
        return isGood ? Inspection(now) : Inspection("1 to do", changes: [Change("set the language to C.UTF-8")])
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        let path = "\(server.root)/etc/default/locale"
        let others = (server.files.text(of: path) ?? "").split(whereSeparator: \.isNewline).filter {
            !$0.hasPrefix("LANG=") && !$0.hasPrefix("LC_ALL=")
        }
        try server.files.write((others + ["LANG=C.UTF-8"]).joined(separator: "\n") + "\n", to: path)
    }
}
