import Site
import Testing

@Suite struct `Text that cannot be trusted` {
    @Test func `references and types are refused`() {
        expectComplaints("name: ▶&a kopnik", "'&' and '*' references cannot be used")
        expectComplaints("name: ▶&a kopnik\ndomain: *a", "references cannot be used")
        expectComplaints("name: ▶*a", "refers to something")
        expectComplaints("ports: {http: ▶!!int 80}", "a '!' type cannot be used")
        expectComplaints("name: ▶!x kopnik", "a '!' type cannot be used")
        expectComplaints("mail: ▶!!python/object {from: a@b.org}", "a '!' type cannot be used")
    }

    @Test func `a bomb of references is refused before it is read`() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1..<40 { text += "a\(level): &a\(level) {? [*a\(level - 1), *a\(level - 1)] : 1}\n" }
        #expect(throws: SiteFileErrors.self) { try read(text) }
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", ": ", "- ? : ", "[{a: "])
    func `depth is refused`(opening: String) {
        #expect(throws: SiteFileErrors.self) { try read(String(repeating: opening, count: 5000)) }
        #expect(throws: SiteFileErrors.self) { try read("name: a\nx: " + String(repeating: opening, count: 40)) }
    }

    @Test func `depth by indentation is refused`() {
        let text = (0..<700).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        #expect(throws: SiteFileErrors.self) { try read(text) }
    }

    @Test func `a file that is too large is refused`() {
        let error = #expect(throws: SiteFileErrors.self) { try read(String(repeating: "# filling\n", count: 30_000)) }
        #expect(error?.description.contains("larger than 256kB") == true)
    }

    @Test(
        .timeLimit(.minutes(1)), arguments: ["a: 1\n", "? ", "- [a, {b: c}]\n", "'a' ", "\"\n", "k%: &a%\n", "x%: 1\n"])
    func `a large file of one thing is answered soon`(unit: String) {
        var text = ""
        var index = 0
        while text.utf8.count < 255_000 {
            text += unit.replacing("%", with: "\(index)")
            index += 1
        }
        #expect(throws: SiteFileErrors.self) { try read(text) }
    }

    @Test func `tabs in the indentation are told`() {
        expectComplaints("ports:\n▶\thttp: 80\n  ▶\thttps: 1\n", "a tab in the indentation", "a tab")
    }

    @Test func `invisible characters are told`() {
        expectComplaints("name: a▶\u{7}b▶\u{202E}c # ▶\u{200B}\n", "U+0007", "U+202E", "U+200B")
        expectComplaints("name: a▶\u{2028}b", "U+2028")
    }

    @Test(arguments: [#""/srv/a\nb""#, #""/srv/\e[31m""#, #""/a\u202eb""#, #""/a\0b""#, "'/a\n\n  b'", #""/a\Lb""#])
    func `also those written as escapes`(value: String) {
        let error = #expect(throws: SiteFileErrors.self) { try read("sources: {server: {folder: \(value)}}") }
        #expect(error?.description.contains("line break or an invisible character") == true)
    }

    @Test func `nothing in a message drives the terminal`() {
        let error = #expect(throws: SiteFileErrors.self) {
            try read("\"a\\e[31m\\n\": 1\nmail: {delivery: \"\\e]0;x\"}")
        }
        let text = error?.description ?? ""
        #expect(!text.isEmpty && text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    }

    @Test func `text that is not UTF-8 is told with its place`() {
        let error = #expect(throws: SiteFileErrors.self) {
            try SiteFile.read(bytes: Array("name: a\n# ".utf8) + [0xEF, 0xEE, 0xE8], name: "kopnik.yaml")
        }
        #expect(error?.description.hasPrefix("kopnik.yaml:2:3: this is not UTF-8 text") == true)
        let utf16 = #expect(throws: SiteFileErrors.self) {
            try SiteFile.read(bytes: [0xFF, 0xFE, 0x61, 0], name: "kopnik.yaml")
        }
        #expect(utf16?.description.contains("UTF-16") == true)
    }

    @Test func `what YAML cannot read is told in words`() {
        expectComplaints("name: kopnik\ndomain: ▶'kopnik.org\n", "never closed")
        expectComplaints("mail: a▶: b\n", "a second ': '")
        expectComplaints("name: a\n ▶domain: b\n", "indented", exactly: false)
        expectComplaints("name: a\n▶domain\n", "the colon after the key is missing", exactly: false)
        expectComplaints("domain: ▶@x\n", "write the value in quotes")
        expectComplaints("name: a\n▶---\nname: b\n", "a second document")
        expectComplaints("ports: {http: 80\n▶", "commas", exactly: false)
    }
}
