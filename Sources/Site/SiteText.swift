/// The checks of a site file's text before it is read as YAML.
enum SiteText {
    /// A site file is a page; what is larger is some other file.
    static let maxSize = ByteCount.kilobytes(256)
    /// Levels of nesting in the file; ours has three. YAML is read recursively, depth is stack; libyaml itself stops at
    /// 1000 levels, which bounds those made by indentation.
    static let maxDepth = 32
    /// Aliases tolerated before the text is refused unread; they are not allowed at all, but are only told by their
    /// places once read, and a few dozen nested ones can already expand beyond any memory.
    static let maxAliases = 32

    static func decode(_ bytes: [UInt8], complaints: inout Complaints) -> String {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            complaints.add(
                "the file is saved as UTF-16", at: .start, because: "a site file is read as UTF-8",
                fix: "save it again in your editor with the encoding UTF-8")
            return ""
        }
        var parser = Unicode.UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var place = Place.start
        while true {
            switch parser.parseScalar(from: &input) {
            case .valid(let encoded):
                place.advance(over: Unicode.UTF8.decode(encoded))
            case .emptyInput:
                return String(decoding: bytes, as: UTF8.self)
            case .error:
                complaints.add(
                    "this is not UTF-8 text", at: place, because: "a site file is read as UTF-8",
                    fix: "save it again in your editor with the encoding UTF-8")
                return ""
            }
        }
    }

    /// Notepad begins files with a byte-order mark; it would shift the columns of the first line.
    static func withoutByteOrderMark(_ text: String) -> String {
        text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    static func check(_ text: String, complaints: inout Complaints) {
        guard text.utf8.count <= maxSize.bytes else {
            complaints.add(
                "the file is larger than \(maxSize)", at: .start, because: "a site file is a page of settings",
                fix: "check that this is the right file")
            return
        }
        var place = Place.start
        for scalar in text.unicodeScalars {
            if scalar.isUnsafeToShow && !["\n", "\r", "\t"].contains(scalar) {
                let code = String(scalar.value, radix: 16, uppercase: true)
                complaints.add(
                    "an invisible character (U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code))",
                    at: place, because: "with it the file is not what it looks like",
                    fix: "delete it, or write the line again by hand")
            }
            place.advance(over: scalar)
        }
        checkLines(text, complaints: &complaints)
    }

    private static func checkLines(_ text: String, complaints: inout Complaints) {
        var openBrackets = 0
        var aliases = 0
        // In Swift a CRLF is one Character, which `isNewline` covers.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let scalars = Array(line.unicodeScalars)
            let indent = scalars.prefix { $0 == " " || $0 == "\t" }
            if let tab = indent.firstIndex(of: "\t"), indent.count < scalars.count, scalars[indent.count] != "#" {
                complaints.add(
                    "a tab in the indentation", at: Place(line: index + 1, column: tab + 1),
                    because: "YAML allows only spaces there", fix: "use two spaces for each level")
            }
            for (offset, scalar) in scalars.enumerated() {
                if scalar == "[" || scalar == "{" { openBrackets += 1 }
                if scalar == "]" || scalar == "}" { openBrackets = max(0, openBrackets - 1) }
                if scalar == "*", offset + 1 < scalars.count, beginsAlias(scalars[offset + 1]) { aliases += 1 }
                if openBrackets > maxDepth || aliases > maxAliases {
                    let excess = openBrackets > maxDepth ? "brackets are nested too deeply" : "too many '*' references"
                    complaints.add(
                        excess, at: Place(line: index + 1, column: offset + 1),
                        because: "a site file needs none of it", fix: "remove them")
                    return
                }
            }
        }
    }

    private static func beginsAlias(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-" || scalar == "_"
    }
}

extension Place {
    mutating func advance(over scalar: Unicode.Scalar) {
        // The "\r" of a CRLF stays on the line that it ends.
        if scalar == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
    }
}
