/// One thing that is wrong in a site file, and where.
public struct SiteDiagnostic: Sendable, Equatable, CustomStringConvertible {
    /// The name of the file as the person gave it.
    public let file: String
    /// The line of the offending key or value, from 1.
    public let line: Int
    /// Its column, from 1, counted in Unicode scalars, as editors do for ordinary text.
    public let column: Int
    /// What is wrong: `unknown key 'domian' — did you mean 'domain'?`
    public let what: String
    /// Why it is wrong, when `what` does not say it already.
    public let because: String?
    /// What to do about it.
    public let fix: String?

    /// `file:line:column: what`, then `because` and `fix` on lines of their own, indented.
    public var description: String {
        var lines = ["\(file):\(line):\(column): \(what)"]
        if let because { lines.append("    because: \(because)") }
        if let fix { lines.append("    fix: \(fix)") }
        return lines.joined(separator: "\n")
    }
}

/// Everything that is wrong in a site file, in the order of the file; never empty.
public struct SiteFileErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// One for each mistake; after 100 of them a last one says that there are more.
    public let diagnostics: [SiteDiagnostic]

    /// All of them as a person reads them, one after the other.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

/// A place in the text; both from 1.
struct Place: Equatable, Comparable {
    var line: Int
    var column: Int

    static let start = Place(line: 1, column: 1)

    static func < (left: Place, right: Place) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// The complaints about one file, collected so that all are told at once.
struct Complaints {
    /// Nobody reads more; the file is then likely not a site file.
    private static let most = 100

    private let file: String
    private var found: [SiteDiagnostic] = []

    init(file: String) {
        self.file = file
    }

    var isEmpty: Bool { found.isEmpty }

    mutating func add(_ what: String, at place: Place, because: String? = nil, fix: String? = nil) {
        let diagnostic = SiteDiagnostic(
            file: file, line: place.line, column: place.column, what: what, because: because, fix: fix)
        // A value reached twice (by a YAML alias) is still one complaint.
        if found.count > Self.most || found.contains(diagnostic) { return }
        if found.count < Self.most {
            found.append(diagnostic)
        } else {
            found.append(
                SiteDiagnostic(
                    file: file, line: place.line, column: place.column,
                    what: "there are more than \(Self.most) mistakes; the others are told when these are gone",
                    because: nil, fix: "check that this is the right file"))
        }
    }

    func throwIfAny() throws(SiteFileErrors) {
        if found.isEmpty { return }
        let places = found.map { Place(line: $0.line, column: $0.column) }
        let order = found.indices.sorted { (places[$0], $0) < (places[$1], $1) }
        throw SiteFileErrors(diagnostics: order.map { found[$0] })
    }
}

extension String {
    /// The text as it may be shown within a message: in quotes, short, and unable to drive a terminal.
    var shown: String {
        var result = ""
        for scalar in unicodeScalars.prefix(60) {
            if scalar.isUnsafeToShow {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return "'\(result)\(unicodeScalars.count > 60 ? "…" : "")'"
    }
}

extension Unicode.Scalar {
    /// Control characters, line breaks of any kind, and marks that are invisible or turn the reading direction
    /// (CVE-2021-42574): with them a text is not what it looks like.
    var isUnsafeToShow: Bool {
        switch value {
        case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF,
            0xFFFE...0xFFFF:
            true
        default: false
        }
    }
}
