import Foundation
import FoundationXML
import Machine
import Testing

@testable import Verify

@Suite struct `Reports` {
    static let report = VerificationReport(
        site: "kopnik",
        results: [
            RequirementResult(
                number: "S1", title: "One command raises an exact copy", outcome: .holds,
                evidence: "all 7 services run", seconds: 0.12),
            RequirementResult(
                number: "O3", title: "Let's Encrypt certificates", outcome: .differs,
                evidence: "fits kopnik.localhost, 396 days left",
                because: "the site's own local authority issued it", seconds: 1.25),
            RequirementResult(
                number: "O10", title: "Everything runs in containers", outcome: .notApplicable,
                evidence: "not looked at", because: "a reason"),
            RequirementResult(
                number: "W5", title: "The rest: files of kp-client/dist", outcome: .broken,
                evidence:
                    "1 of 2 files differ: <index>.html & \"more\": other bytes, and a long sentence that has to be broken into several lines",
                because: "nginx serves something\u{1} else", fix: "kopnik up", seconds: 2.0),
        ], seconds: 2.3456)

    @Test func `the four outcomes are counted apart`() {
        #expect(Self.report.summary == "1 holds, 1 differs, 1 broken, 1 not applicable here")
        #expect(!Self.report.isGood)
        #expect(VerificationReport(site: "x", results: Array(Self.report.results.prefix(3))).isGood)
    }

    @Test func `text without colours`() throws {
        try expectGolden(
            Self.report.text(on: Terminal(isInteractive: false, hasColour: false, width: 100)), "report.txt")
    }

    @Test func `text with colours`() throws {
        try expectGolden(
            Self.report.text(on: Terminal(isInteractive: true, hasColour: true, width: 100)), "report-coloured.txt")
    }

    @Test func `text for a narrow terminal`() throws {
        try expectGolden(
            Self.report.text(on: Terminal(isInteractive: true, hasColour: false, width: 72)), "report-narrow.txt")
    }

    @Test func `JSON`() throws {
        try expectGolden(try Self.report.json(), "report.json")
        #expect(try JSONDecoder().decode(VerificationReport.self, from: Data(Self.report.json().utf8)) == Self.report)
    }

    @Test func `JUnit is well-formed and counts as it says`() throws {
        final class Counter: NSObject, XMLParserDelegate {
            var elements: [String: Int] = [:]
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
                attributes: [String: String]
            ) { elements[name, default: 0] += 1 }
        }
        let text = Self.report.junit()
        try expectGolden(text, "report.xml")
        let parser = XMLParser(data: Data(text.utf8))
        let counter = Counter()
        parser.delegate = counter
        #expect(parser.parse())
        #expect(
            counter.elements == [
                "testsuites": 1, "testsuite": 1, "testcase": 4, "failure": 1, "skipped": 2, "system-out": 4,
            ])
    }
}
