extension SiteReference {
    /// The JSON Schema (draft 2020-12) of the site file, for editors that complete and check while one writes.
    public static var jsonSchema: String {
        var schema: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Site file of Kopnik")),
        ]
        schema += object(of: [])
        return JSONText.object(schema).description + "\n"
    }

    private static func object(of path: [String]) -> [(String, JSONText)] {
        let properties = Setting.children(of: path).map { ($0.key, schema(of: $0)) }
        return [
            // A group whose keys are all comments is nothing to YAML.
            ("type", .array([.string("object"), .string("null")])),
            ("additionalProperties", .bool(false)),
            ("properties", .object(properties)),
        ]
    }

    private static func schema(of setting: Setting) -> JSONText {
        let description = setting.doc + (setting.kind.allowed.map { " Allowed: \($0)." } ?? "")
        var schema: [(String, JSONText)] = [("description", .string(description))]
        switch setting.kind {
        case .group: schema += object(of: setting.path)
        case .source: schema.append(("oneOf", .array(forms(of: setting))))
        case .text(let rule): schema += [("type", .string("string")), ("pattern", .string(rule.pattern))]
        case .choice(let words): schema.append(("enum", .array(words.map { .string($0) })))
        case .oneOf(let numbers): schema.append(("enum", .array(numbers.map { .number($0) })))
        case .integer(let range):
            schema += [
                ("type", .string("integer")), ("minimum", .number(range.lowerBound)),
                ("maximum", .number(range.upperBound)),
            ]
        case .memory: schema += [("type", .string("string")), ("pattern", .string("^[0-9]+ ?(B|kB|MB|GB|TB)$"))]
        case .list(let rule):
            schema += [
                ("type", .string("array")), ("minItems", .number(1)), ("uniqueItems", .bool(true)),
                ("items", .object([("type", .string("string")), ("pattern", .string(rule.pattern))])),
            ]
        }
        // A part of a source has no default of its own: it is the whole source that has.
        if let value = setting.get(Site()), setting.set != nil { schema.append(("default", json(value))) }
        if let example = setting.example { schema.append(("examples", .array([json(example)]))) }
        return .object(schema)
    }

    private static func forms(of setting: Setting) -> [JSONText] {
        let parts = Setting.children(of: setting.path)
        let alternatives = [(required: "git", keys: ["git", "ref"]), (required: "folder", keys: ["folder"])]
        return [.object([("const", .string("demo"))])]
            + alternatives.map { form in
                let properties = parts.filter { form.keys.contains($0.key) }.map { ($0.key, schema(of: $0)) }
                return .object([
                    ("type", .string("object")),
                    ("additionalProperties", .bool(false)),
                    ("required", .array([.string(form.required)])),
                    ("properties", .object(properties)),
                ])
            }
    }

    private static func json(_ value: SettingValue) -> JSONText {
        switch value {
        case .text(let text): .string(text)
        case .integer(let number): .number(number)
        case .memory(let amount): .string(amount.description)
        case .list(let texts): .array(texts.map { .string($0) })
        case .source(.demo): .string("demo")
        case .source(.git(let url, let ref)): .object([("git", .string(url)), ("ref", .string(ref))])
        case .source(.folder(let path)): .object([("folder", .string(path))])
        }
    }
}
