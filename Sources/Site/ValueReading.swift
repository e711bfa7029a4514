extension SettingReader {
    /// Reads a value that is not a group; complains and returns nil when it is not of the setting's kind.
    mutating func readValue(_ node: YAMLNode, of setting: Setting) -> SettingValue? {
        switch setting.kind {
        case .text(let rule):
            return readText(node, of: setting, rule: rule).map { .text($0) }
        case .choice(let words):
            return readChoice(node, of: setting, words: words)
        case .integer(let range):
            return readInteger(node, of: setting, allowed: "\(range.lowerBound) to \(range.upperBound)") {
                range.contains($0)
            }
        case .oneOf(let numbers):
            let allowed = numbers.map(String.init).joined(separator: " or ")
            return readInteger(node, of: setting, allowed: allowed) { numbers.contains($0) }
        case .memory(let range):
            return readMemory(node, of: setting, range: range)
        case .list(let rule):
            return readList(node, of: setting, rule: rule)
        case .group, .source:
            return nil
        }
    }

    private mutating func readText(_ node: YAMLNode, of setting: Setting, rule: TextRule) -> String? {
        guard let text = scalar(node, of: setting, expected: "one text") else { return nil }
        if case .plain = node.shape, let misreading = YAMLText.misreading(of: text) {
            complaints.add(
                "\(setting.name) must be a text, and YAML reads \(text) as \(misreading)", at: node.place,
                fix: "write it in quotes: '\(text)'")
            return nil
        }
        if text.unicodeScalars.contains(where: \.isUnsafeToShow) {
            complaints.add(
                "\(setting.name) contains a line break or an invisible character", at: node.place,
                fix: "write the value on one line, without '\\n' and the like")
            return nil
        }
        if let objection = rule.check(text) {
            complaints.add(
                rule.isSecret ? "\(setting.name) cannot be this" : "\(setting.name) cannot be \(text.shown)",
                at: node.place, because: objection.because, fix: objection.fix)
            return nil
        }
        return text
    }

    private mutating func readChoice(_ node: YAMLNode, of setting: Setting, words: [String]) -> SettingValue? {
        guard let word = scalar(node, of: setting, expected: "one word") else { return nil }
        if words.contains(word) { return .text(word) }
        let meant = NearMiss.nearest(to: word, among: words)
        complaints.add(
            "\(setting.name) cannot be \(word.shown)" + (meant.map { " — did you mean '\($0)'?" } ?? ""),
            at: node.place, fix: "write \(words.joined(separator: " or "))")
        return nil
    }

    private mutating func readInteger(
        _ node: YAMLNode, of setting: Setting, allowed: String, isAllowed: (Int) -> Bool
    ) -> SettingValue? {
        guard let text = scalar(node, of: setting, expected: "one number") else { return nil }
        let digits = text.allSatisfy { $0.isIn("0"..."9") } && !text.isEmpty
        // A number too large for a machine word is still only too large.
        let number = digits ? Int(text) ?? .max : nil
        if digits && text.count > 1 && text.hasPrefix("0") {
            complaints.add(
                "\(setting.name) cannot be \(text.shown)", at: node.place,
                because: "YAML reads a number with a leading 0 as an octal one",
                fix: "write \(text.drop { $0 == "0" }.isEmpty ? "0" : String(text.drop { $0 == "0" }))")
        } else if case .quoted = node.shape, number != nil {
            complaints.add(
                "\(setting.name) must be a number, and this is a text", at: node.place,
                fix: "write it without quotes: \(text)")
        } else if let number, isAllowed(number) {
            return .integer(number)
        } else {
            complaints.add(
                "\(setting.name) cannot be \(text.shown)", at: node.place,
                because: number == nil ? "it must be a whole number, written in digits only" : nil,
                fix: "allowed: \(allowed)")
        }
        return nil
    }

    private mutating func readMemory(
        _ node: YAMLNode, of setting: Setting, range: ClosedRange<ByteCount>
    ) -> SettingValue? {
        guard let text = scalar(node, of: setting, expected: "an amount of memory") else { return nil }
        guard let amount = ByteCount(text) else {
            complaints.add(
                "\(setting.name) cannot be \(text.shown)", at: node.place,
                because: "an amount of memory is a whole number with a unit: kB, MB, GB or TB",
                fix: "write \(ByteCount(carelesslyWritten: text).map(\.description) ?? "an amount such as 512MB")")
            return nil
        }
        if range.contains(amount) { return .memory(amount) }
        complaints.add(
            "\(setting.name) cannot be \(text.shown)", at: node.place,
            fix: "allowed: \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    private mutating func readList(_ node: YAMLNode, of setting: Setting, rule: TextRule) -> SettingValue? {
        guard case .list(let items) = node.shape else {
            complaints.add(
                "\(setting.name) must be a list", at: node.place,
                fix: "write it in brackets with commas: [kopnik, dev], or an item a line after '- '")
            return nil
        }
        if items.isEmpty {
            complaints.add("\(setting.name) is empty", at: node.place, fix: "write at least one, or remove the key")
            return nil
        }
        var texts: [String] = []
        for item in items {
            guard let text = readText(item, of: setting, rule: rule) else { continue }
            if texts.contains(text) {
                complaints.add("\(text.shown) is in the list twice", at: item.place, fix: "remove it")
            } else {
                texts.append(text)
            }
        }
        return texts.count == items.count ? .list(texts) : nil
    }

    private mutating func scalar(_ node: YAMLNode, of setting: Setting, expected: String) -> String? {
        switch node.shape {
        case .plain(let text), .quoted(let text): return text
        case .mapping:
            complaints.add("\(setting.name) must be \(expected), not a group of keys", at: node.place)
        case .list:
            complaints.add("\(setting.name) must be \(expected), not a list", at: node.place)
        }
        return nil
    }
}

extension ByteCount {
    /// What `512mb`, `512M`, `1 Gb` or a bare `512` (of megabytes, most likely) was meant to be.
    fileprivate init?(carelesslyWritten text: String) {
        let text = text.filter { $0 != " " }.lowercased()
        let digits = text.prefix { $0.isIn("0"..."9") }
        let units = [
            "": "MB", "k": "kB", "kb": "kB", "m": "MB", "mb": "MB", "g": "GB", "gb": "GB", "t": "TB", "tb": "TB",
        ]
        guard let unit = units[String(text.dropFirst(digits.count))] else { return nil }
        self.init("\(digits)\(unit)")
    }
}
