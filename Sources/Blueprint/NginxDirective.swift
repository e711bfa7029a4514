/// One directive of nginx's configuration: a name, its words, and a block if it has one.
struct NginxDirective: Sendable {
    enum Content: Sendable {
        case simple
        case block([NginxDirective])
    }

    var name: String
    var words: [String]
    var content: Content
    var comment: String?

    static func set(_ name: String, _ words: String..., because comment: String? = nil) -> NginxDirective {
        NginxDirective(name: name, words: words, content: .simple, comment: comment)
    }

    static func block(_ name: String, _ words: String..., because comment: String? = nil, of inner: [NginxDirective])
        -> NginxDirective
    {
        NginxDirective(name: name, words: words, content: .block(inner), comment: comment)
    }

    /// The only place where nginx's quoting rules are known: a word with a blank, a quote, `;`, `{`, `}` or `#` goes in quotes
    /// (nginx, "Configuration file's structure": ngx_conf_read_token).
    private static func quoted(_ word: String) -> String {
        let special = word.isEmpty || word.unicodeScalars.contains { " \t\r\n\"';{}#\\".unicodeScalars.contains($0) }
        guard special else { return word }
        // By scalars: to Swift a quote with an accent on it is one letter, to nginx it is a quote.
        return "\"" + word.unicodeScalars.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }

    func lines(depth: Int = 0) -> [String] {
        let indent = String(repeating: "    ", count: depth)
        let head = ([name] + words).map(Self.quoted).joined(separator: " ")
        let note = comment.map { ["\(indent)# \($0)"] } ?? []
        switch content {
        case .simple: return note + ["\(indent)\(head);"]
        case .block(let inner):
            return note + ["\(indent)\(head) {"] + inner.flatMap { $0.lines(depth: depth + 1) } + ["\(indent)}"]
        }
    }
}
