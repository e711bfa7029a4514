import Foundation

/// What the program keeps for itself in a file of JSON: dates as ISO 8601, keys sorted, for people to read.
extension Files {
    /// Reads a record back; `nil` where there is none, or only half of one.
    public func record<Kept: Decodable>(_ kind: Kept.Type, at path: String) -> Kept? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return data(of: path).flatMap { try? decoder.decode(kind, from: $0) }
    }

    /// Writes one in one step.
    /// - Throws: `Failure` that names the path.
    public func write<Kept: Encodable>(record: Kept, to path: String, mode: Int = 0o644) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(try encoder.encode(record), to: path, mode: mode)
    }
}
