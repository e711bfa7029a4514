/// The head of an HTTP request, as far as the dashboard reads it (RFC 9112). It takes GET and HEAD, and no bodies.
struct Request: Sendable, Equatable {
    var path: String
    /// Whether the body of the answer is left out.
    var isHead: Bool
    /// Names in lower case.
    var headers: [String: String]

    /// What came of reading.
    enum Reading: Sendable, Equatable {
        /// The head has not ended yet.
        case incomplete
        case refused(Status)
        case read(Request)
    }

    /// More is refused.
    static let longestHead = 8192
    static let longestPath = 200

    /// Reads what has arrived so far.
    static func read(_ bytes: [UInt8]) -> Reading {
        guard let end = endOfHead(bytes) else {
            if bytes.count >= longestHead { return .refused(.headTooLarge) }
            // What does not even begin like a request is no browser's: nobody need wait for the rest.
            if let first = bytes.first, !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) {
                return .refused(.badRequest)
            }
            return .incomplete
        }
        guard end <= longestHead else { return .refused(.headTooLarge) }
        guard bytes[..<end].allSatisfy({ $0 == 13 || $0 == 10 || $0 == 9 || (32...126).contains($0) }) else {
            return .refused(.badRequest)
        }
        var lines = String(decoding: bytes[..<end], as: UTF8.self)
            .split(separator: "\r\n", omittingEmptySubsequences: true)[...]
        guard let first = lines.popFirst() else { return .refused(.badRequest) }
        let words = first.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/") else {
            return .refused(.badRequest)
        }
        guard words[0] == "GET" || words[0] == "HEAD" else { return .refused(.methodNotAllowed) }
        guard words[1].utf8.count <= longestPath else { return .refused(.pathTooLong) }
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "\t" else {
                return .refused(.badRequest)
            }
            let name = line[..<colon].lowercased()
            guard !name.isEmpty, !name.contains(" ") else { return .refused(.badRequest) }
            let value = line[line.index(after: colon)...].trimming
            // Two hosts, or two lengths: whoever is in front of us may have read the other one (RFC 9112, 3.2, 6.3).
            guard headers.updateValue(value, forKey: name) == nil || !["host", "content-length"].contains(name) else {
                return .refused(.badRequest)
            }
        }
        guard headers["transfer-encoding"] == nil, (headers["content-length"] ?? "0") == "0" else {
            return .refused(.contentTooLarge)
        }
        // Nothing here takes a query.
        let path = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        return .read(Request(path: String(path), isHead: words[0] == "HEAD", headers: headers))
    }

    /// How many bytes the head has, its empty line without.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { start in
            bytes[start] == 13 && bytes[start + 1] == 10 && bytes[start + 2] == 13 && bytes[start + 3] == 10
        }
    }
}

extension Substring {
    fileprivate var trimming: String {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
