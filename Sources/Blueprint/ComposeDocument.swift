import Yams

/// A YAML document in the order it is written.
indirect enum ComposeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case list([ComposeValue])
    case map([(String, ComposeValue)])

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(arrayLiteral elements: ComposeValue...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, ComposeValue)...) { self = .map(elements) }

    /// Text that `docker stack deploy` must take as it is: it would put variables in place of `$NAME`.
    static func literal(_ text: String) -> ComposeValue { .string(text.replacing("$", with: "$$")) }

    private var node: Node {
        switch self {
        case .string(let text):
            // Quoted always: `no`, `1e3` and `22:22` are something else without quotes.
            Node(text, Tag(.str), .doubleQuoted)
        case .integer(let number): Node("\(number)", Tag(.int))
        case .boolean(let flag): Node(flag ? "true" : "false", Tag(.bool))
        case .list(let values): Node(values.map(\.node), Tag(.seq), .block)
        case .map(let pairs): Node(pairs.map { (Node($0.0), $0.1.node) }, Tag(.map), .block)
        }
    }

    func rendered() throws -> String { try Yams.serialize(node: node, width: -1, allowUnicode: true) }
}
