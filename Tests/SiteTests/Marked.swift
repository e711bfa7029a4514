import Site
import Testing

/// Site files in which `▶` marks the places where complaints must point.
enum Marked {
    static func split(_ marked: String) -> (text: String, places: [(line: Int, column: Int)]) {
        var text = String.UnicodeScalarView()
        var places: [(line: Int, column: Int)] = []
        var line = 1
        var column = 1
        for scalar in marked.unicodeScalars {
            if scalar == "▶" {
                places.append((line, column))
                continue
            }
            text.append(scalar)
            if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return (String(text), places)
    }
}

/// Expects a complaint at each `▶`, no others, each containing the text given for it.
/// - Parameter exactly: Whether the column counts; of text that is no YAML, only the line is a promise.
func expectComplaints(
    _ marked: String, _ texts: String..., exactly: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
) {
    let (text, places) = Marked.split(marked)
    do {
        let site = try SiteFile.read(text: text, name: "kopnik.yaml")
        Issue.record("accepted as \(site)", sourceLocation: sourceLocation)
    } catch {
        let found = error.diagnostics.map { exactly ? "\($0.line):\($0.column)" : "\($0.line)" }
        let expected = places.map { exactly ? "\($0.line):\($0.column)" : "\($0.line)" }
        #expect(found == expected, "\(error)", sourceLocation: sourceLocation)
        #expect(texts.count == places.count, sourceLocation: sourceLocation)
        for (diagnostic, text) in zip(error.diagnostics, texts) {
            #expect(diagnostic.description.contains(text), sourceLocation: sourceLocation)
            #expect(diagnostic.description.hasPrefix("kopnik.yaml:"), sourceLocation: sourceLocation)
        }
    }
}

func read(_ text: String) throws -> Site { try SiteFile.read(text: text, name: "kopnik.yaml") }
