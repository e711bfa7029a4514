import Machine

/// Words that a person can read, write down, type and say on the telephone: five letters each, consonants and vowels in turn
/// (as "proquints" are, arXiv:0901.4016). A word carries 16 bits.
public struct Passphrase: Sendable, Equatable, CustomStringConvertible {
    /// In lower case, joined by `-`.
    public let description: String

    private static let consonants = Array("bdfghjklmnprstvz")
    private static let vowels = Array("aiou")
    /// 112 bits: nobody guesses that, however fast they are.
    static let length = 7

    /// Draws a new one.
    static func draw() -> Passphrase {
        var generator = SystemRandomNumberGenerator()  // getrandom(2)
        return Passphrase(
            (0..<length).map { _ in word(UInt16.random(in: 0...UInt16.max, using: &generator)) }.joined(separator: "-"))
    }

    /// Reads what somebody typed: capitals, blanks and hyphens do not matter.
    public init(_ text: String) {
        description = text.lowercased().split { !$0.isLetter }.joined(separator: "-")
    }

    /// The word of 16 bits.
    static func word(_ bits: UInt16) -> String {
        let parts = [
            consonants[Int(bits >> 12 & 15)], vowels[Int(bits >> 10 & 3)], consonants[Int(bits >> 6 & 15)],
            vowels[Int(bits >> 4 & 3)], consonants[Int(bits & 15)],
        ]
        return String(parts)
    }

    /// The words that are not of this form, for somebody who mistyped.
    public var mistyped: [String] {
        description.split(separator: "-").map(String.init).filter { word in
            let letters = Array(word)
            return letters.count != 5
                || !letters.indices.allSatisfy { ($0 % 2 == 0 ? Self.consonants : Self.vowels).contains(letters[$0]) }
        }
    }
}
