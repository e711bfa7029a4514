extension Site {
    /// The site file that gives this site, without what is default; only a comment when all is.
    public var yaml: String { SiteRendering.render(self, omittingDefaults: true) }

    /// The site file that gives this site, with every value: it gives the same when a later version has other
    /// defaults.
    public var completeYAML: String { SiteRendering.render(self, omittingDefaults: false) }
}

enum SiteRendering {
    static func render(_ site: Site, omittingDefaults: Bool) -> String {
        // The domain's default depends on the name, those of the mail on the domain.
        let unnamed = Site(name: site.name)
        let defaults = Site(name: site.name, domain: site.domain)
        var lines: [String] = []
        var written: Set<[String]> = []
        for setting in Setting.all where setting.set != nil {
            guard let value = setting.get(site) else { continue }
            let usual = setting.get(setting.name == "domain" ? unnamed : setting.name == "name" ? Site() : defaults)
            if omittingDefaults && value == usual { continue }
            let group = Array(setting.path.dropLast())
            if !group.isEmpty, written.insert(group).inserted {
                lines.append("\(indent(group))\(group.last ?? ""):")
            }
            lines += Self.lines(of: value, key: setting.key, indent: indent(setting.path))
        }
        return lines.isEmpty ? "# Every value is the default.\n" : lines.map { "\($0)\n" }.joined()
    }

    static func indent(_ path: [String]) -> String { String(repeating: "  ", count: path.count - 1) }

    static func lines(of value: SettingValue, key: String, indent: String) -> [String] {
        switch value {
        case .text(let text): ["\(indent)\(key): \(YAMLText.write(text))"]
        case .integer(let number): ["\(indent)\(key): \(number)"]
        case .memory(let amount): ["\(indent)\(key): \(amount)"]
        case .list(let texts): ["\(indent)\(key): [\(texts.map(YAMLText.write).joined(separator: ", "))]"]
        case .source(.demo): ["\(indent)\(key): demo"]
        case .source(.git(let url, let ref)):
            [
                "\(indent)\(key):", "\(indent)  git: \(YAMLText.write(url))", "\(indent)  ref: \(YAMLText.write(ref))",
            ]
        case .source(.folder(let path)): ["\(indent)\(key):", "\(indent)  folder: \(YAMLText.write(path))"]
        }
    }
}
