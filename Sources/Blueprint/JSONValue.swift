/// Any JSON, for documents whose shape differs from source to source.
enum JSONValue: Encodable, Sendable, Equatable {
    case null
    case boolean(Bool)
    case number(Int)
    case text(String)
    case map([String: JSONValue])

    static func object(_ pairs: [(String, JSONValue)]) -> JSONValue { .map(Dictionary(pairs) { $1 }) }

    /// This object with more keys.
    func with(_ pairs: [(String, JSONValue)]) -> JSONValue {
        guard case .map(let own) = self else { return .object(pairs) }
        return .map(own.merging(pairs) { $1 })
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .map(let values): try container.encode(values)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }
}
