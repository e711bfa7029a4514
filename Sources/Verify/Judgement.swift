/// What a requirement came to, before it gets its number.
struct Judgement: Sendable, Equatable {
    var outcome: Outcome
    var evidence: String
    var because: String?
    var fix: String?

    static func holds(_ evidence: String) -> Judgement { Judgement(outcome: .holds, evidence: evidence) }

    static func broken(_ evidence: String, because: String? = nil, fix: String = "kopnik up") -> Judgement {
        Judgement(outcome: .broken, evidence: evidence, because: because, fix: fix)
    }

    static func differs(_ evidence: String, because: String, fix: String? = nil) -> Judgement {
        Judgement(outcome: .differs, evidence: evidence, because: because, fix: fix)
    }

    static func notApplicable(_ because: String) -> Judgement {
        Judgement(outcome: .notApplicable, evidence: "not looked at", because: because)
    }
}

/// What was seen at a place, or why nothing was.
enum Sight<Value: Sendable>: Sendable {
    case seen(Value)
    case unseen(Judgement)

    /// The value, where there is one.
    var value: Value? { if case .seen(let value) = self { value } else { nil } }

    /// Judges what was seen; where nothing was, that is the judgement.
    func judged(_ judge: (Value) -> Judgement) -> Judgement {
        switch self {
        case .seen(let value): judge(value)
        case .unseen(let judgement): judgement
        }
    }
}

/// One part of what a probe program answers: what it saw, or why it saw nothing.
enum Part<Value: Decodable & Sendable>: Decodable, Sendable {
    case seen(Value)
    case failed(String)

    private enum CodingKeys: String, CodingKey { case error }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: CodingKeys.self),
            let error = try? container.decode(String.self, forKey: .error)
        {
            self = .failed(error)
        } else {
            self = .seen(try Value(from: decoder))
        }
    }

    /// Judges what was seen; where nothing was, the requirement is broken for that reason.
    func judged(_ evidence: String, _ judge: (Value) -> Judgement) -> Judgement {
        switch self {
        case .seen(let value): judge(value)
        case .failed(let reason): .broken(evidence, because: reason)
        }
    }
}
