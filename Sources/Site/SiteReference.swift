/// The documents about the site file, made from the table of settings.
public enum SiteReference {
    /// A site file with every key, its meaning and its default; read as it is, it gives exactly the defaults.
    public static var yaml: String {
        var lines = header
        for setting in Setting.all {
            let indent = SiteRendering.indent(setting.path)
            lines.append("")
            lines += wrapped(setting.doc, indent: indent)
            if let allowed = setting.kind.allowed { lines += wrapped("Allowed: \(allowed).", indent: indent) }
            switch setting.kind {
            case .group, .source:
                lines.append("\(indent)\(setting.key):")
            default:
                if let value = setting.get(Site()) {
                    lines += SiteRendering.lines(of: value, key: setting.key, indent: indent)
                } else if let example = setting.example {
                    lines += SiteRendering.lines(of: example, key: setting.key, indent: "").map { "\(indent)# \($0)" }
                }
            }
        }
        return lines.map { "\($0)\n" }.joined()
    }

    private static let header = [
        "# yaml-language-server: $schema=kopnik.schema.json",
        "# The site file of Kopnik, with every key at its default. Copy only the lines you want to change:",
        "# every key may be left out, and an empty file is a complete one.",
        "# This file is generated from Sources/Site/SettingTable.swift.",
    ]

    private static func wrapped(_ text: String, indent: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty && indent.count + line.count + word.count + 3 > 100 {
                lines.append("\(indent)#\(line)")
                line = ""
            }
            line += " \(word)"
        }
        lines.append("\(indent)#\(line)")
        return lines
    }
}

extension Setting.Kind {
    /// What may be written, for the reader of the reference; nil when the setting's own words say it.
    var allowed: String? {
        switch self {
        case .group, .source: nil
        case .text(let rule): rule.allowed
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .oneOf(let numbers): numbers.map(String.init).joined(separator: " or ")
        case .memory(let range):
            "\(range.lowerBound) to \(range.upperBound), as a whole number with the unit kB, MB, GB or TB"
        case .choice(let words): words.joined(separator: " or ")
        case .list(let rule): "a list of one or more, each of \(rule.allowed)"
        }
    }
}
