import Foundation
import Testing

@testable import Blueprint

@Suite struct `The first person` {
    private let wish = FirstPerson.Wish(
        name: "О'Генри", surname: "\"; DROP TABLE \"Kopnik\"; --", patronymic: nil, email: "anna@example.org",
        birth: 1980, passport: "1234",
        lands: [.init(name: "Земля \\ $kopnik$", level: -1), .init(name: "1", level: 99)],
        password: "$2a$10$x")

    @Test func `is one string of SQL, whatever the person's name is`() throws {
        let script = try FirstPerson.wamp.script(wish)
        let literal = try #require(
            script.firstMatch(of: #/AS SELECT '((?:[^']|'')*)'::jsonb AS person;\n/#)?.output.1)
        let json = literal.replacing("''", with: "'")
        let read = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(read["name"] as? String == wish.name && read["surname"] as? String == wish.surname)
        #expect((read["lands"] as? [[String: Any]])?.map { $0["level"] as? Int } == [-1, 99])
        #expect(read["patronymic"] == nil)
        // Outside of that string nothing of it stands.
        #expect(!script.replacing(literal, with: "").contains("DROP TABLE"))
        #expect(script.contains("BEGIN;\n") && script.hasSuffix("COMMIT;\n"))
    }

    @Test func `is known for the tables of master alone`() {
        #expect(ServerProfile.wamp.firstPerson != nil)
        #expect(ServerProfile.plain.firstPerson == nil && ServerProfile.rest.firstPerson == nil)
        #expect(FirstPerson.wamp.levels.map(\.number) == FirstPerson.wamp.levels.map(\.number).sorted())
    }
}
