import Foundation

extension Decodable {
    /// Reads the line `RESULT {…}` in which a program of ours says what came of it; `nil` for any other line.
    static func result(line: some StringProtocol) -> Self? {
        let word = "RESULT "
        guard line.hasPrefix(word) else { return nil }
        return try? JSONDecoder().decode(Self.self, from: Data(line.dropFirst(word.count).utf8))
    }
}
