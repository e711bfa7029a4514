extension SettingReader {
    /// Reads `demo`, `{git: …, ref: …}` or `{folder: …}`.
    mutating func readSource(_ node: YAMLNode, of setting: Setting, key: Place) -> Site.Source? {
        let forms = "write demo, or below the key either 'git: …' and 'ref: …' or 'folder: …'"
        switch node.shape {
        case .plain("demo"), .quoted("demo"):
            return .demo
        case .plain(let word), .quoted(let word):
            if node.isNull {
                complaints.add("\(setting.name) has no value", at: key, fix: forms)
            } else if NearMiss.nearest(to: word, among: ["demo"]) != nil {
                complaints.add("\(setting.name) cannot be \(word.shown) — did you mean 'demo'?", at: node.place)
            } else if word.contains("://") || word.contains("@") {
                complaints.add(
                    "\(setting.name) cannot be \(word.shown)", at: node.place,
                    because: "it is not said what this is", fix: "write '\(setting.key): {git: \"…\"}' around it")
            } else if word.contains("/") {
                complaints.add(
                    "\(setting.name) cannot be \(word.shown)", at: node.place,
                    because: "it is not said what this is", fix: "write '\(setting.key): {folder: \"…\"}' around it")
            } else {
                complaints.add("\(setting.name) cannot be \(word.shown)", at: node.place, fix: forms)
            }
        case .list:
            complaints.add("\(setting.name) cannot be a list", at: node.place, fix: forms)
        case .mapping(let pairs):
            readGroup(pairs, path: setting.path)
            return source(of: setting, pairs: pairs, at: node.place)
        }
        return nil
    }

    private mutating func source(
        of setting: Setting, pairs: [(key: YAMLNode, value: YAMLNode)], at place: Place
    ) -> Site.Source? {
        /// Whether the key is written; its value may have been refused, which was said then.
        func keyPlace(_ word: String) -> Place? {
            for case (let key, _) in pairs {
                switch key.shape {
                case .plain(word), .quoted(word): return key.place
                default: continue
                }
            }
            return nil
        }
        func text(_ word: String) -> String? {
            if case .text(let text)? = values["\(setting.name).\(word)"]?.value { text } else { nil }
        }
        if let folder = keyPlace("folder") {
            if let other = keyPlace("git") ?? keyPlace("ref") {
                complaints.add(
                    "\(setting.name) is both a folder and a repository", at: max(folder, other),
                    because: "the application can come from one place only", fix: "keep either git and ref, or folder")
            }
            return text("folder").map { .folder($0) }
        }
        guard keyPlace("git") != nil else {
            // Unknown keys were told already; with those in the way, what is missing is likely one of them.
            let isAllKnown = pairs.allSatisfy { pair in
                switch pair.key.shape {
                case .plain("ref"), .quoted("ref"): true
                default: false
                }
            }
            if isAllKnown {
                complaints.add(
                    "\(setting.name) does not say which repository", at: keyPlace("ref") ?? place,
                    fix: "add 'git: …' with the address of the repository")
            }
            return nil
        }
        guard let url = text("git") else { return nil }
        if keyPlace("ref") == nil { return .git(url: url) }
        return text("ref").map { .git(url: url, ref: $0) }
    }
}
