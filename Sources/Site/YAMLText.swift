/// How a text is written in YAML so that it is read back as the same text.
enum YAMLText {
    /// The text itself where that is safe, else in double quotes.
    static func write(_ text: String) -> String {
        let isPlain =
            text.first?.isIn("a"..."z", "A"..."Z", "/"..."/") == true && text.last != ":"
            && text.allSatisfy { $0.isIn("a"..."z", "A"..."Z", "0"..."9") || "-._/:@+~=".contains($0) }
            && misreading(of: text) == nil
        if isPlain { return text }
        let escaped = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\""
    }

    /// What YAML, of one version or another, takes an unquoted word for instead of a text.
    static func misreading(of word: String) -> String? {
        switch word.lowercased() {
        case "yes", "on", "true", "y": return "'true'"
        case "no", "off", "false", "n": return "'false'"
        case "", "~", "null": return "nothing"
        default: break
        }
        let unsigned = word.drop { $0 == "-" || $0 == "+" }
        guard unsigned.first?.isIn("0"..."9", "."...".") == true else { return nil }
        let digits = unsigned.filter { $0 != "_" }
        // 10, 1.5, 1e3, 0x1F, 0o17 and, in YAML 1.1, 1:30 (of base 60).
        let isNumber =
            Double(String(digits)) != nil || digits.hasPrefix("0o") && digits.dropFirst(2).allSatisfy { $0.isNumber }
            || digits.contains(":") && digits.filter { $0 == "." }.count <= 1
                && digits.allSatisfy { $0.isIn("0"..."9", ":"...":", "."...".") }
        if isNumber { return "a number" }
        let parts = digits.prefix { $0 != " " && $0 != "T" && $0 != "t" }.split(separator: "-")
        if parts.count == 3, parts[0].count == 4, parts.allSatisfy({ $0.allSatisfy { $0.isIn("0"..."9") } }) {
            return "a date"
        }
        return nil
    }
}
