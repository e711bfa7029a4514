import Yams

/// What is written at one place of a YAML document. The only file that knows Yams makes it.
struct YAMLNode {
    enum Shape {
        /// A word as it stands, `kopnik`; what type it has is up to the reader.
        case plain(String)
        /// A text in quotes.
        case quoted(String)
        case mapping([(key: YAMLNode, value: YAMLNode)])
        case list([YAMLNode])
    }

    var place: Place
    var shape: Shape

    /// Whether nothing is written here: `ports:` with nothing under it, `~` or `null`.
    var isNull: Bool {
        guard case .plain(let text) = shape else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// A composed document.
struct YAMLDocument {
    var root: YAMLNode?
    /// The keys standing for the second and later uses of a key, which were complained about.
    var repeatedKeys: Set<String> = []

    /// Composes the text; what YAML itself does not allow becomes complaints.
    static func compose(_ text: String, complaints: inout Complaints) -> YAMLDocument {
        var text = text
        var document = YAMLDocument()
        // Yams stops at the first repeated key. Another name of the same length in its place keeps every column, and
        // lets the rest be read.
        for attempt in 0..<20 {
            do {
                // The encoding is given because the default of Yams reads an environment variable; no type rules,
                // because they guess (`no` is false, `0777` is 511): `SettingReader` knows what each key wants.
                let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
                // Nodes refer to anchors weakly; the parser owns them.
                try withExtendedLifetime(parser) {
                    document.root = try parser.singleRoot().map { convert($0, depth: 0, complaints: &complaints) }
                }
                return document
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let first = Place(context.mark)
                // Yams sorts the keys and gives the place of the first of them.
                let key = keys.first ?? ""
                let repetition = RepeatedKey(key, first: first, in: text)
                complaints.add(
                    "\(key.shown) is written twice", at: repetition?.place ?? first,
                    because: repetition == nil ? nil : "it is already on line \(first.line)",
                    fix: "keep one of the two")
                guard let repetition else { return document }
                let standIn = Unicode.Scalar(0xE000 + UInt32(attempt)) ?? "\u{E000}"
                let name = String(repeating: Character(standIn), count: repetition.length)
                document.repeatedKeys.insert(name)
                text = repetition.replaced(by: name)
            } catch {
                let failure = YAMLFailure(error)
                complaints.add(failure.what, at: failure.place, because: failure.because, fix: failure.fix)
                return document
            }
        }
        return document
    }

    private static func convert(_ node: Node, depth: Int, complaints: inout Complaints) -> YAMLNode {
        let place = node.mark.map { Place($0) } ?? .start
        if node.anchor != nil {
            complaints.add(
                "'&' and '*' references cannot be used here", at: place, because: "a site file says each value once",
                fix: "write the value itself; if it is a text beginning with '&', write it in quotes")
        }
        let tag = node.rawTag
        if !["", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"].contains(tag) {
            complaints.add(
                "a '!' type cannot be used here", at: place, because: "each key has one type already",
                fix: "write the value itself; if it is a text beginning with '!', write it in quotes")
        }
        guard depth < SiteText.maxDepth else {
            complaints.add(
                "this is nested too deeply", at: place, because: "a site file has no more than three levels")
            return YAMLNode(place: place, shape: .plain(""))
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return YAMLNode(place: place, shape: isPlain ? .plain(scalar.string) : .quoted(scalar.string))
        case .mapping(let mapping):
            let pairs = mapping.map { pair in
                (
                    key: convert(pair.key, depth: depth + 1, complaints: &complaints),
                    value: convert(pair.value, depth: depth + 1, complaints: &complaints)
                )
            }
            return YAMLNode(place: place, shape: .mapping(pairs))
        case .sequence(let sequence):
            let items = sequence.map { convert($0, depth: depth + 1, complaints: &complaints) }
            return YAMLNode(place: place, shape: .list(items))
        case .alias:
            // Only programs make these; the parser has put the node itself in the alias's place.
            return YAMLNode(place: place, shape: .plain(""))
        }
    }
}

extension Place {
    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}

extension Node {
    /// The tag as it was written; empty for none. `Node.tag` is the one guessed from the value.
    fileprivate var rawTag: String {
        switch self {
        case .scalar(let scalar): scalar.tag.rawValue
        case .mapping(let mapping): mapping.tag.rawValue
        case .sequence(let sequence): sequence.tag.rawValue
        case .alias: ""
        }
    }
}
