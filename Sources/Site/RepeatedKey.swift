/// The second use of a key in a block mapping, found in the text: Yams tells only where the first is.
struct RepeatedKey {
    let place: Place
    /// The length of the key in Unicode scalars, without quotes.
    let length: Int

    private let text: [Unicode.Scalar]
    private let range: Range<Int>

    /// Nil when it is not on a line of its own, as in `{a: 1, a: 2}`.
    init?(_ key: String, first: Place, in text: String) {
        let all = Array(text.unicodeScalars)
        let name = Array(key.unicodeScalars)
        let indent = first.column - 1
        var line = 1
        var start = 0
        while start < all.count {
            let end = all[start...].firstIndex(of: "\n") ?? all.count
            let content = all[start..<end]
            defer {
                line += 1
                start = end + 1
            }
            guard line > first.line, let word = content.firstIndex(where: { $0 != " " && $0 != "\r" }),
                all[word] != "#"
            else { continue }
            // The mapping ends where something stands further to the left.
            if word - start < indent { return nil }
            guard word - start == indent else { continue }
            let quote = ["'", "\""].contains(all[word]) ? 1 : 0
            let body = word + quote
            let after = body + name.count + quote
            guard !name.isEmpty, after < end, Array(all[body..<body + name.count]) == name,
                all[after..<end].first(where: { $0 != " " }) == ":"
            else { continue }
            self.place = Place(line: line, column: word - start + 1)
            self.length = name.count
            self.text = all
            self.range = body..<body + name.count
            return
        }
        return nil
    }

    func replaced(by name: String) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text[..<range.lowerBound])
        scalars.append(contentsOf: name.unicodeScalars)
        scalars.append(contentsOf: text[range.upperBound...])
        return String(scalars)
    }
}
