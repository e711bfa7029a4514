import Machine
import Testing

@testable import Deployment

@Suite struct `What a key may do in a bucket` {
    @Test(arguments: [
        // It drops old backups, and what it drops is kept.
        (
            #"RESULT {"deletes":true,"deletesVersions":false,"keepsVersions":true}"#, Finding.Level.good,
            "cannot delete earlier versions"
        ),
        (#"RESULT {"deletes":false,"deletesVersions":false,"keepsVersions":true}"#, .good, "nothing is dropped"),
        (#"RESULT {"deletes":true,"deletesVersions":true,"keepsVersions":true}"#, .warning, "does not protect"),
        (#"RESULT {"deletes":true,"keepsVersions":false}"#, .warning, "does not protect"),
        // Whoever may put may put something else in its place.
        (#"RESULT {"deletes":false,"keepsVersions":false}"#, .warning, "does not protect"),
    ])
    func `is told by doctor`(line: String, level: Finding.Level, words: String) throws {
        let findings = try #require(BucketSafety.result(line: line)).findings("s3.example.org")
        #expect(findings.map(\.level) == [level])
        #expect(findings.first?.what.contains(words) == true, "\(findings)")
    }

    @Test func `is not believed without an answer`() {
        #expect(BucketSafety.result(line: "SHARE 50") == nil && BucketSafety.result(line: "RESULT {}") == nil)
    }

    @Test func `what was brought back is counted`() {
        let line = #"RESULT {"hidden":1,"returned":41,"same":0}"#
        #expect(
            VersionedBucket.Returned.result(line: line)?.words
                == "41 files brought back, 1 that came later hidden, 0 as they were")
    }
}
