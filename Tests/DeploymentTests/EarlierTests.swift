import Foundation
import Machine
import Testing

@testable import Deployment

@Suite struct `What was earlier` {
    private typealias Table = EarlierDatabase.Table
    private let tables = [
        Table(schema: "archive", name: "users", quoted: "archive.users"),
        Table(schema: "public", name: "users", quoted: "public.users"),
        Table(schema: "public", name: "Kopa", quoted: #"public."Kopa""#),
        Table(schema: "public", name: "Log", quoted: #"public."Log""#),
        Table(schema: "public", name: "log", quoted: "public.log"),
    ]

    @Test func `is asked for by a table's name, with or without its schema, in any letters where one fits`() {
        #expect(Table.named("users", in: tables)?.quoted == "public.users")
        #expect(Table.named("archive.users", in: tables)?.quoted == "archive.users")
        #expect(Table.named("kopa", in: tables)?.quoted == #"public."Kopa""#)
        #expect(Table.named("public.KOPA", in: tables)?.quoted == #"public."Kopa""#)
        #expect(Table.named("log", in: tables)?.quoted == "public.log")
        // Two would fit.
        #expect(Table.named("LOG", in: tables) == nil)
        #expect(Table.named("users; DROP TABLE users", in: tables) == nil)
    }

    @Test func `reads restic's list of files, and nothing else of it`() throws {
        let line =
            #"{"name":"a b.jpg","type":"file","path":"/site/home/ubuntu/sftp/.uploads/2/a b.jpg","size":1024,"mtime":"2026-11-25T03:30:00.123456789+01:00","struct_type":"node"}"#
        let entry = try #require(EarlierFiles.entry(line, below: "/site/home/ubuntu/sftp/.uploads/"))
        #expect(entry.name == "2/a b.jpg" && entry.size == 1024 && entry.changed != nil)
        #expect(EarlierFiles.entry(line, below: "/elsewhere/") == nil)
        #expect(EarlierFiles.entry(line.replacing(#""file""#, with: #""dir""#), below: "/site/") == nil)
        #expect(EarlierFiles.entry(#"{"struct_type":"snapshot"}"#, below: "/site/") == nil)
    }

    @Test func `names one file to restic, whatever is in its name`() {
        #expect(EarlierFiles.pattern("a*b[1]?.jpg") == #"a\*b\[1\]\?.jpg"#)
        #expect(EarlierFiles.pattern(#"a\b"#) == #"a\\b"#)
    }
}
