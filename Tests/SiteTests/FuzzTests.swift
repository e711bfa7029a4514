import Site
import Testing

@Suite struct `Any text` {
    /// SplitMix64: the same texts in each run.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static let insertions = [
        "\n", " ", "  ", "\t", ":", ": ", "- ", "? ", "[", "]", "{", "}", ",", "'", "\"", "#", "&a ", "*a", "!",
        "!!str ",
        "|\n", ">\n", "---\n", "...\n", "%YAML 1.1\n", "\\", "\\u202e", "\u{0}", "\u{FEFF}", "é", "Я", "😀", "no", "0",
        "<<: ", "~", "\r\n", "\r", "domain: x\n", "\u{E000}", "`", "@", "\u{85}",
    ]

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `is a site or complaints within the text, never a crash`(seed: UInt64) throws {
        var random = Seeded(state: seed)
        // Without its comments the reference is dense with what matters.
        let dense = SiteReference.yaml.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }
        let reference = Array(dense.joined(separator: "\n").unicodeScalars)
        for _ in 0..<150 {
            var scalars = reference
            for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&scalars, using: &random) }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            try check(String(view))
        }
    }

    @Test func `bytes of any kind are, too`() {
        var random = Seeded(state: 99)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try? SiteFile.read(bytes: bytes, name: "fuzz.yaml")
        }
    }

    private func mutate(_ scalars: inout [Unicode.Scalar], using random: inout Seeded) {
        let at = Int.random(in: 0...scalars.count, using: &random)
        let end = min(scalars.count, at + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: scalars.removeSubrange(at..<end)
        case 1: scalars.insert(contentsOf: scalars[at..<end], at: Int.random(in: 0...scalars.count, using: &random))
        case 2:
            scalars.replaceSubrange(
                at..<end, with: (Self.insertions.randomElement(using: &random) ?? "").unicodeScalars)
        default:
            scalars.insert(contentsOf: (Self.insertions.randomElement(using: &random) ?? "").unicodeScalars, at: at)
        }
    }

    private func check(_ text: String) throws {
        let site: Site
        do {
            site = try SiteFile.read(text: text, name: "fuzz.yaml")
        } catch {
            let lines = text.unicodeScalars.count { $0 == "\n" } + 1
            #expect(!error.diagnostics.isEmpty)
            for diagnostic in error.diagnostics {
                #expect((1...lines + 1).contains(diagnostic.line) && diagnostic.column >= 1, "\(diagnostic)\n\(text)")
                #expect(!diagnostic.what.isEmpty && !diagnostic.what.contains("\n"))
            }
            return
        }
        // Whatever was accepted can be remembered.
        #expect(try SiteFile.read(text: site.yaml, name: "again.yaml") == site)
        #expect(try SiteFile.read(text: site.completeYAML, name: "again.yaml") == site)
    }
}
